/**
 * Writes a shard's records and keeps account of what is committed. One batch for each decision, appended at once; what is
 * appended is applied at once; whoever asked is told when the high watermark has passed it, in the order of the log.
 *
 * A write that is not committed within `offsets.commit.timeout.ms` is reported as REQUEST_TIMED_OUT, although its records
 * are in the log and may be committed later: as in Kafka, nothing is taken back then.
 */
import type { Dispose } from '../../base/disposer.ts';
import type { LeaderEpoch, Offset, PartitionIndex, TimestampMs } from '../../base/ids.ts';
import { ErrorCode } from '../../protocol/index.ts';
import { buildBatch } from '../../record/index.ts';
import type { Deadlines } from '../deadlines.ts';
import type { PartitionWriter } from '../partition-log.ts';
import { encodeGroupRecord, type GroupRecord } from './records/group-record.ts';

export interface ShardWriterDeps {
  readonly writer: PartitionWriter;
  readonly timers: Deadlines;
  now(): TimestampMs;
  /** On `Clock.monotonic()`. */
  monotonic(): number;
  readonly commitTimeoutMs: () => number;
  /** A record of ours is in the log at `offset`. */
  apply(record: GroupRecord, offset: Offset): void;
  /** Records below are committed; called before those who wait for them are told. */
  onCommitted(highWatermark: Offset): void;
}

type Done = (error: ErrorCode) => void;

interface Waiting {
  /** The last record that must be committed. */
  readonly offset: Offset;
  readonly expires: number;
  readonly done: Done;
}

const commitTimeoutKey = 'commit-timeout';

export class ShardWriter {
  readonly #deps: ShardWriterDeps;
  readonly #partition: PartitionIndex;
  #epoch: LeaderEpoch;
  #waiting: Waiting[] = [];
  #lastWritten: Offset = -1;
  #appending = false;
  #closed = false;
  readonly #stopListening: Dispose;

  constructor(deps: ShardWriterDeps, partition: PartitionIndex, epoch: LeaderEpoch) {
    this.#deps = deps;
    this.#partition = partition;
    this.#epoch = epoch;
    this.#stopListening = deps.writer.onHighWatermark(partition, (highWatermark) => {
      if (!this.#appending && !this.#closed) this.#advance(highWatermark);
    });
  }

  /** The same leader goes on in a later epoch. */
  raiseEpoch(epoch: LeaderEpoch): void {
    this.#epoch = epoch;
  }

  /** `done` is called once, maybe before this returns. */
  append(records: readonly GroupRecord[], done: Done): void {
    const timestamp = this.#deps.now();
    const batch = buildBatch(
      records.map((record) => ({ ...encodeGroupRecord(record), timestamp })),
      { baseSequence: 0 },
    );
    this.#appending = true;
    const outcome = this.#deps.writer.append(this.#partition, batch, this.#epoch);
    this.#appending = false;
    if ('error' in outcome) {
      done(outcome.error);
      return;
    }
    this.#lastWritten = outcome.offset;
    records.forEach((record, i) => {
      this.#deps.apply(record, outcome.offset - (records.length - 1) + i);
    });
    this.#wait(outcome.offset, done);
    this.#advance(this.#deps.writer.highWatermark(this.#partition));
  }

  /** `done` is called when all that has been written so far is committed: at once when nothing waits. */
  whenCommitted(done: Done): void {
    if (this.#waiting.length === 0) done(ErrorCode.NONE);
    else this.#wait(this.#lastWritten, done);
  }

  /** Tells all who wait `error`, in order. */
  close(error: ErrorCode): void {
    this.#closed = true;
    this.#stopListening();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { done } of waiting) done(error);
  }

  #wait(offset: Offset, done: Done): void {
    const expires = this.#deps.monotonic() + this.#deps.commitTimeoutMs();
    this.#waiting.push({ offset, expires, done });
    if (this.#waiting.length === 1) this.#scheduleTimeout();
  }

  #advance(highWatermark: Offset): void {
    this.#deps.onCommitted(highWatermark);
    const before = this.#waiting.length;
    for (let first = this.#waiting[0]; first !== undefined && first.offset < highWatermark; first = this.#waiting[0]) {
      this.#waiting.shift();
      first.done(ErrorCode.NONE);
    }
    if (this.#waiting.length !== before) this.#scheduleTimeout();
  }

  #scheduleTimeout(): void {
    const first = this.#waiting[0];
    if (first === undefined) {
      this.#deps.timers.cancel(commitTimeoutKey);
      return;
    }
    this.#deps.timers.schedule(commitTimeoutKey, first.expires - this.#deps.monotonic(), () => {
      const now = this.#deps.monotonic();
      for (let next = this.#waiting[0]; next !== undefined && next.expires <= now; next = this.#waiting[0]) {
        this.#waiting.shift();
        next.done(ErrorCode.REQUEST_TIMED_OUT);
      }
      this.#scheduleTimeout();
    });
  }
}
