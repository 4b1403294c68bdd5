// States: the current value of each cell, as a file of JSON lines [entity, attribute, value] in any order.
import fs from 'node:fs';

export function writeState(path, cells) {
  const lines = [];
  for (const cell of cells) lines.push(JSON.stringify(cell));
  fs.writeFileSync(path, lines.join('\n') + '\n');
}

// What events in this order come to: the last write of a cell.
export function expectedState(...lists) {
  const state = new Map();
  for (const events of lists) {
    for (const {entity, attribute, value} of events) state.set(`${entity}\0${attribute}`, value);
  }
  return state;
}

// Nothing, or how the state in the file differs.
export function difference(path, expected) {
  const seen = new Set();
  for (const line of fs.readFileSync(path, 'utf8').split('\n')) {
    if (!line) continue;
    const [entity, attribute, value] = JSON.parse(line);
    const key = `${entity}\0${attribute}`;
    if (seen.has(key)) return `${entity} ${attribute} is there twice`;
    seen.add(key);
    if (!expected.has(key)) return `${entity} ${attribute} was never written`;
    if (expected.get(key) !== value) return `${entity} ${attribute} is ${JSON.stringify(value)}, not ${JSON.stringify(expected.get(key))}`;
  }
  return seen.size === expected.size ? undefined : `${seen.size} cells, not ${expected.size}`;
}
