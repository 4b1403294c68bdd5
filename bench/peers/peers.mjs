// Who takes part, in the order of the tables, and what there is to say of each.
import {about as actual} from './peers/actual.mjs';
import {about as automerge} from './peers/automerge.mjs';
import {about as crsqlite} from './peers/crsqlite.mjs';
import {about as evolu} from './peers/evolu.mjs';
import {about as tinybase} from './peers/tinybase.mjs';
import {about as yjs} from './peers/yjs.mjs';

const tidemark = {
  name: 'Tidemark',
  packages: [],
  keeps: 'every edit',
  durability: 'synced: SQLite, WAL with synchronous=FULL',
  synced: true,
  relay: 'synced before it confirms or forwards',
};

export const peers = {
  tidemark,
  'tidemark-relaxed': {
    ...tidemark,
    name: 'Tidemark, relaxed',
    durability: 'not synced: in the page cache on return; synced before it is sent',
    synced: false,
  },
  tinybase, yjs, automerge, actual, crsqlite, evolu,
};

// Whoever syncs stands beside Tidemark, whoever does not beside Tidemark relaxed.
export const reference = (peer) => (peers[peer].synced ? 'tidemark' : 'tidemark-relaxed');
