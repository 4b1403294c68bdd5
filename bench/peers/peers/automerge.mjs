// Automerge-repo: a document in memory, its chunks as files; a repository with a WebSocket server as the relay. The document is
// one flat map with a key a cell, since maps that two devices make at the same time would lose one side's attributes.
import * as A from '@automerge/automerge';
import {interpretAsDocumentId, Repo} from '@automerge/automerge-repo';
import {WebSocketClientAdapter, WebSocketServerAdapter} from '@automerge/automerge-repo-network-websocket';
import {NodeFSStorageAdapter} from '@automerge/automerge-repo-storage-nodefs';
import fs from 'node:fs';
import {WebSocketServer} from 'ws';

export const about = {
  name: 'Automerge',
  packages: ['@automerge/automerge', '@automerge/automerge-repo', '@automerge/automerge-repo-network-websocket',
    '@automerge/automerge-repo-storage-nodefs', 'ws'],
  keeps: 'every edit',
  durability: 'not synced: repo.flush() writes chunk files, in the page cache on return',
  synced: false,
  relay: 'forwards from memory, stores some 100 ms later (not synced); no acknowledgement',
};

const documentId = interpretAsDocumentId(new Uint8Array(16).fill(7));
const emptyDocument = () => A.save(A.change(A.init({actor: '00'}), {time: 0}, (doc) => void (doc[' '] = true)));
const key = (entity, attribute) => `${entity} ${attribute}`;
const stored = (value) => (typeof value === 'string' ? new A.ImmutableString(value) : value);
const shown = (value) => (A.isImmutableString(value) ? value.val : value);

function put(doc, events) {
  for (const {entity, attribute, value} of events) doc[key(entity, attribute)] = stored(value);
}

export async function openDevice(folder, {name}) {
  const isNew = fs.readdirSync(folder).length === 0;
  const repo = new Repo({peerId: `${name}-${process.pid}`, storage: new NodeFSStorageAdapter(folder)});
  const handle = isNew ? repo.import(emptyDocument(), {docId: documentId}) : await repo.find(documentId);
  await handle.whenReady();
  return {
    async write(events) {
      handle.change((doc) => put(doc, events));
      await repo.flush([documentId]);
    },
    *state() {
      for (const [cell, value] of Object.entries(handle.doc())) {
        if (cell !== ' ') yield [...cell.split(' '), shown(value)];
      }
    },
    onCell(seen) {
      handle.on('change', ({doc, patches}) => {
        for (const {path} of patches) seen(...path[0].split(' '), shown(doc[path[0]]));
      });
    },
    async connect(url) {
      repo.networkSubsystem.addNetworkAdapter(new WebSocketClientAdapter(url));
    },
    async keepSaved() {},
    flush: () => repo.flush([documentId]),
    async merge(exported) {
      handle.update((doc) => exported.reduce((merged, bytes) => A.loadIncremental(merged, bytes), doc));
      await repo.flush([documentId]);
    },
    async close() {
      await repo.shutdown();
    },
  };
}

// Each device has seen all before when it writes: Automerge orders by what was seen, not by time.
export async function prepare(folder, events, first, devices) {
  const docs = Array.from({length: devices}, (_, i) => A.load(emptyDocument(), {actor: `0${i + 1}`}));
  const unseen = docs.map(() => []);
  const all = [];
  let known = 0;
  for (let at = 0; at < events.length;) {
    if (!known && at >= first) {
      known = all.length;
      const device = await openDevice(folder, {name: 'merger'});
      await device.merge([Buffer.concat(all)]);
      await device.close();
    }
    const {ms, device} = events[at];
    const begin = at;
    while (at < events.length && events[at].ms === ms) ++at;
    if (unseen[device].length) [docs[device]] = A.applyChanges(docs[device], unseen[device].splice(0));
    docs[device] = A.change(docs[device], {time: Math.floor(ms / 1000)}, (doc) => put(doc, events.slice(begin, at)));
    const change = A.getLastLocalChange(docs[device]);
    all.push(change);
    unseen.forEach((list, other) => other !== device && list.push(change));
  }
  return [Buffer.concat(all.slice(known))];
}

export async function startRelay(folder) {
  const sockets = new WebSocketServer({port: 0, host: '127.0.0.1'});
  const repo = new Repo({
    peerId: 'relay', storage: new NodeFSStorageAdapter(folder), network: [new WebSocketServerAdapter(sockets)], sharePolicy: async () => false});
  await new Promise((resolve) => sockets.once('listening', resolve));
  return {
    port: sockets.address().port,
    async stop() {
      await repo.flush();
      sockets.close();
      for (const socket of sockets.clients) socket.terminate();
    },
  };
}
