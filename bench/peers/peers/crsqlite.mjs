// cr-sqlite: SQLite with the extension inside, as WebAssembly on files of Node. The package brings no relay, and its export is
// the rows of crsql_changes, here as JSON.
import * as SQLite from '@vlcn.io/wa-sqlite';
import createModule from '@vlcn.io/wa-sqlite/dist/crsqlite-sync.mjs';
import * as VFS from '@vlcn.io/wa-sqlite/src/VFS.js';
import fs from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';

const noRelay = 'its package brings no relay';
export const about = {
  name: 'cr-sqlite (wasm)',
  packages: ['@vlcn.io/wa-sqlite'],
  keeps: 'the latest value of a cell',
  durability: 'synced: SQLite, rollback journal with synchronous=FULL (the file layer is here)',
  synced: true,
  relay: 'none',
  without: {M4: noRelay, M5: noRelay, M6: noRelay},
};

// Files of Node for SQLite: the least that a rollback journal of one process needs.
class NodeFiles extends VFS.Base {
  name = 'node-files';
  mxPathName = 512;
  files = new Map();

  constructor(folder) {
    super();
    this.folder = folder;
  }

  at(name) { return path.join(this.folder, path.basename(name)); }

  xOpen(name, id, flags, out) {
    const file = this.at(name ?? `temporary-${id}`);
    try {
      const mode = flags & VFS.SQLITE_OPEN_CREATE ? fs.constants.O_RDWR | fs.constants.O_CREAT : fs.constants.O_RDWR;
      this.files.set(id, {fd: fs.openSync(file, mode), path: file, remove: (flags & VFS.SQLITE_OPEN_DELETEONCLOSE) !== 0});
    } catch {
      return VFS.SQLITE_CANTOPEN;
    }
    out.setInt32(0, flags, true);
    return VFS.SQLITE_OK;
  }

  xClose(id) {
    const file = this.files.get(id);
    fs.closeSync(file.fd);
    if (file.remove) fs.rmSync(file.path, {force: true});
    this.files.delete(id);
    return VFS.SQLITE_OK;
  }

  xRead(id, data, offset) {
    const got = fs.readSync(this.files.get(id).fd, data, 0, data.byteLength, offset);
    if (got === data.byteLength) return VFS.SQLITE_OK;
    data.fill(0, got);
    return VFS.SQLITE_IOERR_SHORT_READ;
  }

  xWrite(id, data, offset) {
    fs.writeSync(this.files.get(id).fd, data, 0, data.byteLength, offset);
    return VFS.SQLITE_OK;
  }

  xTruncate(id, size) {
    fs.ftruncateSync(this.files.get(id).fd, size);
    return VFS.SQLITE_OK;
  }

  xSync(id) {
    fs.fdatasyncSync(this.files.get(id).fd);
    return VFS.SQLITE_OK;
  }

  xFileSize(id, out) {
    out.setBigInt64(0, BigInt(fs.fstatSync(this.files.get(id).fd).size), true);
    return VFS.SQLITE_OK;
  }

  xDelete(name, syncFolder) {
    fs.rmSync(this.at(name), {force: true});
    if (syncFolder) {
      const folder = fs.openSync(this.folder, 'r');
      fs.fsyncSync(folder);
      fs.closeSync(folder);
    }
    return VFS.SQLITE_OK;
  }

  xAccess(name, flags, out) {
    out.setInt32(0, fs.existsSync(this.at(name)) ? 1 : 0, true);
    return VFS.SQLITE_OK;
  }
}

const attributes = ['body', 'title', 'tags', 'order', 'pinned', 'color', 'state', 'due', 'parent', 'author', 'starred', 'kept'];
const truth = {true: '\u0001true', false: '\u0001false'};  // SQLite has no booleans
const encode = (value) => (typeof value === 'boolean' ? truth[value] : value);
const decode = (value) => (value === truth.true ? true : value === truth.false ? false : value);
const hex = (bytes) => Buffer.from(bytes).toString('hex');
const unhex = (text) => new Uint8Array(Buffer.from(text, 'hex'));

