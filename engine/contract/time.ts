/**
 * Lab time: every clock and timer of the lab's brokers and clients follows it. It starts as wall time and drifts from it
 * when it runs slower, faster, or stands. All `...Ms` moments of the contract are lab time; clients from outside live on
 * wall time.
 */
import * as v from 'valibot';
import type { TimestampMs } from '../base/ids.ts';

/** Slowest and fastest, as a multiple of wall time. */
export const speedMin = 0.1;
export const speedMax = 20;

export const timeCommands = {
  setSpeed: v.strictObject({ speed: v.pipe(v.number(), v.minValue(speedMin), v.maxValue(speedMax)) }),
  /** Timers stand and clocks with them; what is on the wire still arrives. */
  pauseTime: v.strictObject({}),
  resumeTime: v.strictObject({}),
  /** Of a paused lab: goes on for so long and stands again. */
  stepTime: v.strictObject({ ms: v.pipe(v.number(), v.minValue(1), v.maxValue(60_000)) }),
} as const;

/** Lab time now is `labMs + (wall - wallMs) * rate`, where nothing is added while it stands. */
export interface LabTimeView {
  readonly labMs: TimestampMs;
  readonly wallMs: number;
  /** As chosen; what it runs with while it is not paused. */
  readonly speed: number;
  /** What a busy machine makes of it, as last seen; left out for all of it. */
  readonly rate?: number;
  readonly paused: boolean;
  /** Until when a step runs; null for none. */
  readonly stepUntilMs: TimestampMs | null;
}

/** The lab time that a view tells for a moment of wall time. */
export function labTimeAt(view: LabTimeView, atWallMs: number): TimestampMs {
  const { labMs, wallMs, speed, rate = speed, paused, stepUntilMs } = view;
  if (paused && stepUntilMs === null) return labMs;
  const now: TimestampMs = labMs + (atWallMs - wallMs) * rate;
  return stepUntilMs === null ? now : Math.min(now, stepUntilMs);
}

/** Wall time, as a lab tells it that nobody slowed or stopped. */
export function wallTimeView(nowMs: TimestampMs): LabTimeView {
  return { labMs: nowMs, wallMs: nowMs, speed: 1, paused: false, stepUntilMs: null };
}
