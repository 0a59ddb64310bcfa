/**
 * `npm start`: the lab in Electron where its binary is there or can be had, else in the browser host, saying so.
 * Never asks `require('electron')`: outside Electron that starts a download.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt, requireNode, root } from './runtime.mjs';

requireNode();
ensureBuilt();

const installLimitMs = 60_000;
/** A window that lived longer than this did open; its end is the user's. */
const diedAtOnceMs = 4_000;

function electronBinary() {
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  const pathFile = join(root, 'node_modules/electron/path.txt');
  if (override !== undefined) {
    const name = process.platform === 'win32' ? 'electron.exe' : 'electron';
    const binary = join(override, existsSync(pathFile) ? readFileSync(pathFile, 'utf8').trim() : name);
    return existsSync(binary) ? binary : null;
  }
  if (!existsSync(pathFile)) return null;
  const binary = join(root, 'node_modules/electron/dist', readFileSync(pathFile, 'utf8').trim());
  return existsSync(binary) ? binary : null;
}

function installElectron() {
  const installer = join(root, 'node_modules/electron/install.js');
  if (!existsSync(installer)) return;
  console.error('Fetching the Electron binary (once) ...');
  spawnSync(process.execPath, [installer], { stdio: 'ignore', timeout: installLimitMs });
}

/** Resolves to true when Electron ran, false when it died at once. */
function runElectron(binary, args) {
  return new Promise((resolve) => {
    const startedMs = Date.now();
    const child = spawn(binary, [root, ...args], { stdio: 'inherit' });
    child.on('error', () => resolve(false));
    child.on('exit', (code, signal) => {
      const failed = (code !== 0 || signal !== null) && Date.now() - startedMs < diedAtOnceMs;
      if (!failed) process.exitCode = code ?? 1;
      resolve(!failed);
    });
    for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => child.kill(name));
  });
}

const args = process.argv.slice(2);
const browserAsked = args.includes('--browser') || process.env.BROKERLAB_BROWSER === '1';
let ran = false;
if (!browserAsked) {
  if (electronBinary() === null) installElectron();
  const binary = electronBinary();
  if (binary === null) console.error('No Electron binary here: the lab runs in your browser instead.');
  else ran = await runElectron(binary, args);
  if (binary !== null && !ran) console.error('Electron could not start here: the lab runs in your browser instead.');
}
if (!ran) {
  process.argv.splice(2, process.argv.length, 'serve', ...args.filter((arg) => arg !== '--browser'));
  await import('../out/main/cli.js');
}
