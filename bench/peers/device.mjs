// A device of a peer in a process of its own: plays one role and prints what it saw as JSON lines. tidemark_peer.cpp plays the
// same roles with the same arguments. Arguments: the peer, the role, the role's own as JSON.
import fs from 'node:fs';
import process from 'node:process';
import readline from 'node:readline';
import {setTimeout as sleep} from 'node:timers/promises';

import {writeState} from './state.mjs';
import {batches, devices, mark, marking, readEvents} from './workload.mjs';

const [, , peerName, role, json] = process.argv;
const args = JSON.parse(json ?? '{}');
const peer = await import(`./peers/${peerName}.mjs`);

const us = () => Number(process.hrtime.bigint() / 1000n);  // the same clock in all processes of the machine
const say = (object) => process.stdout.write(JSON.stringify(object) + '\n');
const lines = readline.createInterface({input: process.stdin})[Symbol.asyncIterator]();
const told = () => lines.next();  // the runner's next word
const newFolder = (folder) => (fs.mkdirSync(folder, {recursive: true}), folder);
const open = (folder, name) => peer.openDevice(newFolder(folder), {name});

function diskBytes(folder) {
  let sum = 0;
  for (const entry of fs.readdirSync(folder, {recursive: true, withFileTypes: true})) {
    if (entry.isFile()) sum += fs.statSync(`${entry.parentPath}/${entry.name}`).size;
  }
  return sum;
}

function memoryKib(field) {
  return Number(fs.readFileSync('/proc/self/status', 'utf8').match(new RegExp(`${field}:\\s+(\\d+)`))[1]);
}

function percentile(sorted, part) {
  return sorted.length ? sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] : null;
}

async function cellsOf(device) {
  const cells = [];
  for await (const cell of device.state()) cells.push(cell);
  return cells;
}

// Resolves when the device shows the mark with this value; an edit's value begins with the time of its call.
function watch(device, onEdit = () => {}) {
  const waiting = new Map();
  const seenMarks = new Map();
  device.onCell((entity, attribute, value) => {
    if (entity !== mark.entity) return onEdit(value);
    seenMarks.set(value, us());
    waiting.get(value)?.(seenMarks.get(value));
  });
  return (value) => new Promise((resolve) => {
    if (seenMarks.has(value)) resolve(seenMarks.get(value));
    else waiting.set(value, resolve);
  });
}

// A state-based peer may show the mark before the rest.
async function hasAll(device, cells) {
  while ((await cellsOf(device)).length < cells) await sleep(5);
}

// Whether a relay has everything is known when another device got it from there: not every peer has an acknowledgement.
async function witness(folder, url, value, cells) {
  const other = await open(`${folder}-${value}`, 'witness');
  const marked = watch(other);
  await other.connect(url);
  await marked(value);
  await hasAll(other, cells);
  await other.close();
}

// Ends the device, and shows what is there when it is opened again.
async function leave(device, folder, name) {
  await device.close();
  const again = await open(folder, name);
  writeState(args.state, await cellsOf(again));
  await again.close();
}

