// A running Porteiro with a database of its own, and its command line.

import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const BUILT = fileURLToPath(new URL('../../../target/debug/porteiro', import.meta.url));
const START_LIMIT = 30_000;

export const PASSWORD = 'correct horse battery staple';

export class Porteiro {
  /** Starts `porteiro serve`, or `dev`, on a free port. */
  static async start(command = 'serve', settings = {}) {
    const folder = await mkdtemp(join(tmpdir(), 'porteiro-browser-'));
    const porteiro = new Porteiro(folder, await freePort(), settings);
    await porteiro.#serve(command);
    return porteiro;
  }

  #process;

  constructor(folder, port, settings) {
    this.folder = folder;
    this.issuer = `http://127.0.0.1:${port}`;
    this.program = process.env.PORTEIRO ?? BUILT;
    this.settings = {
      PATH: process.env.PATH,
      PORTEIRO_ISSUER: this.issuer,
      PORTEIRO_SERVER__LISTEN: `127.0.0.1:${port}`,
      PORTEIRO_DATABASE__URL: `sqlite:${folder}/porteiro.db`,
      // What the hash costs is measured elsewhere.
      PORTEIRO_PASSWORDS__ARGON2_MEMORY_KIB: '1024',
      ...settings,
    };
  }

  async #serve(command) {
    this.#process = spawn(this.program, [command], {
      cwd: this.folder,
      env: this.settings,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const said = [];
    this.#process.stderr.on('data', (text) => said.push(text));
    const deadline = Date.now() + START_LIMIT;
    while (!(await answers(`${this.issuer}/readyz`))) {
      if (this.#process.exitCode !== null || Date.now() > deadline) {
        throw new Error(`porteiro ${command} does not serve: ${Buffer.concat(said)}`);
      }
      await pause(20);
    }
  }

  async stop() {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGTERM');
    await ended;
    await rm(this.folder, { recursive: true });
  }

  /** A command of the program, with the object that it prints. */
  async run(...flags) {
    const options = { cwd: this.folder, env: this.settings };
    const { stdout } = await promisify(execFile)(this.program, [...flags, '--json'], options);
    return stdout.trim() ? JSON.parse(stdout) : {};
  }

  /** What a page shows to be pasted into a shell. */
  async paste(command) {
    const PATH = `${dirname(this.program)}:${this.settings.PATH}`;
    await promisify(execFile)('sh', ['-c', command], { cwd: this.folder, env: { ...this.settings, PATH } });
  }

  /** Somebody who can log in. */
  async person(username, ...flags) {
    const file = join(this.folder, 'password');
    await writeFile(file, PASSWORD);
    return this.run('user', 'create', username, '--password-file', file, ...flags);
  }

  client(id, ...flags) {
    return this.run('client', 'create', id, ...flags);
  }
}

async function answers(address) {
  try {
    return (await fetch(address)).ok;
  } catch {
    return false;
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const listener = createServer();
    listener.once('error', reject);
    listener.listen(0, '127.0.0.1', () => {
      const { port } = listener.address();
      listener.close(() => resolve(port));
    });
  });
}
