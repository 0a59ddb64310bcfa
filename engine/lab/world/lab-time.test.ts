import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { labTimeAt } from '../../contract/time.ts';
import type { LabEventDraft } from '../../contract/events.ts';
import { machineNow, TimeCell } from '../../env/node/time-cell.ts';
import { LabClock } from '../../env/node/lab-clock.ts';
import { LabTime } from './lab-time.ts';
import { Pacing } from './pacing.ts';
import { Pulse } from './pulse.ts';
import { ReachedTime, reachedTime } from './reached-time.ts';
import { executeTimeCommand } from './time-commands.ts';

let time: LabTime;
/** As a thread of the lab has it. */
let clock: LabClock;
beforeEach(() => {
  time = new LabTime();
  clock = threadClock(time);
});
afterEach(() => {
  clock.close();
  time.close();
});

function threadClock(of: LabTime): LabClock {
  const made = new LabClock(new TimeCell(of.buffer));
  of.onChange(() => made.paceChanged());
  return made;
}

function after(delayMs: number): Promise<number> {
  return new Promise((resolve) => clock.after(delayMs, () => resolve(clock.monotonic())));
}

async function reached(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turns(5);
}

/** Some turns of the event loop: timers that can fire have fired. */
async function turns(wallMs = 30): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, wallMs));
}

describe('lab time', () => {
  it('starts as wall time, or at the moment it had reached before', () => {
    const before = Date.now();
    const begun = new LabTime();
    expect(begun.now()).toBeGreaterThanOrEqual(before);
    expect(begun.now()).toBeLessThanOrEqual(Date.now() + 1);
    begun.close();
    const ahead = new LabTime(before + 3_600_000);
    expect(ahead.now()).toBeGreaterThanOrEqual(before + 3_600_000);
    ahead.close();
  });

  it('goes at its speed, whatever that is', async () => {
    for (const speed of [20, 0.5]) {
      time.setSpeed(speed);
      const outerMs = machineNow();
      const fromMs = clock.monotonic();
      const innerMs = machineNow();
      await after(20);
      const innerEndMs = machineNow();
      const passedMs = clock.monotonic() - fromMs;
      const outerEndMs = machineNow();
      expect(passedMs).toBeGreaterThanOrEqual((innerEndMs - innerMs) * speed - 1e-6);
      expect(passedMs).toBeLessThanOrEqual((outerEndMs - outerMs) * speed + 1e-6);
    }
  });

  it('a timer set at one speed is due by lab time at another', async () => {
    time.setSpeed(0.1);
    const dueMs = clock.monotonic() + 4000;
    const fired = after(4000);
    time.setSpeed(20);
    expect(await fired).toBeGreaterThanOrEqual(dueMs);
  });

  it('stands while paused: no timer fires and every clock tells the same', async () => {
    time.setSpeed(20);
    const fired: string[] = [];
    clock.after(1000, () => fired.push('timer'));
    clock.every(1000, () => fired.push('interval'));
    time.pause();
    const told = [clock.monotonic(), clock.precise(), time.precise()];
    await turns();
    expect(fired).toEqual([]);
    expect([clock.monotonic(), clock.precise(), time.precise()]).toEqual(told);
    time.resume();
    await after(1001);
    expect(fired).toEqual(['timer', 'interval']);
  });

  it('a step runs for so long and stands again: what is due within it fires', async () => {
    time.pause();
    const fromMs = clock.monotonic();
    const fired: string[] = [];
    const stepOver = new Promise<void>((resolve) => {
      time.onChange(() => {
        if (time.view.stepUntilMs === null) resolve();
      });
    });
    const within = after(30).then(() => fired.push('within'));
    clock.after(31, () => fired.push('beyond'));
    time.step(30);
    expect(time.view.stepUntilMs).not.toBeNull();
    await within;
    await stepOver;
    await turns();
    expect(fired).toEqual(['within']);
    expect(clock.monotonic()).toBeCloseTo(fromMs + 30, 6);
    expect(time.view).toMatchObject({ paused: true, stepUntilMs: null });
  });

  it('never goes back, however its speed changes', () => {
    let last = clock.monotonic();
    for (let i = 0; i < 2000; i++) {
      time.setSpeed(i % 2 === 0 ? 20 : 0.1);
      const now = clock.monotonic();
      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
    }
  });

  it('is told as a line from which everybody can work it out', () => {
    time.setSpeed(10);
    const before = time.precise();
    const told = labTimeAt(time.view, Date.now());
    // Wall time is told in whole milliseconds, ten of lab time each.
    expect(Math.abs(told - before)).toBeLessThan(200);
    time.pause();
    expect(labTimeAt(time.view, Date.now() + 5000)).toBeCloseTo(time.precise(), 3);
  });

  it('skew moves what a node believes, not what is told of it', () => {
    clock.setSkew(-60_000);
    expect(clock.now()).toBeLessThan(time.now() - 59_000);
    expect(clock.precise()).toBeGreaterThan(time.now() - 1000);
  });

  it('fires one timer in a turn: what one asks for soon comes before the next', async () => {
    time.setSpeed(20);
    const order: string[] = [];
    clock.after(1, () => {
      order.push('first');
      clock.soon(() => order.push('soon'));
    });
    clock.after(1, () => order.push('second'));
    time.pause();
    const done = after(2);
    time.resume();
    await done;
    expect(order).toEqual(['first', 'soon', 'second']);
  });
});

