// A peer's relay in a process of its own. Arguments: the peer, its folder. Prints its port; stops when stdin ends.
import process from 'node:process';

const [, , peer, folder] = process.argv;
const {startRelay} = await import(`./peers/${peer}.mjs`);
const relay = await startRelay(folder);
console.log(JSON.stringify({port: relay.port}));
process.stdin.resume().once('end', async () => {
  await relay.stop();
  process.exit(0);
});
