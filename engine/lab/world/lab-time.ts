/**
 * Lab time as the host holds it: starts as wall time (or later, when the lab was ahead of it before), goes faster, slower,
 * stands or is stepped as its user says, and never goes back. Threads read it from a shared cell.
 *
 * Leaves to others: telling threads that its pace changed (`world`), the log and the window (`time-commands`).
 */
import type { Dispose } from '../../base/disposer.ts';
import type { DurationMs, TimestampMs } from '../../base/ids.ts';
import { labTimeAt, speedMax, speedMin, type LabTimeView } from '../../contract/time.ts';
import { LabClock } from '../../env/node/lab-clock.ts';
import { labAt, machineNow, TimeCell, type TimeLine } from '../../env/node/time-cell.ts';
import { NodeClock } from '../../env/node/index.ts';
import type { Clock, Timer } from '../../env/index.ts';

/** How often it is looked whether the machine's wall time jumped: it was asleep, or somebody set its clock. */
const watchMs = 1000;
/** A view that is off by so much wall time is told anew, not too often. */
const viewOffMs = 50;
const viewPauseMs = 250;
/** Less than this is no jump: somebody keeps the machine's clock right. */
const jumpMs = 500;

/** For what the host does for a person: dates are lab time, patience is wall time. */
class HostClock extends NodeClock {
  readonly #time: LabTime;

  constructor(time: LabTime) {
    super();
    this.#time = time;
  }

  override now(): TimestampMs {
    return this.#time.now();
  }

  override precise(): number {
    return this.#time.precise();
  }
}

export class LabTime {
  /** Timers in lab time. */
  readonly clock: Clock;
  /** Tells lab time, and has timers in wall time: for requests that a person waits for. */
  readonly hostClock: Clock = new HostClock(this);
  readonly #cell = new TimeCell();
  readonly #clock: LabClock;
  readonly #listeners = new Set<() => void>();
  readonly #watch: NodeJS.Timeout;
  #speed = 1;
  #paused = false;
  #stepUntilMs: number | null = null;
  #stepEnd: NodeJS.Timeout | null = null;
  /** Wall time minus the machine's monotonic time, as last seen. */
  #wallOriginMs: number;
  #view: LabTimeView;
  /** When its pace was looked at last, for what it really makes of its speed. */
  #seen = { machineMs: 0, labMs: 0 };
  #rate: number | null = null;

  /** `notBeforeMs`: how far it was when the lab ran before. */
  constructor(notBeforeMs: TimestampMs = 0) {
    const machineMs = machineNow();
    const wallMs = Date.now();
    this.#wallOriginMs = wallMs - machineMs;
    const epochMs = Math.max(wallMs, notBeforeMs);
    this.#cell.write(() => ({ machineMs, labMs: 0, rate: 1, stopMs: Infinity, holdMs: Infinity, epochMs }));
    this.#clock = new LabClock(this.#cell, false);
    this.clock = this.#clock;
    this.#view = this.#newView();
    this.#watch = setInterval(() => this.#lookAtWall(), watchMs);
    this.#watch.unref();
  }

  /** For `WorldSetup.time`. */
  get buffer(): SharedArrayBuffer {
    return this.#cell.buffer;
  }

  now(): TimestampMs {
    return this.#clock.now();
  }

  precise(): number {
    return this.#clock.precise();
  }

  /** The same object while its pace is the same. */
  get view(): LabTimeView {
    return this.#view;
  }

