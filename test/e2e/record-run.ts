/**
 * Records the snapshots that the window's components are tested with: the default lab, a kill, what comes of it, a return,
 * a rebalance. Run it by hand when the contract or what the lab tells has changed:
 *
 *     node test/e2e/record-run.ts            writes renderer/model/recorded-run.json
 *
 * The file has the first moment whole and each further one as the difference to the one before.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { diffSnapshots } from '../../engine/contract/diff.ts';
import type { LabDelta } from '../../engine/contract/delta.ts';
import type { LabSnapshot, PartitionView } from '../../engine/contract/snapshot.ts';
import { startLab } from '../../engine/lab/index.ts';
import { root } from './serve-process.ts';

const dataDir = '/tmp/Default lab';
const firstPort = 9892;
const limitMs = 120_000;
/** Of each moment; a component needs no more. */
const eventsMax = 25;

const source = (path: string): URL => new URL(`file://${join(root, 'engine/lab', path)}`);

/** What is waited for, and how the moment is called. */
interface Scene {
  readonly name: string;
  readonly act: () => Promise<unknown>;
  readonly until: (now: LabSnapshot, actedMs: number) => boolean;
}

const orders = (now: LabSnapshot): PartitionView[] => now.partitions.filter((each) => each.topic === 'orders');
const isFull = (partition: PartitionView): boolean => partition.isr.length === partition.replicas.length;
const process = (now: LabSnapshot, id: number): string | undefined =>
  now.brokers.find((broker) => broker.id === id)?.process;
const billing = (now: LabSnapshot): LabSnapshot['groups'][number] | undefined =>
  now.groups.find((group) => group.id === 'billing');
const later = (now: LabSnapshot, actedMs: number, ms: number): boolean => now.sampledMs >= actedMs + ms;

rmSync(dataDir, { recursive: true, force: true });
const running = await startLab({
  dataDir,
  workers: {
    broker: source('broker-worker.ts'),
    client: source('clients/client-worker.ts'),
    journal: source('journal/journal-worker.ts'),
    ledger: source('ledger/ledger-worker.ts'),
    runs: source('runs/run-worker.ts'),
  },
  brokers: 3,
  port: firstPort,
  set: {},
  defaultWorkload: true,
  journal: true,
  hasWindow: false,
  doorPort: 0,
  rendererDir: null,
});
const { lab } = running;

const scenes: readonly Scene[] = [
  {
    name: 'calm',
    act: () => lab.ready(),
    until: (now, actedMs) =>
      billing(now)?.state === 'Stable' &&
      billing(now)?.members.length === 2 &&
      orders(now).every(isFull) &&
      later(now, actedMs, 12_000),
  },
  {
    name: 'broker-killed',
    act: () => lab.execute({ type: 'killBroker', node: 2 }),
    until: (now, actedMs) => orders(now).some((each) => each.leader === 2) && later(now, actedMs, 4000),
  },
  {
    name: 'broker-fenced',
    act: async () => {},
    until: (now) => orders(now).every((each) => each.leader !== 2 && !each.isr.includes(2)),
  },
  {
    name: 'broker-returning',
    act: () => lab.execute({ type: 'startBroker', node: 2 }),
    until: (now) => process(now, 2) === 'running' && orders(now).some((each) => !isFull(each)),
  },
  {
    name: 'isr-full',
    act: async () => {},
    until: (now) => now.partitions.every(isFull),
  },
  {
    name: 'rebalancing',
    act: () => lab.execute({ type: 'addConsumer', group: 'billing' }),
    until: (now) => billing(now)?.state === 'PreparingRebalance' && billing(now)?.members.length === 3,
  },
  {
    name: 'rebalanced',
    act: async () => {},
    until: (now, actedMs) =>
      billing(now)?.state === 'Stable' && billing(now)?.members.length === 3 && later(now, actedMs, 3000),
  },
  {
    name: 'consumer-frozen',
    act: () => lab.execute({ type: 'freezeConsumer', client: 'billing-2' }),
    until: (now, actedMs) => later(now, actedMs, 5000),
  },
];

/** The newest picture for which it holds. */
function when({ name, until }: Scene, actedMs: number): Promise<LabSnapshot> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      leave();
      reject(new Error(`${name} did not come within ${limitMs / 1000} s`));
    }, limitMs);
    const leave = lab.subscribe(() => {
      const now = lab.snapshot();
      if (!until(now, actedMs)) return;
      clearTimeout(timer);
      leave();
      resolve({ ...now, events: now.events.slice(-eventsMax) });
    });
  });
}

try {
  let first: LabSnapshot | null = null;
  let last: LabSnapshot | null = null;
  const moments: { name: string; delta: LabDelta }[] = [];
  for (const scene of scenes) {
    const actedMs = Date.now();
    await scene.act();
    const now = await when(scene, actedMs);
    console.log(`${scene.name}: ${((Date.now() - actedMs) / 1000).toFixed(1)} s`);
    if (last === null) first = last = now;
    else {
      const delta = diffSnapshots(last, now);
      if (delta === null) throw new Error(`${scene.name} is as the moment before`);
      moments.push({ name: scene.name, delta });
      last = { ...now, seq: delta.seq };
    }
  }
  const file = join(root, 'renderer/model/recorded-run.json');
  writeFileSync(file, `${JSON.stringify({ name: scenes[0]?.name, first, moments })}\n`);
  console.log(`${file} written`);
} finally {
  await running.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