async function openDatabase(folder) {
  const wasm = createRequire(import.meta.url).resolve('@vlcn.io/wa-sqlite/dist/crsqlite-sync.wasm');
  const api = SQLite.Factory(await createModule({wasmBinary: fs.readFileSync(wasm), locateFile: () => wasm}));
  api.vfs_register(new NodeFiles(folder), true);
  const database = await api.open_v2('notes.db');
  const exec = (sql) => api.exec(database, sql);
  await exec('PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY');
  await exec(`CREATE TABLE IF NOT EXISTS notes (id TEXT PRIMARY KEY NOT NULL, ${attributes.map((name) => `"${name}"`).join()})`);
  await exec("SELECT crsql_as_crr('notes')");

  // Statements that stay prepared.
  const prepare = async (sql) => {
    const text = api.str_new(database, sql);
    const {stmt} = await api.prepare_v2(database, api.str_value(text));
    api.str_finish(text);
    return stmt;
  };
  const run = async (stmt, values) => {
    api.bind_collection(stmt, values);
    await api.step(stmt);
    await api.reset(stmt);
  };
  const rows = async (sql) => {
    const found = [];
    await api.exec(database, sql, (row) => found.push([...row]));
    return found;
  };
  const transaction = async (work) => {
    await exec('BEGIN IMMEDIATE');
    await work();
    await exec('COMMIT');
  };
  const close = async (statements) => {
    for (const stmt of statements) await api.finalize(stmt);
    await exec('SELECT crsql_finalize()');
    await api.close(database);
  };
  return {prepare, run, rows, transaction, close};
}

export async function openDevice(folder) {
  const {prepare, run, rows, transaction, close} = await openDatabase(folder);
  const upserts = {};
  for (const name of attributes) {
    upserts[name] = await prepare(`INSERT INTO notes (id, "${name}") VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET "${name}" = excluded."${name}"`);
  }
  const take = await prepare('INSERT INTO crsql_changes ("table", pk, cid, val, col_version, db_version, site_id, cl, seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  return {
    async write(events) {
      await transaction(async () => {
        for (const {entity, attribute, value} of events) await run(upserts[attribute], [entity, encode(value)]);
      });
    },
    async *state() {
      for (const [entity, ...values] of await rows('SELECT * FROM notes')) {
        for (const [i, value] of values.entries()) if (value !== null) yield [entity, attributes[i], decode(value)];
      }
    },
    async merge(exported) {
      for (const bytes of exported) {
        const changes = JSON.parse(bytes);
        await transaction(async () => {
          for (const [table, pk, cid, value, colVersion, dbVersion, site, length, sequence] of changes) {
            await run(take, [table, unhex(pk), cid, value, colVersion, dbVersion, unhex(site), length, sequence]);
          }
        });
      }
    },
    async version() {
      return (await rows('SELECT crsql_db_version()'))[0][0];
    },
    async changes(after) {
      const found = await rows(`SELECT "table", pk, cid, val, col_version, db_version, site_id, cl, seq FROM crsql_changes WHERE db_version > ${after}`);
      return Buffer.from(JSON.stringify(found.map(([table, pk, cid, value, colVersion, dbVersion, site, length, sequence]) =>
        [table, hex(pk), cid, value, Number(colVersion), Number(dbVersion), hex(site), Number(length), Number(sequence)])));
    },
    close: () => close([...Object.values(upserts), take]),
  };
}

// One writer in the place of four who have seen all before: cr-sqlite counts a cell's versions, and knows no time.
export async function prepare(folder, events, first) {
  const sourceFolder = `${folder}-source`;
  fs.mkdirSync(sourceFolder);
  const source = await openDevice(sourceFolder);
  for (let at = 0; at < first; at += 1000) await source.write(events.slice(at, Math.min(at + 1000, first)));
  const device = await openDevice(folder);
  await device.merge([await source.changes(0)]);
  await device.close();
  const known = await source.version();
  for (let at = first; at < events.length; at += 1000) await source.write(events.slice(at, at + 1000));
  const exported = await source.changes(known);
  await source.close();
  return [exported];
}
