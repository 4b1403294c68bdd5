// The notes workload: what four devices of a notes app write, one JSON line an event, in the order in which it happened.
//
// The devices edit notes in bursts of one to five attributes. Which note it is follows a Zipf law of exponent 0.9; there is
// one note for every fifty events, and twelve attribute names of which the first are written more often. A fifth of the
// values are whole numbers, an eighth booleans, the others texts of 12 to 62 bytes, one in ten of them 200. The milliseconds
// of bursts increase, so that the last line of a cell is its last write by any clock. The same size gives the same bytes.
import fs from 'node:fs';

export const devices = 4;
export const mark = {entity: 'mark', attribute: 'said'};  // written last: where it is seen, the rest has arrived

const attributes = ['body', 'title', 'tags', 'order', 'pinned', 'color', 'state', 'due', 'parent', 'author', 'starred', 'kept'];
const syllables = ['ba', 'ti', 'no', 're', 'la', 'mu', 'so', 'ke', 'di', 'fa', 've', 'ru'];
const firstMs = 1_767_225_600_000;  // 2026-01-01

// No device writes the value that it wrote there last: some peers record no such write, and its time would not count.
function another(value) {
  return typeof value === 'boolean' ? !value : typeof value === 'number' ? value + 1 : value + '.';
}

// Numbers below a bound from a 32-bit counter through a mixing function.
function randomNumbers(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  return {next, below: (bound) => next() % bound, unit: () => next() / 2 ** 32};
}

function entityName(random) {
  const hex = Array.from({length: 4}, () => random.next().toString(16).padStart(8, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export function* notes(size, seed = 42) {
  const random = randomNumbers(seed);
  const count = Math.max(Math.floor(size / 50), 8);
  const entities = Array.from({length: count}, () => entityName(random));
  let sum = 0;
  const popularity = entities.map((_, i) => (sum += 1 / (i + 1) ** 0.9));
  const words = Array.from({length: 1000}, () =>
    Array.from({length: 2 + random.below(3)}, () => syllables[random.below(syllables.length)]).join(''));
  const text = (bytes) => {
    let written = '';
    while (written.length < bytes) written += words[random.below(words.length)] + ' ';
    return written.slice(0, bytes);
  };
  const value = () => {
    const kind = random.below(100);
    if (kind < 20) return random.below(100_000);
    if (kind < 32) return random.below(2) === 0;
    return text(kind < 92 ? 12 + random.below(51) : 200);
  };
  const someNote = () => {
    const at = random.unit() * sum;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (popularity[middle] < at) low = middle + 1;
      else high = middle;
    }
    return entities[low];
  };
  const own = new Map();
  let ms = firstMs;
  for (let written = 0; written < size;) {
    const device = random.below(devices);
    const entity = someNote();
    ms += 1 + random.below(700);
    const order = [...attributes];
    for (let left = Math.min(1 + random.below(5), size - written); left > 0; --left) {
      const at = Math.min(random.below(order.length), random.below(order.length));
      const [attribute] = order.splice(at, 1);
      const cell = `${device} ${entity} ${attribute}`;
      const drawn = value();
      const wanted = own.get(cell) === drawn ? another(drawn) : drawn;
      own.set(cell, wanted);
      yield {device, ms, entity, attribute, value: wanted};
      ++written;
    }
  }
}

// Cells that nobody else writes: what a device does while it is offline.
export function* apart(name, size, seed) {
  const random = randomNumbers(seed);
  for (let i = 0; i < size; ++i) {
    const words = Array.from({length: 3 + random.below(8)}, () => syllables[random.below(syllables.length)]);
    yield {device: 0, ms: firstMs + i, entity: `${name}-${Math.floor(i / 10)}`, attribute: attributes[i % 10], value: words.join(' ')};
  }
}

export const marking = (value) => ({device: 0, ms: firstMs, ...mark, value});

export function writeEvents(path, events) {
  const lines = [];
  for (const event of events) lines.push(JSON.stringify(event));
  fs.writeFileSync(path, lines.join('\n') + '\n');
}

export function readEvents(path) {
  return fs.readFileSync(path, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

// The events of one burst belong together: same device, same millisecond.
export function* batches(events, size) {
  for (let at = 0; at < events.length; at += size) yield events.slice(at, at + size);
}
