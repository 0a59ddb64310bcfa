/**
 * How far lab time has come, in `DIR/time.json`, so that it does not go back when the lab starts again. Kept only by a lab
 * that is ahead of wall time; one that is killed finds a moment written that it had not reached yet.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import type { TimestampMs } from '../../base/ids.ts';
import { replaceFile } from '../lab-directory.ts';
import type { LabTime } from './lab-time.ts';

const timeFile = v.object({ reachedMs: v.number() });

/** How often it is written, and how far ahead of the next time. */
const everyMs = 5000;

function pathIn(directory: string): string {
  return join(directory, 'time.json');
}

/** 0 when the lab was never ahead of wall time, or when the file cannot be used. */
export function reachedTime(directory: string): TimestampMs {
  try {
    const checked = v.safeParse(timeFile, JSON.parse(readFileSync(pathIn(directory), 'utf8')));
    return checked.success ? checked.output.reachedMs : 0;
  } catch {
    return 0;
  }
}

export class ReachedTime {
  readonly #directory: string;
  readonly #time: LabTime;
  readonly #timer: NodeJS.Timeout;
  readonly #unhear: () => void;
  #isWritten = false;
  /** As of what was written last. */
  #speed = 1;
  #paused = false;

  constructor(directory: string, time: LabTime) {
    this.#directory = directory;
    this.#time = time;
    this.#unhear = time.onChange(() => {
      const { speed, paused } = time.view;
      if (speed === this.#speed && paused === this.#paused) return;
      this.#write();
    });
    this.#timer = setInterval(() => this.#write(), everyMs);
    this.#timer.unref();
    this.#write();
  }

  /** The lab ends: what it has reached, exactly. */
  close(): void {
    clearInterval(this.#timer);
    this.#unhear();
    if (this.#time.now() > Date.now()) this.#put(this.#time.now() + 1);
    else if (this.#isWritten) rmSync(pathIn(this.#directory), { force: true });
  }

  #write(): void {
    const { speed, paused } = this.#time.view;
    this.#speed = speed;
    this.#paused = paused;
    const reachedMs = this.#time.now() + (paused ? 1 : 2 * everyMs * speed);
    if (this.#isWritten || reachedMs > Date.now() + 2 * everyMs + 1) this.#put(reachedMs);
  }

  #put(reachedMs: TimestampMs): void {
    this.#isWritten = true;
    replaceFile(pathIn(this.#directory), `${JSON.stringify({ reachedMs: Math.ceil(reachedMs) })}\n`, 0o644);
  }
}
