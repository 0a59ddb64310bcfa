/** The browser host, started by its command line as a user starts it. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface Serving {
  /** With the token of this start. */
  readonly url: string;
  readonly bootstrapServers: string;
  readonly dataDir: string;
  /** What it wrote to its console so far. */
  console(): string;
  /** SIGKILL, and waits. */
  kill(): Promise<void>;
  /** SIGTERM; the exit status. Removes nothing. */
  stop(): Promise<number | null>;
  /** Ends it however it is and removes the data directory. */
  dispose(): Promise<void>;
}

export interface ServeOptions {
  readonly dataDir?: string;
  readonly args?: readonly string[];
  readonly brokerPort?: number;
}

/** Below the ephemeral range, with room for one more broker and the controllers beside them. */
async function freePorts(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const from = 20_000 + Math.floor(Math.random() * 10_000);
    const wanted = [0, 1, 2, 3].flatMap((i) => [from + i, from + 100 + i]);
    const free = await Promise.all(wanted.map(isFree));
    if (free.every(Boolean)) return from;
  }
  throw new Error('no free ports found');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

export async function serveLab(options: ServeOptions = {}): Promise<Serving> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'brokerlab-window-'));
  const brokerPort = options.brokerPort ?? (await freePorts());
  const args = [
    'serve',
    '--port',
    '0',
    '--no-open',
    '--json',
    '--data-dir',
    dataDir,
    '--broker-port',
    String(brokerPort),
  ];
  const child = spawn(process.execPath, [join(root, 'scripts', 'lab.mjs'), ...args, ...(options.args ?? [])], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let written = '';
  let stdout = '';
  child.stderr.on('data', (chunk: Buffer) => (written += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      written += chunk.toString();
      if (stdout.includes('\n')) resolve(stdout.slice(0, stdout.indexOf('\n')));
    });
    void ended.then((status) => reject(new Error(`lab serve ended with ${status}\n${written}`)));
  });
  const { url, bootstrapServers } = JSON.parse(line) as { url: string; bootstrapServers: string };
  const end = (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return ended;
  };
  const kill = async (): Promise<void> => void (await end('SIGKILL'));
  return {
    url,
    bootstrapServers,
    dataDir,
    console: () => written,
    kill,
    stop: () => end('SIGTERM'),
    dispose: async () => {
      await kill();
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
