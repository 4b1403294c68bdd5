// Evolu: its database worker in this process, its relay. What its shared worker does between the two and the socket is here, in
// short; an app would re-run its queries where this looks for new rows of the history.
import {createRandom, createRandomBytes, createTime, idBytesToId, idToIdBytes, Name, ok} from '@evolu/common';
import * as local from '@evolu/common/local-first';
import {installPolyfills} from '@evolu/common/polyfills';
import {createBetterSqliteDriver, createRelayDeps, createRun, startRelay as startEvoluRelay} from '@evolu/nodejs';
import Database from 'better-sqlite3';
import path from 'node:path';
import process from 'node:process';
import {WebSocket} from 'ws';

installPolyfills();

export const about = {
  name: 'Evolu',
  packages: ['@evolu/common', '@evolu/nodejs', 'better-sqlite3', 'ws'],
  keeps: 'every edit, encrypted on the wire and at the relay',
  durability: 'synced: SQLite, rollback journal with synchronous=FULL (its own choice)',
  synced: true,
  relay: 'SQLite, rollback journal with synchronous=FULL, before it answers or forwards',
};

const owner = local.createAppOwner(new Uint8Array(32).fill(7));
const columns = ['body', 'title', 'tags', 'order', 'pinned', 'color', 'state', 'due', 'parent', 'author', 'starred', 'kept', 'said', 'fresh', 'writer'];
const truth = {true: '\u0001true', false: '\u0001false'};  // SQLite has no booleans
const encode = (value) => (typeof value === 'boolean' ? truth[value] : value);
const decode = (value) => (value === truth.true ? true : value === truth.false ? false : value);

