// Everything that docs/peers.md shows: each peer through each measure, at the sizes that it bears. Arguments: the file of results,
// then the peers if not all.
import {spawnSync} from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import {fileURLToPath} from 'node:url';

import {node} from './measures.mjs';
import {peers} from './peers.mjs';

const runner = path.join(path.dirname(fileURLToPath(import.meta.url)), 'run.mjs');
const [, , results, ...some] = process.argv;

const plan = [
  {measure: 'M1,M2,M3,M4', size: '1000,10000', reps: 3},
  {measure: 'M6', size: '10000', reps: 3},
  {measure: 'M5', size: '1000', reps: 1},
  {measure: 'M1,M2,M3,M4', size: '100000', reps: 1},
];

for (const {measure, size, reps} of plan) {
  for (const peer of some.length ? some : Object.keys(peers)) {
    const left = measure.split(',').filter((name) => !peers[peer].without?.[name]);
    if (!left.length) continue;
    spawnSync(node, [runner, '--peer', peer, '--measure', left.join(), '--size', size, '--reps', String(reps), '--into', results], {stdio: 'inherit'});
  }
}
