/**
 * The fold of what the host published into rows: pictures, events, rates, flags. Synchronous; whoever drives it (the
 * journal's thread, a test) says when to commit.
 *
 * Invariants: a change of state has a frame of its own moment, numbers at most {@link numbersMs} apart; a frame and its
 * events are in the same transaction; times never go back within a run, whatever the clock does.
 */
import { applyDelta, type LabDelta } from '../../contract/delta.ts';
import type { LabEvent } from '../../contract/events.ts';
import type { LabSnapshot } from '../../contract/snapshot.ts';
import { ClientSeriesFold } from './client-series.ts';
import { FlagFold } from './flags.ts';
import { frameBetween } from './frames.ts';
import type { JournalEntry } from './journal-messages.ts';
import type { JournalFile } from './journal-file.ts';
import { RateMeter } from './rates.ts';
import { changesState } from './what-changed.ts';

/** Between two frames in which only numbers moved. */
export const numbersMs = 200;
/** A frame this big is worth one more {@link numbersMs} of waiting, up to a second. */
const bigFrameChars = 64 * 1024;
/** A new keyframe at the latest after this time, or when the frames since the last one are this many times its size. */
const intervalMs = 20_000;
const intervalCharsMin = 512 * 1024;
const intervalTimes = 24;

export class JournalWriter {
  readonly #file: JournalFile;
  readonly #meter = new RateMeter();
  readonly #flags = new FlagFold();
  readonly #series: ClientSeriesFold;
  readonly run: number;
  #now: LabSnapshot;
  /** As of the newest frame. */
  #framed: LabSnapshot;
  #framedMs: number;
  #pauseMs = numbersMs;
  #keyframe: { readonly id: number; readonly bytes: number; readonly atMs: number };
  /** Of the frames since the keyframe. */
  #chars = 0;
  #lastMs: number;

  constructor(file: JournalFile, first: LabSnapshot) {
    this.#file = file;
    this.#lastMs = this.#framedMs = first.sampledMs;
    this.run = file.beginRun(first.sampledMs);
    this.#now = this.#framed = { ...first, events: [] };
    this.#keyframe = this.#newKeyframe(null);
    this.#addEvents(first.events);
    this.#meter.observe(this.#now);
    this.#series = new ClientSeriesFold(file);
    this.#series.observe(this.#now);
  }

  /** The newest moment written or about to be. */
  get lastMs(): number {
    return this.#lastMs;
  }

  /** Until when production is counted; see {@link RateMeter.knownUntilMs}. */
  get knownUntilMs(): number {
    return this.#meter.knownUntilMs;
  }

  record(entry: JournalEntry): void {
    switch (entry.type) {
      case 'delta':
        return this.#recordDelta(entry.delta);
      case 'events':
        return this.#addEvents(entry.events);
      case 'snapshot':
        return this.#recordSnapshot(entry.snapshot);
    }
  }

  #recordDelta({ events, ...delta }: LabDelta): void {
    const was = this.#now;
    this.#now = applyDelta(was, delta);
    this.#moved();
    if (events !== undefined) this.#addEvents(events);
    const isState = changesState(events === undefined ? delta : { ...delta, events }, was);
    if (isState || this.#lastMs - this.#framedMs >= this.#pauseMs) this.frame();
  }

  #recordSnapshot(snapshot: LabSnapshot): void {
    this.#now = { ...snapshot, events: [] };
    this.#moved();
    this.#framed = this.#now;
    this.#framedMs = this.#lastMs;
    this.#keyframe = this.#newKeyframe(this.#keyframe.id);
  }

  #moved(): void {
    this.#lastMs = Math.max(this.#lastMs, this.#now.sampledMs);
    this.#meter.observe(this.#now);
    this.#series.observe(this.#now);
  }

  #addEvents(events: readonly LabEvent[]): void {
    this.#file.addEvents(this.run, events);
    for (const event of events) {
      for (const change of this.#flags.changesOf(event, this.#now.lab.state)) this.#file.changeFlag(this.run, change);
    }
  }

  /** Writes the newest picture now, if it differs from the one before. */
  frame(): void {
    const frame = frameBetween(this.#framed, this.#now, this.#lastMs);
    if (frame === null) return;
    this.#framed = this.#now;
    this.#framedMs = this.#lastMs;
    this.#pauseMs = Math.min(1000, numbersMs * (1 + Math.floor(frame.body.length / bigFrameChars)));
    const charsMax = Math.max(intervalCharsMin, intervalTimes * this.#keyframe.bytes);
    if (this.#lastMs - this.#keyframe.atMs >= intervalMs || this.#chars > charsMax) {
      this.#keyframe = this.#newKeyframe(this.#keyframe.id);
      return;
    }
    this.#file.addFrame(this.#keyframe.id, frame);
    this.#chars += frame.body.length;
  }

  #newKeyframe(last: number | null): { id: number; bytes: number; atMs: number } {
    this.#chars = 0;
    return { ...this.#file.addKeyframe(this.run, this.#lastMs, this.#now, last), atMs: this.#lastMs };
  }

  /** Writes what the rates have gained and ends the transaction. */
  commit(): void {
    for (const growth of this.#meter.take()) this.#file.addGrowth(growth);
    this.#file.commit(this.run, this.#lastMs);
  }

  /** What can be shown of this moment is on disk. */
  close(): void {
    this.frame();
    this.commit();
  }
}
