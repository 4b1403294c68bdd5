// The runner: node run.mjs --peer X --size N --measure M1,M3 [--reps R] [--json]; --all writes what docs/peers.md is made of.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import {parseArgs} from 'node:util';

import {measure, names} from './measures.mjs';

const usage = `usage: node run.mjs --peer X[,Y] [OPTION]...

  --peer X,Y        tidemark, tidemark-relaxed, or one of peers/
  --size N,M        events of the workload (default 1000)
  --measure M1,M3   ${names.join(', ')} (default all)
  --receivers R,S   for M5 (default 1,10,50)
  --reps R          repetitions (default 3); the figures are medians
  --seconds S       how long one part may take (default 120)
  --folder F        where files go meanwhile (default a new one below the system's)
  --json            one JSON line a result instead of words
  --into FILE       adds the results to this file of JSON lines, in place of those of the same peer, size and measure
`;

const {values: options} = parseArgs({options: {
  peer: {type: 'string'}, size: {type: 'string', default: '1000'}, measure: {type: 'string', default: names.join(',')},
  receivers: {type: 'string', default: '1,10,50'}, reps: {type: 'string', default: '3'}, seconds: {type: 'string', default: '120'},
  folder: {type: 'string'}, json: {type: 'boolean', default: false}, into: {type: 'string'}, help: {type: 'boolean'},
}});
if (options.help || !options.peer) {
  process.stdout.write(usage);
  process.exit(options.help ? 0 : 2);
}
const folder = options.folder ?? fs.mkdtempSync(path.join(os.tmpdir(), 'peers-'));
const reps = Number(options.reps);

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted.length % 2 ? sorted[sorted.length >> 1] : (sorted[sorted.length / 2 - 1] + sorted[sorted.length / 2]) / 2;
}

// Of each figure, over the repetitions.
function medians(runs) {
  return Object.fromEntries(Object.keys(runs[0]).map((figure) => [figure, median(runs.map((run) => run[figure]))]));
}

function keep(result) {
  if (!options.into) return;
  const same = (other) => ['peer', 'size', 'measure', 'receivers'].every((key) => other[key] === result[key]);
  const kept = fs.existsSync(options.into)
    ? fs.readFileSync(options.into, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line)).filter((other) => !same(other)) : [];
  fs.writeFileSync(options.into, [...kept, result].map((line) => JSON.stringify(line)).join('\n') + '\n');
}

async function repeat(name, peer, size, receivers) {
  const runs = [];
  const result = {peer, size, measure: name, ...(receivers && {receivers})};
  try {
    for (let i = 0; i < reps; ++i) {
      runs.push(await measure(name, peer, size, {receivers, folder: path.join(folder, 'run'), patience_s: Number(options.seconds)}));
    }
    Object.assign(result, {reps, figures: medians(runs), all: runs});
  } catch (error) {
    result.failed = error.message.replaceAll(folder, '.').replaceAll(path.resolve(import.meta.dirname, '../..'), '.');
  }
  keep(result);
  console.log(options.json ? JSON.stringify(result)
    : `${peer} ${name} ${size}${receivers ? ` R=${receivers}` : ''}: ` + (result.failed ?? Object.entries(result.figures)
      .map(([figure, value]) => `${figure} ${Number(value.toPrecision(4))}`).join(', ')));
}

for (const peer of options.peer.split(',')) {
  for (const size of options.size.split(',').map(Number)) {
    for (const name of options.measure.split(',')) {
      if (name === 'M5') for (const receivers of options.receivers.split(',').map(Number)) await repeat(name, peer, size, receivers);
      else await repeat(name, peer, size);
    }
  }
}
fs.rmSync(folder, {recursive: true, force: true});
