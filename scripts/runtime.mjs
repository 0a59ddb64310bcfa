/** What every script needs first: the right Node, and a build that is newer than its sources. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, 'out', 'built');
const sources = ['engine', 'cli', 'electron', 'renderer', 'electron.vite.config.ts', 'package.json'];

/** Ends the process with a hint when this is not the Node that `npm ci` brings along. */
export function requireNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= 24) return;
  console.error(
    `Brokerlab needs Node 24, this is ${process.versions.node}. npm scripts get Node 24 from the package "node"; its ` +
      'install script did not run. Run "npm rebuild node" (with npm 12: "npm install --allow-scripts=node") and try again.',
  );
  process.exit(1);
}

function newest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  let latest = 0;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isFile() && entry.name.endsWith('.test.ts')) continue;
    latest = Math.max(latest, newest(join(path, entry.name)));
  }
  return latest;
}

/** Whether `out/` is missing or older than what it is built from. */
export function isStale() {
  if (!existsSync(stamp)) return true;
  const built = statSync(stamp).mtimeMs;
  return sources.some((source) => newest(join(root, source)) > built);
}

const builder = join(root, 'out', 'builder');

/** Whether this process may build now; false when another one, still alive, is at it. */
function takeBuild() {
  mkdirSync(dirname(builder), { recursive: true });
  try {
    writeFileSync(builder, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  try {
    process.kill(Number(readFileSync(builder, 'utf8')), 0);
  } catch (error) {
    if (error.code === 'ESRCH') rmSync(builder, { force: true });
  }
  return false;
}

/** Builds when stale, one process at a time. Output goes to stderr, so that a script's own stdout stays clean. */
export function ensureBuilt() {
  while (isStale()) {
    if (takeBuild()) {
      const giveBack = () => rmSync(builder, { force: true });
      process.on('exit', giveBack);
      if (isStale()) build();
      process.off('exit', giveBack);
      giveBack();
      return;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  }
}

function build() {
  const startedMs = Date.now();
  console.error('Building Brokerlab (only after a change) ...');
  const run = spawnSync(process.execPath, [join(root, 'node_modules/electron-vite/bin/electron-vite.js'), 'build'], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NODE_ENV: 'production' },
  });
  if (run.status !== 0) {
    console.error(run.stdout, run.stderr);
    process.exit(run.status ?? 1);
  }
  writeFileSync(stamp, `${new Date(startedMs).toISOString()}\n`);
}
