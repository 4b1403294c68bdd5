// Actual's crdt package: its clock, merkle tree and messages. The storing and syncing around it, which the app has in packages of
// its own, is here: a row a message and a row a cell in SQLite, and its pull protocol over HTTP with a log in SQLite behind it.
import * as crdt from '@actual-app/crdt';
import Database from 'better-sqlite3';
import http from 'node:http';
import path from 'node:path';

const {merkle, Timestamp} = crdt;

export const about = {
  name: 'Actual (crdt)',
  packages: ['@actual-app/crdt', 'better-sqlite3'],
  keeps: 'every edit',
  durability: 'synced: a row a message and a row a cell, SQLite WAL with synchronous=FULL (pragmas set here)',
  synced: true,
  relay: 'SQLite, WAL with synchronous=FULL, before it answers; devices ask, here every 100 ms, and are never told',
  without: {M5: 'it has no push: a device sees an edit when it asks the next time'},
};

const pollMs = 100;
const batch = 20_000;  // messages a request
const encode = (value) => ({string: 'S:', number: 'N:', boolean: 'B:'})[typeof value] + value;
const decode = (text) => (text[0] === 'S' ? text.slice(2) : text[0] === 'N' ? Number(text.slice(2)) : text === 'B:true');

function openDatabase(file, schema) {
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec(schema);
  return database;
}

function closeDatabase(database) {
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
}

const deviceSchema = `
  CREATE TABLE IF NOT EXISTS messages (timestamp TEXT PRIMARY KEY, entity TEXT, attribute TEXT, value TEXT) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS cells (entity TEXT, attribute TEXT, value TEXT, timestamp TEXT, PRIMARY KEY (entity, attribute)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS clock (id INTEGER PRIMARY KEY, clock TEXT, sent TEXT)`;

export async function openDevice(folder) {
  const database = openDatabase(path.join(folder, 'device.db'), deviceSchema);
  const insert = database.prepare('INSERT OR IGNORE INTO messages VALUES (?, ?, ?, ?)');
  const upsert = database.prepare(`INSERT INTO cells VALUES (?, ?, ?, ?) ON CONFLICT (entity, attribute)
    DO UPDATE SET value = excluded.value, timestamp = excluded.timestamp WHERE excluded.timestamp > cells.timestamp`);
  const saveClock = database.prepare('INSERT OR REPLACE INTO clock VALUES (1, ?, ?)');
  const since = database.prepare('SELECT * FROM messages WHERE timestamp > ? ORDER BY timestamp');
  const saved = database.prepare('SELECT clock, sent FROM clock').get();
  const clock = saved ? crdt.deserializeClock(saved.clock) : crdt.makeClock(new Timestamp(0, 0, crdt.makeClientId()));
  let sent = saved?.sent ?? Timestamp.zero.toString();
  let polling;
  let seen = () => {};

  const apply = database.transaction((messages, foreign) => {
    crdt.setClock(clock);  // the package's own is one a process
    let tree = clock.merkle;
    for (const message of messages) {
      const timestamp = foreign ? Timestamp.parse(message.timestamp) : Timestamp.send();
      if (foreign) Timestamp.recv(timestamp);
      const text = timestamp.toString();
      if (insert.run(text, message.entity, message.attribute, message.value).changes === 0) continue;
      upsert.run(message.entity, message.attribute, message.value, text);
      tree = merkle.insert(tree, timestamp);
    }
    clock.merkle = merkle.prune(tree);
    saveClock.run(crdt.serializeClock(clock), sent);
  });

  async function exchange(url, after) {
    const envelopes = since.all(after).slice(0, batch).map(({timestamp, ...message}) => crdt.create(crdt.MessageEnvelopeSchema, {
      timestamp, content: crdt.toBinary(crdt.MessageSchema,
        crdt.create(crdt.MessageSchema, {dataset: 'notes', row: message.entity, column: message.attribute, value: message.value}))}));
    const request = crdt.create(crdt.SyncRequestSchema, {fileId: 'notes', groupId: clock.timestamp.node(), since: after, messages: envelopes});
    const answer = await fetch(url.replace('ws:', 'http:'), {method: 'POST', body: crdt.toBinary(crdt.SyncRequestSchema, request)});
    const response = crdt.fromBinary(crdt.SyncResponseSchema, new Uint8Array(await answer.arrayBuffer()));
    const messages = response.messages.map(({timestamp, content}) => {
      const {row, column, value} = crdt.fromBinary(crdt.MessageSchema, content);
      return {timestamp, entity: row, attribute: column, value};
    });
    if (messages.length) apply(messages, true);
    for (const {entity, attribute, value} of messages) seen(entity, attribute, decode(value));
    if (envelopes.length) sent = envelopes.at(-1).timestamp;
    return {tree: JSON.parse(response.merkle), full: envelopes.length === batch};
  }

  // Asks again from where the trees differ, until they do not.
  async function sync(url) {
    let after = sent;
    for (let round = 0; round < 100; ++round) {
      const {tree, full} = await exchange(url, after);
      const differs = merkle.diff(tree, clock.merkle);
      if (full) after = sent;
      else if (differs === null) return;
      else after = new Timestamp(differs, 0, '0').toString();
    }
  }

  return {
    async write(events) {
      apply(events.map(({entity, attribute, value}) => ({entity, attribute, value: encode(value)})), false);
    },
    *state() {
      for (const {entity, attribute, value} of database.prepare('SELECT entity, attribute, value FROM cells').iterate()) {
        yield [entity, attribute, decode(value)];
      }
    },
    onCell(callback) {
      seen = callback;
    },
    async connect(url) {
      polling = {stopped: false};
      polling.loop = (async () => {
        while (!polling.stopped) {
          await sync(url);
          await new Promise((resolve) => setTimeout(resolve, pollMs));
        }
      })();
    },
    async keepSaved() {},
    async flush() {},
    async merge(exported) {
      for (const bytes of exported) apply(JSON.parse(bytes), true);
    },
    async close() {
      if (polling) {
        polling.stopped = true;
        await polling.loop;
      }
      closeDatabase(database);
    },
  };
}

