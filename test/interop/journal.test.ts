/** The past of a real lab: what was published comes back, also after the lab was killed and started again. */
import { afterAll, describe, expect, it } from 'vitest';
import { applyDelta } from '../../engine/contract/delta.ts';
import type { LabClient } from '../../engine/contract/router.ts';
import type { LabSnapshot } from '../../engine/contract/snapshot.ts';
import type { LabConnection } from '../../engine/lab/lab-client.ts';
import { openDoor } from '../bench/lab-door.ts';
import { startLabProcess, type LabProcess } from './lab-process.ts';

const limitMs = 60_000;

/** Follows a lab as a window does and keeps every picture. */
class Watcher {
  readonly published: LabSnapshot[] = [];
  readonly #connection: LabConnection;
  #changed: () => void = () => {};

  private constructor(connection: LabConnection) {
    this.#connection = connection;
  }

  static async of(lab: LabProcess): Promise<Watcher> {
    const watcher = new Watcher(await openDoor(lab.dataDir));
    const updates = await watcher.client.subscribe();
    void (async () => {
      for await (const update of updates) {
        const now = update.type === 'snapshot' ? update.snapshot : applyDelta(watcher.now, update.delta);
        watcher.published.push(now);
        watcher.#changed();
      }
    })().catch(() => {});
    return watcher;
  }

  get client(): LabClient {
    return this.#connection.client;
  }

  get now(): LabSnapshot {
    const now = this.published.at(-1);
    if (now === undefined) throw new Error('nothing was published yet');
    return now;
  }

  /** The first picture from now on for which it holds. */
  until(what: string, holds: (now: LabSnapshot) => boolean): Promise<LabSnapshot> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`waited ${limitMs / 1000} s for ${what}`)), limitMs);
      this.#changed = () => {
        if (this.published.length === 0 || !holds(this.now)) return;
        clearTimeout(timer);
        this.#changed = () => {};
        resolve(this.now);
      };
      this.#changed();
    });
  }

  close(): void {
    this.#connection.close();
  }
}

const orders = (now: LabSnapshot): LabSnapshot['partitions'] =>
  now.partitions.filter((each) => each.topic === 'orders');

/** Without what the desk in front of the lab adds to it, and its count of what it told. */
function picture({ seq: _seq, shown: _shown, jobs: _jobs, ...rest }: LabSnapshot): Partial<LabSnapshot> {
  return rest;
}

async function momentOf(client: LabClient, atMs: number): Promise<LabSnapshot> {
  const answer = await client.queries.moment({ atMs });
  if (!answer.ok) throw new Error(`${answer.error.value}: ${answer.error.hint}`);
  return answer.value;
}

describe('the journal of a real lab', () => {
  const started: LabProcess[] = [];
  afterAll(async () => {
    for (const lab of started) await lab.dispose();
  });

  it('gives back the pictures that were published, and the flags of what happened', { timeout: 180_000 }, async () => {
    const lab = await startLabProcess();
    started.push(lab);
    const watcher = await Watcher.of(lab);
    const { client } = watcher;
    await watcher.until('records in orders', (now) =>
      orders(now).some(({ logs }) => (logs[0]?.logEndOffset ?? 0) > 500),
    );
    await client.commands.killBroker({ node: 2 });
    const dead = await watcher.until('a dead leader', (now) => now.brokers[1]?.process === 'killed');
    expect(orders(dead).some((partition) => partition.leader === 2)).toBe(true);
    const fenced = await watcher.until('other leaders', (now) => orders(now).every((each) => each.leader !== 2));
    await client.commands.startBroker({ node: 2 });
    await watcher.until('a full ISR', (now) => orders(now).every((each) => each.isr.length === 3));

    for (const then of [dead, fenced]) {
      const moment = await momentOf(client, then.sampledMs);
      const told = watcher.published.findLast((each) => each.sampledMs === moment.sampledMs);
      expect(picture(moment)).toEqual(told === undefined ? undefined : picture(told));
      // As JSON has it: the picture is the one of that moment, and the leaders are the ones of then.
      expect(orders(moment).map((each) => each.leader)).toEqual(orders(then).map((each) => each.leader));
    }
    const timeline = await client.queries.timeline({ fromMs: dead.lab.startedMs, toMs: Date.now(), buckets: 300 });
    if (!timeline.ok) throw new Error(timeline.error.hint);
    const { flags, steps } = timeline.value;
    const fault = flags.find((flag) => flag.kind === 'fault');
    expect(fault).toMatchObject({ event: { kind: 'fault', args: { kind: 'kill', node: 2 } } });
    expect(fault?.endedMs).toBeGreaterThan(fenced.sampledMs);
    expect(flags.some((flag) => flag.kind === 'election')).toBe(true);
    expect(Math.max(...steps.map((step) => step.produced ?? 0))).toBeGreaterThan(100);
    expect(Math.max(...steps.map((step) => step.offline ?? 0))).toBeGreaterThan(0);

    watcher.close();
    await lab.kill();
    const again = await startLabProcess({ dataDir: lab.dataDir });
    started.push(again);
    const later = await openDoor(lab.dataDir);
    const before = await momentOf(later.client, fenced.sampledMs);
    expect(orders(before).map((each) => each.leader)).toEqual(orders(fenced).map((each) => each.leader));
    const info = await later.client.queries.journal({});
    expect(info.ok && info.value.runStartedMs.length).toBe(2);
    later.close();
  });
});