// Ids are 16 bytes: those of a UUID, or a short name with zeros behind it.
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
function idOf(entity) {
  const bytes = new Uint8Array(16);
  bytes.set(uuid.test(entity) ? Buffer.from(entity.replaceAll('-', ''), 'hex') : Buffer.from(entity));
  return idBytesToId(bytes);
}
function entityOf(bytes) {
  const name = Buffer.from(bytes).toString('latin1').replace(/\0+$/, '');
  if (name.length < 16 && /^[a-z][a-z0-9-]*$/.test(name)) return name;
  return Buffer.from(bytes).toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

// A change an entity of a burst.
function changesOf(events) {
  const changes = [];
  let last;
  for (const {ms, entity, attribute, value} of events) {
    if (last?.ms !== ms || last.entity !== entity || attribute in last.change.values) {
      last = {ms, entity, change: {ownerId: owner.id, table: 'notes', id: idOf(entity), values: Object.create(null), isInsert: false, isDelete: null}};
      changes.push(last);
    }
    last.change.values[attribute] = encode(value);
  }
  return changes;
}

// One end of a port in the place of a worker's.
function portPair() {
  const outer = {heard: () => {}, send: (message) => inner.onMessage(message)};
  const inner = {onMessage: () => {}, postMessage: (message) => outer.heard(message), [Symbol.dispose]: () => {}};
  return {inner, outer};
}

export async function openDevice(folder) {
  const {inner: port, outer} = portPair();
  const self = {onMessage: () => {}, postMessage: () => {}, [Symbol.dispose]: () => {}};
  const deps = {
    random: createRandom(), randomBytes: createRandomBytes(), time: createTime(),
    createSqliteDriver: (_, options) => createBetterSqliteDriver(path.join(folder, 'evolu'), options?.mode === 'memory' ? options : undefined),
    createMessagePort: () => port,
    createBroadcastChannel: () => ({postMessage: (message) => message.type === 'Error' && console.error('Error:', message.error), [Symbol.dispose]: () => {}}),
    consoleStoreOutputEntry: {subscribe: () => () => {}, get: () => null},
    lockManager: {request: (_, __, granted) => granted({})},
  };
  const run = createRun(deps);
  const leading = new Promise((resolve) => (outer.heard = resolve));
  run(local.startDbWorker(self));
  await new Promise(setImmediate);
  self.onMessage({type: 'DbWorkerInit', name: Name.orThrow('notes'), consoleLevel: 'error', port: null, memoryOnly: false, encryptionKey: owner.encryptionKey,
    sqliteSchema: {tables: {notes: new Set(columns)}, indexes: []}});
  await leading;
  await new Promise(setImmediate);
  const file = new Database(path.join(folder, 'evolu.db'), {readonly: true});
  const newRows = file.prepare('SELECT rowid, id, "column", value FROM evolu_history WHERE rowid > ?');
  let lastRow = file.prepare('SELECT max(rowid) FROM evolu_history').pluck().get() ?? 0;
  let socket;
  let seen;

  const waiting = new Map();
  let asked = 0;
  outer.heard = ({callbackId, response}) => {
    waiting.get(callbackId)(response.message);
    waiting.delete(callbackId);
  };
  const ask = (type, message) => new Promise((resolve) => {
    waiting.set(++asked, resolve);
    outer.send({type: 'Request', callbackId: asked, request: {type, id: 'device', message}});
  });
  const sendAll = (messages) => {
    for (const message of messages.values()) if (socket?.readyState === WebSocket.OPEN) socket.send(message);
  };

  function showNew() {
    if (!seen) return;
    for (const {rowid, id, column, value} of newRows.all(lastRow)) {
      lastRow = Math.max(lastRow, rowid);
      if (columns.includes(column)) seen(entityOf(id), column, decode(value));
    }
  }

  async function take(inputMessage) {
    const {result, didWriteMessages} = await ask('ForSharedWorker', {type: 'ApplySyncMessage', owner, inputMessage});
    if (!result.ok) throw new Error(`Error: ${JSON.stringify(result.error)}`);
    if (didWriteMessages) showNew();
    if (result.value.type === 'Response') socket.send(result.value.message);
  }

  let queue = Promise.resolve();  // one message after the other
  return {
    async write(events) {
      const changes = changesOf(events).map(({change}) => change);
      const {messagesByOwnerId} = await ask('ForEvolu', {type: 'Mutate', changes, onCompleteIds: [], subscribedQueries: new Set()});
      if (socket) sendAll(new Map([[owner.id, local.createProtocolMessageFromCrdtMessages(run.deps)(owner, messagesByOwnerId.get(owner.id))]]));
    },
    *state() {
      for (const row of file.prepare('SELECT * FROM notes').all()) {
        const entity = entityOf(idToIdBytes(row.id));
        for (const column of columns) if (row[column] !== null) yield [entity, column, decode(row[column])];
      }
    },
    onCell(callback) {
      seen = callback;
    },
    async connect(url) {
      socket = new WebSocket(`${url}?ownerId=${owner.id}`);
      socket.on('message', (message) => (queue = queue.then(() => take(new Uint8Array(message)))));
      await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
      const {protocolMessagesByOwnerId} = await ask('ForSharedWorker', {type: 'CreateSyncMessages', owners: [owner]});
      sendAll(protocolMessagesByOwnerId);
    },
    async keepSaved() {},
    async flush() {},
    async merge(exported) {
      for (const bytes of exported) await take(new Uint8Array(bytes));
    },
    async close() {
      await queue;
      socket?.close();
      file.close();
      outer.send({type: 'Dispose'});
      await new Promise((resolve) => setTimeout(resolve, 20));
    },
  };
}

// What the relay would pass on of each device, whose clock is the workload's; a message a thousand events.
export async function prepare(folder, events, first, devices) {
  const deps = {randomBytes: createRandomBytes()};
  const messages = (part, device) => {
    const made = [];
    const changes = changesOf(part.filter((event) => event.device === device));
    for (let at = 0; at < changes.length; at += 300) {
      const buffer = local.createProtocolMessageBuffer(owner.id, {messageType: local.MessageType.Broadcast});
      for (const {ms, change: {ownerId, ...change}} of changes.slice(at, at + 300)) {
        const timestamp = local.createTimestamp({millis: ms, counter: 0, nodeId: `000000000000000${device + 1}`});
        buffer.addMessage({timestamp, change: local.encodeAndEncryptDbChange(deps)({timestamp, change}, owner.encryptionKey)});
      }
      made.push(Buffer.from(buffer.unwrap()));
    }
    return made;
  };
  const all = (part) => Array.from({length: devices}, (_, device) => messages(part, device)).flat();
  const device = await openDevice(folder);
  await device.merge(all(events.slice(0, first)));
  await device.close();
  return all(events.slice(first));
}

export async function startRelay(folder) {
  process.chdir(folder);
  const run = createRun(createRelayDeps());
  const relay = await run.orThrow(startEvoluRelay({port: 0, isOwnerWithinQuota: () => true}));
  return {port: relay.port, stop: () => relay[Symbol.asyncDispose]()};
}
