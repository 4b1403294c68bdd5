// Part: a process beside the runner that is told lines and answers with lines of JSON.
import {spawn} from 'node:child_process';
import fs from 'node:fs';
import readline from 'node:readline';

export class Part {
  constructor(command, {patience_s = 120} = {}) {
    this.command = command;
    this.child = spawn(command[0], command.slice(1), {stdio: ['pipe', 'pipe', 'pipe']});
    this.lines = readline.createInterface({input: this.child.stdout})[Symbol.asyncIterator]();
    this.complaints = '';
    this.child.stderr.on('data', (bytes) => (this.complaints = (this.complaints + bytes).slice(-2000)));
    this.child.stdin.on('error', () => {});
    this.timer = setTimeout(() => ((this.late = true), this.child.kill('SIGKILL')), patience_s * 1000);
    this.ended = new Promise((resolve) => this.child.once('close', (code, signal) => (clearTimeout(this.timer), resolve(code ?? signal))));
  }

  async answer() {
    const {value, done} = await this.lines.next();
    if (!done) return value.startsWith('{') ? JSON.parse(value) : this.answer();
    await this.ended;
    throw new Error(this.late ? 'took too long' : this.complaints.match(/^\w*Error.*$/m)?.[0] ?? (this.complaints.trim().split('\n').at(-1) || 'ended early'));
  }

  tell(word = 'go') {
    this.child.stdin.write(word + '\n');
  }

  // The largest resident size so far, or the present one with VmRSS.
  memoryKib(field = 'VmHWM') {
    return Number(fs.readFileSync(`/proc/${this.child.pid}/status`, 'utf8').match(new RegExp(`${field}:\\s+(\\d+)`))[1]);
  }

  async stop(signal) {
    if (signal) this.child.kill(signal);
    this.child.stdin.end();
    await this.ended;
  }
}