  /** Called when the pace changed, after the cell has it. */
  onChange(listener: () => void): Dispose {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  setSpeed(speed: number): void {
    this.#speed = Math.min(speedMax, Math.max(speedMin, speed));
    this.#change({});
  }

  pause(): void {
    if (this.#paused && this.#stepUntilMs === null) return;
    this.#paused = true;
    this.#stepUntilMs = null;
    this.#change({});
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#stepUntilMs = null;
    this.#change({});
  }

  /** Goes on for so long and stands; a step during a step begins anew. */
  step(ms: DurationMs): void {
    this.#paused = true;
    this.#change({ stepMs: ms });
  }

  /**
   * Lab time goes no further than that (of `clock.monotonic()`) for now: a thread is not there yet. What it waited is not
   * made up for; its view is told anew when it is visibly off.
   */
  holdAt(holdMs: number): void {
    this.#cell.write((was): TimeLine => {
      const machineMs = machineNow();
      return { ...was, machineMs, labMs: labAt(was, machineMs), holdMs };
    });
    const nowMs = machineNow();
    const offMs = labTimeAt(this.#view, nowMs + this.#wallOriginMs) - this.precise();
    const sinceMs = nowMs - this.#seen.machineMs;
    if (sinceMs < viewPauseMs) return;
    const labMs = this.#clock.monotonic();
    const rate = (labMs - this.#seen.labMs) / sinceMs;
    this.#seen = { machineMs: nowMs, labMs };
    if (Math.abs(offMs) < viewOffMs * this.#speed) return;
    this.#rate = Math.min(this.#speed, rate);
    this.#tellView();
  }

  /** For the end of a lab: as fast as wall time, and not standing. */
  settle(): void {
    this.resume();
    if (this.#speed !== 1) this.setSpeed(1);
  }

  /** Calls `run` when so much of wall time and of lab time is over: for what may take long in either. */
  patience(ms: DurationMs, run: () => void): Timer {
    const dueMs = this.#clock.monotonic() + ms;
    let second: Timer | null = null;
    const first = setTimeout(() => {
      second = this.#clock.after(Math.max(0, dueMs - this.#clock.monotonic()), run);
    }, ms);
    return {
      cancel: () => {
        clearTimeout(first);
        second?.cancel();
      },
    };
  }

  close(): void {
    clearInterval(this.#watch);
    if (this.#stepEnd !== null) clearTimeout(this.#stepEnd);
    this.#listeners.clear();
    this.#clock.close();
  }

  #change({ stepMs = null, jumpedMs = 0 }: { stepMs?: DurationMs | null; jumpedMs?: number }): void {
    this.#cell.write((was): TimeLine => {
      const machineMs = machineNow();
      const labMs = labAt(was, machineMs);
      if (stepMs !== null) this.#stepUntilMs = labMs + stepMs;
      else if (this.#stepUntilMs !== null && labMs >= this.#stepUntilMs) this.#stepUntilMs = null;
      const stopMs = this.#paused ? (this.#stepUntilMs ?? labMs) : Infinity;
      return { ...was, machineMs, labMs, rate: this.#speed, stopMs, epochMs: was.epochMs + jumpedMs };
    });
    this.#rate = null;
    this.#seen = { machineMs: machineNow(), labMs: this.#clock.monotonic() };
    this.#clock.paceChanged();
    this.#watchStep();
    this.#tellView();
  }

  #tellView(): void {
    this.#view = this.#newView();
    for (const listener of this.#listeners) listener();
  }

  #newView(): LabTimeView {
    const line = this.#cell.read();
    const until = this.#stepUntilMs;
    return {
      labMs: line.labMs + line.epochMs,
      wallMs: line.machineMs + this.#wallOriginMs,
      speed: this.#speed,
      ...(this.#rate === null ? {} : { rate: this.#rate }),
      paused: this.#paused,
      stepUntilMs: until === null ? null : until + line.epochMs,
    };
  }

  /** The end of a step is a change of the view; lab time itself stands by then. */
  #watchStep(): void {
    if (this.#stepEnd !== null) clearTimeout(this.#stepEnd);
    this.#stepEnd = null;
    if (this.#stepUntilMs === null) return;
    const delayMs = (this.#stepUntilMs - this.#clock.monotonic()) / this.#speed;
    this.#stepEnd = setTimeout(() => this.#change({}), Math.max(0, Math.ceil(delayMs)));
    this.#stepEnd.unref();
  }

  /**
   * Wall time that jumped ahead takes lab time along, as a machine that wakes up finds it later: its timers stood. A jump
   * back only moves the view's anchor.
   */
  #lookAtWall(): void {
    const beforeMs = machineNow();
    const wallMs = Date.now();
    // Two readings that are not of the same moment say nothing.
    if (machineNow() - beforeMs > jumpMs / 10) return;
    const originMs = wallMs - beforeMs;
    const jumpedMs = originMs - this.#wallOriginMs;
    if (Math.abs(jumpedMs) < jumpMs) return;
    this.#wallOriginMs = originMs;
    this.#change({ jumpedMs: jumpedMs > 0 && !this.#paused ? jumpedMs : 0 });
  }
}
