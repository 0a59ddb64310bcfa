/** `lab run` as people and scripts use it: what it prints where, how it exits, what it leaves. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from '../interop/lab-process.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'brokerlab-run-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** With `interruptAt`, a Ctrl C as soon as standard error says that. */
function lab(args: readonly string[], interruptAt: string | null = null): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'scripts', 'lab.mjs'), 'run', ...args], { cwd: root });
    let stdout = '';
    let stderr = '';
    let isInterrupted = false;
    child.stdout.on('data', (chunk) => (stdout += String(chunk)));
    child.stderr.on('data', (chunk) => {
      stderr += String(chunk);
      if (interruptAt === null || isInterrupted || !stderr.includes(interruptAt)) return;
      isInterrupted = true;
      child.kill('SIGINT');
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const small = `version: 1
title: Small
cluster: { brokers: 1 }
topics: [{ name: orders, partitions: 1, replicationFactor: 1 }]
producers: [{ name: feed, topic: orders, recordsPerSecond: 50 }]
steps:
  - when: acked(feed) >= 50
expectations:
  - { name: one leads, expect: leader(orders-0) == 1 }
`;

test('a bad file is told by line and column, with status 2, and nothing starts', async () => {
  const path = file('bad.yaml', small.replace('topic: orders', 'topic: order').replace('acked', 'akced'));
  const { status, stdout, stderr } = await lab([path, '--json']);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain(`${path}:5:34: topic "order" is not in this file; it has orders`);
  expect(stderr).toContain(`${path}:7:11: there is no function "akced"`);
  expect(stderr).not.toContain('cluster');
});

test('a missing file and words that are no options are status 2', async () => {
  const missing = await lab([join(folder, 'nowhere.yaml')]);
  expect(missing.status).toBe(2);
  expect(missing.stderr).toContain('cannot be read (ENOENT)');
  expect((await lab([file('good.yaml', small), '--speed', 'fast'])).status).toBe(2);
});

test('all holds: status 0, one line of JSON, and an export', async () => {
  const target = join(folder, 'exported');
  const { status, stdout, stderr } = await lab([
    file('good.yaml', small),
    '--speed',
    '4',
    '--json',
    '--export',
    target,
  ]);
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout.trimEnd().split('\n').length).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    title: 'Small',
    state: 'done',
    holds: true,
    expectations: [{ name: 'one leads', verdict: 'holds', evidence: 'leader(orders-0) = 1' }],
    exported: target,
  });
  expect(stderr).toMatch(/done +1\/1 when: acked\(feed\) >= 50: acked\(feed\) = \d+/);
  expect(readdirSync(target)).toEqual(
    expect.arrayContaining(['scenario.yaml', 'run.json', 'events.ndjson', 'report.html']),
  );
  expect(readFileSync(join(target, 'scenario.yaml'), 'utf8')).toContain('title: Small');
});

test('a broken expectation is status 1, and the words say which', async () => {
  const path = file('broken.yaml', small.replace('leader(orders-0) == 1', 'leader(orders-0) == 2'));
  const { status, stdout } = await lab([path, '--speed', '4']);
  expect({ status, stdout }).toEqual({ status: 1, stdout: 'broken  one leads: leader(orders-0) = 1\n' });
});

test('Ctrl C ends a run in order: status 1, its lab and directory are gone', async () => {
  const path = file(
    'long.yaml',
    small.replace('acked(feed) >= 50', 'acked(feed) < 0').replace('steps:', 'speed: 1\nsteps:'),
  );
  const before = readdirSync(tmpdir())
    .filter((name) => name.startsWith('brokerlab-run-'))
    .sort();
  const { status, stdout } = await lab([path, '--json'], 'active  1/1');
  expect(status).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ state: 'aborted', holds: false });
  const after = readdirSync(tmpdir())
    .filter((name) => name.startsWith('brokerlab-run-'))
    .sort();
  expect(after.filter((name) => !before.includes(name))).toEqual([]);
});
