// TinyBase: a MergeableStore in memory, saved as one row of JSON in SQLite; its WsServer as the relay.
import Database from 'better-sqlite3';
import path from 'node:path';
import {createMergeableStore} from 'tinybase';
import {createBetterSqlite3Persister} from 'tinybase/persisters/persister-better-sqlite3';
import {createWsSynchronizer} from 'tinybase/synchronizers/synchronizer-ws-client';
import {createWsServer} from 'tinybase/synchronizers/synchronizer-ws-server';
import {WebSocket, WebSocketServer} from 'ws';

export const about = {
  name: 'TinyBase',
  packages: ['tinybase', 'better-sqlite3', 'ws'],
  keeps: 'the latest value of a cell',
  durability: 'synced: the whole store as one JSON row, SQLite WAL with synchronous=FULL (pragmas set here)',
  synced: true,
  relay: 'forwards from memory, then saves the whole store per change (synced); no acknowledgement',
};

const table = 'cells';

function openDatabase(folder) {
  const database = new Database(path.join(folder, 'store.db'));
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  return database;
}

export async function openDevice(folder, {name}) {
  const database = openDatabase(folder);
  const store = createMergeableStore(name);
  const persister = createBetterSqlite3Persister(store, database);
  await persister.load();
  let synchronizer;
  return {
    async write(events) {
      store.transaction(() => {
        for (const {entity, attribute, value} of events) store.setCell(table, entity, attribute, value);
      });
      await persister.save();
    },
    *state() {
      for (const [entity, row] of Object.entries(store.getTable(table))) {
        for (const [attribute, value] of Object.entries(row)) yield [entity, attribute, value];
      }
    },
    onCell(seen) {
      store.addCellListener(table, null, null, (_, __, entity, attribute, value) => seen(entity, attribute, value));
    },
    async connect(url) {
      synchronizer = await createWsSynchronizer(store, new WebSocket(`${url}/notes`));
      synchronizer.startSync().catch(() => {});  // resolves only after asking everybody, which may be after the first answer
    },
    async keepSaved() {
      await persister.startAutoSave();
    },
    async flush() {
      await persister.save();
    },
    async merge(exported) {
      for (const bytes of exported) store.applyMergeableChanges(JSON.parse(bytes));
      await persister.save();
    },
    async close() {
      await synchronizer?.destroy();
      await persister.destroy();
      database.pragma('wal_checkpoint(TRUNCATE)');
      database.close();
    },
  };
}

// Each device on its own, with the workload's clock. What they export is their whole state, the first events included.
export async function prepare(folder, events, first, devices) {
  let ms = 0;
  const stores = Array.from({length: devices}, (_, i) => createMergeableStore(`device-${i}`, () => ms));
  const device = await openDevice(folder, {name: 'merger'});
  const exported = () => stores.map((store) => Buffer.from(JSON.stringify(store.getMergeableContent())));
  for (const [i, event] of events.entries()) {
    if (i === first) await device.merge(exported());
    ms = event.ms;
    stores[event.device].setCell(table, event.entity, event.attribute, event.value);
  }
  await device.close();
  return exported();
}

export async function startRelay(folder) {
  const sockets = new WebSocketServer({port: 0, host: '127.0.0.1'});
  const database = openDatabase(folder);
  const server = createWsServer(sockets, () => createBetterSqlite3Persister(createMergeableStore('relay'), database));
  await new Promise((resolve) => sockets.once('listening', resolve));
  return {
    port: sockets.address().port,
    async stop() {
      await server.destroy();
      database.pragma('wal_checkpoint(TRUNCATE)');
      database.close();
    },
  };
}