// Each device on its own, with the workload's clock.
export async function prepare(folder, events, first, devices) {
  let ms = 0;
  let counter = 0;
  const messages = events.map((event) => {
    counter = event.ms === ms ? counter + 1 : 0;
    ms = event.ms;
    return {timestamp: new Timestamp(ms, counter, `000000000000000${event.device}`).toString(), device: event.device,
            entity: event.entity, attribute: event.attribute, value: encode(event.value)};
  });
  const device = await openDevice(folder);
  await device.merge([JSON.stringify(messages.slice(0, first))]);
  await device.close();
  return Array.from({length: devices}, (_, i) => Buffer.from(JSON.stringify(messages.slice(first).filter((message) => message.device === i))));
}

const relaySchema = `
  CREATE TABLE IF NOT EXISTS messages (timestamp TEXT PRIMARY KEY, content BLOB) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS tree (id INTEGER PRIMARY KEY, merkle TEXT)`;

export async function startRelay(folder) {
  const database = openDatabase(path.join(folder, 'relay.db'), relaySchema);
  const insert = database.prepare('INSERT OR IGNORE INTO messages VALUES (?, ?)');
  const select = database.prepare('SELECT timestamp, content FROM messages WHERE timestamp > ? AND substr(timestamp, -16) <> ? ORDER BY timestamp');
  const saveTree = database.prepare('INSERT OR REPLACE INTO tree VALUES (1, ?)');
  const saved = database.prepare('SELECT merkle FROM tree').get();
  let tree = saved ? JSON.parse(saved.merkle) : {};
  const add = database.transaction((messages) => {
    let grown = tree;
    for (const {timestamp, content} of messages) {
      if (insert.run(timestamp, content).changes) grown = merkle.insert(grown, Timestamp.parse(timestamp));
    }
    tree = merkle.prune(grown);
    saveTree.run(JSON.stringify(tree));
  });
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const {since, groupId, messages} = crdt.fromBinary(crdt.SyncRequestSchema, new Uint8Array(Buffer.concat(chunks)));
    const found = select.all(since, groupId);
    if (messages.length) add(messages);
    const answer = crdt.create(crdt.SyncResponseSchema, {merkle: JSON.stringify(tree), messages: found.map(({timestamp, content}) =>
      crdt.create(crdt.MessageEnvelopeSchema, {timestamp, content: new Uint8Array(content)}))});
    response.end(crdt.toBinary(crdt.SyncResponseSchema, answer));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: server.address().port,
    async stop() {
      server.closeAllConnections();
      server.close();
      closeDatabase(database);
    },
  };
}
