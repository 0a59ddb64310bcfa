import { afterEach, describe, expect, it, vi } from 'vitest';
import { DeltaGapError } from '../../engine/contract/delta.ts';
import type { LabUpdate } from '../../engine/contract/router.ts';
import { labSnapshot } from '../../engine/contract/snapshot.testkit.ts';
import { PlayedLab } from '../../engine/lab/lab-host.testkit.ts';
import { labRouter } from '../../engine/lab/contract-server.ts';
import { createRouterClient } from '@orpc/server';
import { openBridge, type LabBridge, type LineState } from './lab-bridge.ts';
import { RefusedError, type Transport } from './transport.ts';

let open: LabBridge | null = null;
afterEach(() => {
  open?.close();
  open = null;
  vi.useRealTimers();
});

/** The real router over a played lab, without a socket in between. */
function transportTo(lab: PlayedLab): Transport & { breakOff(): void } {
  let breakOff = (): void => {};
  const closed = new Promise<void>((resolve) => (breakOff = resolve));
  return { client: createRouterClient(labRouter(lab)), closed, close: breakOff, breakOff };
}

/** Collects what the bridge tells and lets a test wait for it. */
function listening(onUpdate: (update: LabUpdate) => void = () => {}) {
  const lines: LineState[] = [];
  const updates: LabUpdate[] = [];
  const waiting: { until: () => boolean; done: () => void }[] = [];
  const look = (): void => {
    for (const each of waiting) if (each.until()) each.done();
  };
  return {
    lines,
    updates,
    listener: {
      onLine: (state: LineState) => {
        lines.push(state);
        look();
      },
      onUpdate: (update: LabUpdate) => {
        updates.push(update);
        try {
          onUpdate(update);
        } finally {
          look();
        }
      },
    },
    when: (until: () => boolean) => new Promise<void>((done) => (until() ? done() : waiting.push({ until, done }))),
  };
}

describe('the bridge', () => {
  it('passes the snapshot and every delta on', async () => {
    const lab = new PlayedLab();
    const { listener, updates, when } = listening();
    open = openBridge(listener, () => Promise.resolve(transportTo(lab)));
    await when(() => updates.length === 1);
    const delta = lab.play({ eventCount: 9 });
    await when(() => updates.length === 2);
    expect(updates).toEqual([
      { type: 'snapshot', snapshot: labSnapshot() },
      { type: 'delta', delta },
    ]);
  });

  it('opens the line again by itself and takes a new snapshot', async () => {
    const lab = new PlayedLab();
    const { listener, lines, updates, when } = listening();
    const transports: ReturnType<typeof transportTo>[] = [];
    let tries = 0;
    open = openBridge(listener, () => {
      tries += 1;
      if (tries === 2) return Promise.reject(new Error('nobody there'));
      transports.push(transportTo(lab));
      return Promise.resolve(transports.at(-1)!);
    });
    await when(() => updates.length === 1);
    transports[0]?.breakOff();
    await when(() => lines.filter((state) => state === 'open').length === 2 && updates.length === 2);
    expect(lines).toEqual(['connecting', 'open', 'lost', 'lost', 'open']);
    expect(updates.map((update) => update.type)).toEqual(['snapshot', 'snapshot']);
  });

  it('asks for a new snapshot when a delta does not follow', async () => {
    const lab = new PlayedLab();
    const { listener, lines, updates, when } = listening((update) => {
      if (update.type === 'delta' && update.delta.eventCount === 13) throw new DeltaGapError('it does not follow');
    });
    open = openBridge(listener, () => Promise.resolve(transportTo(lab)));
    await when(() => updates.length === 1);
    lab.play({ eventCount: 13 });
    await when(() => updates.length === 3);
    expect(updates.map((update) => update.type)).toEqual(['snapshot', 'delta', 'snapshot']);
    expect(lines).toEqual(['connecting', 'open']);
  });

  it('does not try again where it was refused', async () => {
    const { listener, lines, when } = listening();
    open = openBridge(listener, () => Promise.reject(new RefusedError('no-token')));
    await when(() => lines.length === 2);
    expect(lines).toEqual(['connecting', 'no-token']);
  });

  it('answers a command at once while the line is down', async () => {
    const { listener } = listening();
    open = openBridge(listener, () => new Promise(() => {}));
    expect(await open.send('killBroker', { node: 2 })).toMatchObject({ ok: false, error: { code: 'not-connected' } });
  });

  it('sends commands and brings back their outcome', async () => {
    const lab = new PlayedLab();
    const { listener, updates, when } = listening();
    open = openBridge(listener, () => Promise.resolve(transportTo(lab)));
    await when(() => updates.length === 1);
    expect(await open.send('killBroker', { node: 9 })).toMatchObject({ ok: false, error: { code: 'no-such-broker' } });
    expect(await open.send('killBroker', { node: 2 })).toEqual({ ok: true, node: null });
    expect(lab.commands.at(-1)).toEqual({ type: 'killBroker', node: 2 });
  });

  it('brings back answers to questions, and what cannot be answered as an outcome', async () => {
    const lab = new PlayedLab();
    const { listener, updates, when } = listening();
    open = openBridge(listener, () => Promise.resolve(transportTo(lab)));
    const early = await open.ask('journal', {});
    expect(early).toMatchObject({ ok: false, error: { code: 'not-connected' } });
    await when(() => updates.length === 1);
    const journal = {
      path: '/j',
      firstMs: null,
      lastMs: null,
      sizeBytes: 0,
      events: 0,
      runStartedMs: [],
      limitBytes: null,
      dropped: { pictures: 0, traffic: 0, seconds: 0, wire: 0, untilMs: null },
      records: true,
      fault: null,
    };
    lab.queries.journal = () => Promise.resolve({ ok: true, value: journal });
    expect(await open.ask('journal', {})).toEqual({ ok: true, value: journal });
    expect(await open.ask('moment', { atMs: 1 })).toMatchObject({ ok: false, error: { code: 'wrong-state' } });
  });

  it('opens tails again with every new line until they are left', async () => {
    const lab = new PlayedLab();
    const { listener, lines, updates, when } = listening();
    const transports: ReturnType<typeof transportTo>[] = [];
    open = openBridge(listener, () => {
      transports.push(transportTo(lab));
      return Promise.resolve(transports.at(-1)!);
    });
    lab.tailed = [{ records: [], seen: 3, matched: 1, skipped: 0, error: null }];
    const seen: number[] = [];
    const arrived: (() => void)[] = [];
    const arrival = (): Promise<void> => new Promise((resolve) => arrived.push(resolve));
    const firstArrival = arrival();
    const leave = open.tail({ topic: 'orders' }, (update) => {
      seen.push(update.seen);
      arrived.shift()?.();
    });
    await firstArrival;
    const again = arrival();
    transports[0]?.breakOff();
    await again;
    expect(seen).toEqual([3, 3]);
    leave();
    transports[1]?.breakOff();
    await when(() => lines.filter((state) => state === 'open').length === 3 && updates.length === 3);
    expect(seen).toEqual([3, 3]);
  });
});
