// A TCP proxy on loopback, in a process of its own, that counts the bytes of each direction.
// Arguments: the target's port. Prints its own port; prints the counts for each line that it reads.
import net from 'node:net';
import readline from 'node:readline';

const target = Number(process.argv[2]);
const counts = {up: 0, down: 0};

const server = net.createServer({noDelay: true}, (client) => {
  const relay = net.connect({port: target, host: '127.0.0.1', noDelay: true});
  client.on('data', (bytes) => (counts.up += bytes.length));
  relay.on('data', (bytes) => (counts.down += bytes.length));
  client.pipe(relay).pipe(client);
  for (const end of [client, relay]) end.on('error', () => (client.destroy(), relay.destroy()));
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({port: server.address().port})));
readline.createInterface({input: process.stdin}).on('line', () => console.log(JSON.stringify(counts)))
  .on('close', () => process.exit(0));