describe('a lab that is faster than wall time', () => {
  it('waits for its slowest thread, unless that stands still on purpose; at wall time for none', async () => {
    const pacing = new Pacing(time);
    time.onChange(() => pacing.paceChanged());
    const [slow, fast] = [new Pulse(), new Pulse()];
    for (const pulse of [slow, fast]) pulse.tell(clock.monotonic());
    const leave = pacing.add(slow);
    pacing.add(fast);
    time.setSpeed(20);
    const heldAt = slow.reachedMs + 25 * 20;
    fast.rest();
    await reached(() => clock.monotonic() >= heldAt);
    await turns();
    expect(clock.monotonic()).toBe(heldAt);

    slow.tell(heldAt + 1000);
    await reached(() => clock.monotonic() > heldAt + 1000);
    slow.rest();
    await reached(() => clock.monotonic() > heldAt + 3000);
    slow.tell(clock.monotonic());
    time.setSpeed(1);
    const atMs = clock.monotonic();
    time.setSpeed(0.5);
    await reached(() => clock.monotonic() > atMs + 20);
    leave();
    pacing.close();
  });
});

describe('commands of lab time', () => {
  it('tell what was and what is, and nothing when nothing changes', () => {
    const told: LabEventDraft[] = [];
    const run = (command: Parameters<typeof executeTimeCommand>[1]) =>
      executeTimeCommand(time, command, (draft) => told.push(draft));
    expect(run({ type: 'stepTime', ms: 100 })).toMatchObject({ ok: false, error: { code: 'wrong-state' } });
    run({ type: 'setSpeed', speed: 10 });
    run({ type: 'setSpeed', speed: 10 });
    run({ type: 'pauseTime' });
    run({ type: 'pauseTime' });
    expect(run({ type: 'stepTime', ms: 100 })).toMatchObject({ ok: true });
    run({ type: 'resumeTime' });
    expect(told.map(({ change }) => `${change?.was} > ${change?.now}`)).toEqual([
      '1× > 10×',
      'running > paused',
      '+0 ms > +100 ms',
      'paused > running',
    ]);
  });
});

describe('a lab that was ahead of wall time', () => {
  it('goes on where it was, and one that was not leaves no trace', () => {
    const directory = mkdtempSync(join(tmpdir(), 'lab-time-'));
    const plain = new ReachedTime(directory, time);
    plain.close();
    expect(reachedTime(directory)).toBe(0);

    const ahead = new LabTime(Date.now() + 3_600_000);
    const kept = new ReachedTime(directory, ahead);
    // A lab that is killed now comes back later than it was.
    expect(reachedTime(directory)).toBeGreaterThan(ahead.now());
    const endMs = ahead.now();
    kept.close();
    const again = new LabTime(reachedTime(directory));
    expect(again.precise()).toBeGreaterThan(endMs);
    ahead.close();
    again.close();
    rmSync(directory, { recursive: true });
  });
});