const roles = {
  async edit() {
    const events = readEvents(args.workload);
    const device = await open(args.folder, 'writer');
    const began = us();
    const waits = [];
    for (const event of events) {
      const before = us();
      if (before - began > args.cap_s * 1e6) break;
      await device.write([event]);
      waits.push(us() - before);
    }
    const seconds = (us() - began) / 1e6;
    await leave(device, args.folder, 'writer');
    waits.sort((a, b) => a - b);
    say({edits: waits.length, seconds, p50_us: percentile(waits, 0.5), p99_us: percentile(waits, 0.99)});
  },

  async bulk() {
    const events = readEvents(args.workload);
    const device = await open(args.folder, 'writer');
    const began = us();
    for (const batch of batches(events, args.per)) await device.write(batch);
    const seconds = (us() - began) / 1e6;
    const rss_kib = memoryKib('VmHWM');
    await leave(device, args.folder, 'writer');
    say({edits: events.length, seconds, rss_kib, disk_bytes: diskBytes(args.folder)});
  },

  async prepare() {
    const exported = await peer.prepare(newFolder(args.folder), readEvents(args.workload), args.first, devices);
    newFolder(args.exports);
    let bytes = 0;
    exported.forEach((piece, i) => {
      bytes += piece.length;
      fs.writeFileSync(`${args.exports}/${String(i).padStart(6, '0')}`, piece);
    });
    say({bytes});
  },

  async merge() {
    const exported = fs.readdirSync(args.exports).sort().map((name) => fs.readFileSync(`${args.exports}/${name}`));
    const device = await open(args.folder, 'merger');
    const began = us();
    await device.merge(exported);
    const seconds = (us() - began) / 1e6;
    const rss_kib = memoryKib('VmHWM');
    await leave(device, args.folder, 'merger');
    say({seconds, rss_kib});
  },

  async seed() {
    const events = readEvents(args.workload);
    const device = await open(args.folder, 'writer');
    const began = us();
    await device.connect(args.url);
    for (const batch of batches(events, args.per)) await device.write(batch);
    await device.write([marking('seeded')]);
    await witness(`${args.folder}-witness`, args.url, 'seeded', args.cells);
    say({seconds: (us() - began) / 1e6});
    await told();  // stays connected until then
    await device.close();
    say({disk_bytes: diskBytes(args.folder)});
  },

  async bootstrap() {
    const device = await open(args.folder, 'fresh');
    const marked = watch(device);
    fs.writeFileSync('/proc/self/clear_refs', '5');
    const rss_before_kib = memoryKib('VmHWM');
    say({ready: true});
    await told();
    const began = us();
    await device.connect(args.url);
    await marked('seeded');
    await hasAll(device, args.cells);
    await device.flush();
    const seconds = (us() - began) / 1e6;
    const rss_kib = memoryKib('VmHWM');
    say({seconds, rss_before_kib, rss_kib});
    await leave(device, args.folder, 'fresh');
    say({disk_bytes: diskBytes(args.folder)});
  },

  async meet() {
    const events = readEvents(args.workload);
    const device = await open(args.folder, args.name);
    const marked = watch(device);
    const write = async () => {
      for (const batch of batches(events, args.per)) await device.write(batch);
      await device.write([{...marking(args.mine), entity: mark.entity, attribute: args.name}]);
    };
    if (args.online) await device.connect(args.url);
    await write();
    if (args.online) await witness(`${args.folder}-witness`, args.url, args.mine, args.cells_before);
    say({ready: true});
    await told();
    if (!args.online) await device.connect(args.url);
    const at_us = await marked(args.theirs);
    await hasAll(device, args.cells);
    await device.flush();
    say({at_us: Math.max(at_us, us())});
    await told();
    await leave(device, args.folder, args.name);
    say({done: true});
  },

  async 'live-read'() {
    const waits = [];
    const receivers = [];
    for (let i = 0; i < args.receivers; ++i) {
      const device = await open(`${args.folder}/${i}`, `reader-${i}`);
      const marked = watch(device, (value) => waits.push(us() - Number(String(value).split(' ')[0])));
      await device.keepSaved();
      await device.connect(args.url);
      receivers.push({device, marked});
    }
    say({ready: true});
    const all = (value) => Promise.all(receivers.map(({marked}) => marked(value)));
    await all('hello');
    waits.length = 0;
    say({hello: true});
    await all('paced');
    waits.sort((a, b) => a - b);
    say({p50_us: percentile(waits, 0.5), p99_us: percentile(waits, 0.99), shown: waits.length});
    const ended = Math.max(...await all('burst'));
    for (const {device} of receivers) await hasAll(device, args.cells);
    say({ended_us: ended});
    await told();
    for (const [i, {device}] of receivers.entries()) {
      writeState(`${args.state}-${i}`, await cellsOf(device));
      await device.close();
    }
    say({done: true});
  },

  async 'live-write'() {
    const device = await open(args.folder, 'writer');
    const meant = new Map();
    let written = 0;
    const edit = async () => {
      const entity = `live-${written++ % 10}`;
      const value = `${us()} an edit`;
      meant.set(entity, value);
      await device.write([{...marking(value), entity, attribute: 'title'}]);
    };
    await device.connect(args.url);
    for (let i = 0; i < 10; ++i) await edit();
    await device.write([marking('hello')]);
    say({ready: true});
    await told();
    for (let i = 0; i < args.paced; ++i) {
      await sleep(args.pace_ms * (0.5 + (i * 7 % 10) / 10));
      await edit();
    }
    await device.write([marking('paced')]);
    say({paced: true});
    await told();
    const began_us = us();
    const before = written;
    while (written - before < args.burst && us() - began_us < args.cap_s * 1e6) await edit();
    await device.write([marking('burst')]);
    say({began_us, edits: written - before + 1});
    await told();
    writeState(args.state, [...meant].map(([entity, value]) => [entity, 'title', value]).concat([[mark.entity, mark.attribute, 'burst']]));
    await device.close();
    say({done: true});
  },
};

await roles[role]();
process.exit(0);
