// Yjs: a document in memory, its updates in LevelDB through y-leveldb; Hocuspocus as the relay. An entity is a Y.Map at the
// root: nested ones that two devices make at the same time would lose one side's attributes.
import {Database as HocuspocusDatabase} from '@hocuspocus/extension-database';
import {HocuspocusProvider, HocuspocusProviderWebsocket} from '@hocuspocus/provider';
import {Server} from '@hocuspocus/server';
import Database from 'better-sqlite3';
import path from 'node:path';
import {WebSocket} from 'ws';
import {LeveldbPersistence} from 'y-leveldb';
import * as Y from 'yjs';

export const about = {
  name: 'Yjs',
  packages: ['yjs', 'y-leveldb', '@hocuspocus/server', '@hocuspocus/provider', '@hocuspocus/extension-database', 'better-sqlite3'],
  keeps: 'the latest value of a cell, and marks of deleted ones',
  durability: 'not synced: a LevelDB put of the update, in the page cache on return',
  synced: false,
  relay: 'forwards from memory; stores the whole document some time later (2 s after the last edit, 10 s at most); no acknowledgement',
};

const space = 'notes';

export async function openDevice(folder) {
  const database = new LeveldbPersistence(path.join(folder, 'level'));
  const document = await database.getYDoc(space);
  const stored = new Set();
  const store = (update) => {
    const storing = database.storeUpdate(space, update).finally(() => stored.delete(storing));
    stored.add(storing);
  };
  document.on('update', store);
  let socket;
  let provider;
  const flush = () => Promise.all(stored);
  return {
    async write(events) {
      document.transact(() => {
        for (const {entity, attribute, value} of events) document.getMap(entity).set(attribute, value);
      });
      await flush();
    },
    *state() {
      for (const entity of document.share.keys()) {
        for (const [attribute, value] of document.getMap(entity)) yield [entity, attribute, value];
      }
    },
    // Types that come over the wire are known by name only after the first access.
    onCell(seen) {
      document.on('afterTransaction', ({changed, local}) => {
        if (local) return;
        for (const [type, keys] of changed) {
          for (const [entity, shared] of document.share) {
            if (shared !== type) continue;
            const map = document.getMap(entity);
            for (const attribute of keys) seen(entity, attribute, map.get(attribute));
            break;
          }
        }
      });
    },
    async connect(url) {
      socket = new HocuspocusProviderWebsocket({url, WebSocketPolyfill: WebSocket});
      provider = new HocuspocusProvider({websocketProvider: socket, name: space, document});
      provider.attach();
    },
    async keepSaved() {},
    flush,
    async merge(exported) {
      document.transact(() => {
        for (const update of exported) Y.applyUpdate(document, update);
      });
      await flush();
    },
    async close() {
      provider?.destroy();
      socket?.destroy();
      await flush();
      await database.destroy();
    },
  };
}

// A document in which each device writes under its own id, having seen all before: Yjs orders by what was seen, not by time.
export async function prepare(folder, events, first) {
  const document = new Y.Doc();
  let known;
  for (let at = 0; at < events.length;) {
    if (!known && at >= first) {
      const device = await openDevice(folder);
      await device.merge([Y.encodeStateAsUpdate(document)]);
      await device.close();
      known = Y.encodeStateVector(document);
    }
    document.clientID = 1000 + events[at].device;
    document.transact(() => {
      const {ms} = events[at];
      for (; at < events.length && events[at].ms === ms; ++at) document.getMap(events[at].entity).set(events[at].attribute, events[at].value);
    });
  }
  return [Y.encodeStateAsUpdate(document, known)];
}

export async function startRelay(folder) {
  const database = new Database(path.join(folder, 'relay.db'));
  database.exec('CREATE TABLE IF NOT EXISTS documents (name TEXT PRIMARY KEY, data BLOB)');
  const select = database.prepare('SELECT data FROM documents WHERE name = ?').pluck();
  const upsert = database.prepare('INSERT INTO documents VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET data = excluded.data');
  const server = new Server({
    port: 0, address: '127.0.0.1', quiet: true,
    extensions: [new HocuspocusDatabase({
      fetch: async ({documentName}) => select.get(documentName) ?? null,
      store: async ({documentName, state}) => void upsert.run(documentName, state),
    })],
  });
  await server.listen();
  return {
    port: server.address.port,
    async stop() {
      await server.destroy();
      database.close();
    },
  };
}
