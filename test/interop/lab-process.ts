/** A lab started by its command line, as a user starts it, for tests and benchmarks. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const launcher = join(root, 'scripts', 'lab.mjs');

export interface LabProcess {
  readonly bootstrapServers: string;
  readonly dataDir: string;
  readonly pid: number;
  /** From the start of the command to its JSON line. */
  readonly startedInMs: number;
  readonly child: ChildProcess;
  /** Runs `lab ...args --data-dir DIR`; rejects when it fails. */
  run(...args: string[]): Promise<string>;
  /** SIGTERM, and waits; rejects when the exit status is not 0. */
  stop(): Promise<void>;
  /** SIGKILL, and waits. */
  kill(): Promise<void>;
  /** Stops when still running, and removes the data directory. */
  dispose(): Promise<void>;
}

export interface LabProcessOptions {
  readonly dataDir?: string;
  readonly args?: readonly string[];
  readonly port?: number;
}

/** `count` adjacent free ports below the ephemeral range, with the controllers' ports free too. */
export async function freePorts(count = 3): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const from = 20_000 + Math.floor(Math.random() * 10_000);
    const wanted = Array.from({ length: count }, (_, i) => [from + i, from + 100 + i]).flat();
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

export function temporaryDirectory(name: string): string {
  return mkdtempSync(join(tmpdir(), `brokerlab-${name}-`));
}

/** Runs a program to its end; rejects with its output when it fails. */
export function runProgram(command: string, args: readonly string[], input = '', timeoutMs = 120_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, timeout: timeoutMs });
    let stdout = '';
    let stderr = '';
    // A character may come in two chunks.
    child.stdout.setEncoding('utf8').on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.on('error', reject);
    child.on('close', (status, signal) => {
      if (status === 0) resolve(stdout);
      else reject(new Error(`${command} ${args.join(' ')} ended with ${status ?? signal}\n${stdout}\n${stderr}`));
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

export async function startLabProcess(options: LabProcessOptions = {}): Promise<LabProcess> {
  const dataDir = options.dataDir ?? temporaryDirectory('lab');
  const port = options.port ?? (await freePorts());
  const args = ['up', '--port', String(port), '--data-dir', dataDir, '--json', ...(options.args ?? [])];
  const startedMs = performance.now();
  const child = spawn(process.execPath, [launcher, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const line = await new Promise<string>((resolve, reject) => {
    let stdout = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
      if (stdout.includes('\n')) resolve(stdout.slice(0, stdout.indexOf('\n')));
    });
    child.on('close', (status) => reject(new Error(`lab up ended with ${status}\n${stderr}`)));
  });
  const startedInMs = performance.now() - startedMs;
  const { bootstrapServers, pid } = JSON.parse(line) as { bootstrapServers: string; pid: number };
  const alive = (): boolean => child.exitCode === null && child.signalCode === null;
  const stop = async (): Promise<void> => {
    if (alive()) child.kill('SIGTERM');
    const status = await ended;
    if (status !== 0) throw new Error(`lab ended with ${status}\n${stderr}`);
  };
  const kill = async (): Promise<void> => {
    if (alive()) child.kill('SIGKILL');
    await ended;
  };
  return {
    bootstrapServers,
    dataDir,
    pid,
    startedInMs,
    child,
    run: (...words) => runProgram(process.execPath, [launcher, ...words, '--data-dir', dataDir]),
    stop,
    kill,
    async dispose() {
      await kill();
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
