/**
 * `npm test`: every check of the project: types, rules, formatting, unit tests, then simulated clusters beside strangers'
 * clients and the window in a browser. Ends with one line, `N passed, N failed`. A part whose tool is missing says so and how to get it.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt, requireNode, root } from './runtime.mjs';

requireNode();
const results = join(root, 'test-results');
mkdirSync(results, { recursive: true });
const bin = (name) => join(root, 'node_modules', '.bin', process.platform === 'win32' ? `${name}.cmd` : name);

function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, shell: process.platform === 'win32' });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => resolve({ status: 1, output: `${output}${error.message}` }));
    child.on('exit', (status) => resolve({ status: status ?? 1, output }));
  });
}

async function check(name, command, args) {
  const startedMs = Date.now();
  const { status, output } = await run(command, args);
  const seconds = ((Date.now() - startedMs) / 1000).toFixed(1);
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`);
  if (status !== 0) console.log(output);
  return { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1 };
}

/** Runs vitest with a config and reads its JSON report. */
async function suite(name, config) {
  const report = join(results, `${name}.json`);
  rmSync(report, { force: true });
  const startedMs = Date.now();
  const args = ['run', '--config', config, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { status, output } = await run(bin('vitest'), args);
  const seconds = ((Date.now() - startedMs) / 1000).toFixed(1);
  const counts = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : null;
  const passed = counts?.numPassedTests ?? 0;
  const failed = Math.max(counts?.numFailedTests ?? 0, status === 0 ? 0 : 1);
  console.log(`${failed === 0 ? 'ok  ' : 'FAIL'} ${name}: ${passed} passed, ${failed} failed (${seconds} s)`);
  if (failed > 0) console.log(output);
  return { passed, failed };
}

const total = { passed: 0, failed: 0 };
const add = (part) => {
  total.passed += part.passed;
  total.failed += part.failed;
};

const wanted = process.argv.slice(2);
const asked = (name) => wanted.length === 0 || wanted.includes(name);

/** Runs the jobs, two at a time: each keeps one core busy. */
async function twoAtATime(jobs) {
  const waiting = [...jobs];
  const worker = async () => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) add(await job());
  };
  await Promise.all([worker(), worker()]);
}

if (asked('static')) {
  const layers = ['--config', '.dependency-cruiser.cjs', 'engine', 'electron', 'cli', 'renderer', 'test'];
  await twoAtATime([
    () => check('types of host, shells and tests', bin('tsc'), ['-p', 'tsconfig.node.json']),
    () => check('formatting', bin('prettier'), ['--check', '.', '--log-level', 'warn']),
    () => check('types of the window', bin('vue-tsc'), ['-p', 'tsconfig.web.json', '--noEmit']),
    () => check('layers', bin('depcruise'), layers),
    () => check('types of the engine core', bin('tsc'), ['-p', 'tsconfig.core.json']),
    () => check('lint', bin('oxlint'), ['--deny-warnings']),
  ]);
}
if (asked('unit')) add(await suite('unit', 'vitest.config.ts'));
ensureBuilt();
// By itself: at high lab time a busy machine is a slow one.
if (asked('scenarios')) add(await suite('scenarios', 'vitest.scenarios.config.ts'));
// Strangers' clients and the window mostly wait, a simulation never does: side by side they fill two cores.
await Promise.all([
  (async () => asked('simulation') && add(await suite('simulation', 'vitest.simulation.config.ts')))(),
  (async () => {
    if (asked('interop')) add(await suite('interop', 'vitest.interop.config.ts'));
    if (asked('e2e')) add(await suite('e2e', 'vitest.e2e.config.ts'));
  })(),
]);

console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);
