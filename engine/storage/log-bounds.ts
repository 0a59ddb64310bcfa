/**
 * The offsets that bound what of a log may be read, with their places in it.
 *
 * Invariants: logStartOffset <= lastStableOffset <= highWatermark <= logEnd.offset. The high watermark moves back only
 * when the log is cut below it, or when somebody sets it (a checkpoint, a new leader). A place that is not known is
 * looked up once, when it is needed.
 */
import type { Offset } from '../base/ids.ts';
import { assert } from '../base/assert.ts';
import { isOffsetOnly, isOnOlderSegment, offsetOnly } from './log-offsets.ts';
import type { LogOffsetSnapshot, OffsetMetadata } from './log-types.ts';
import type { ProducerState } from './producer-state.ts';
import { locateOffset } from './read-log.ts';
import type { Segments } from './segments.ts';

export interface LogListener {
  onHighWatermarkUpdated?(highWatermark: Offset): void;
}

export class LogBounds {
  listener: LogListener | null = null;
  readonly #name: string;
  readonly #segments: Segments;
  readonly #producers: ProducerState;
  #logStartOffset: Offset;
  #logEnd: OffsetMetadata;
  #highWatermark: OffsetMetadata;
  #firstUnstable: OffsetMetadata | null = null;

  constructor(
    name: string,
    segments: Segments,
    producers: ProducerState,
    logStartOffset: Offset,
    logEndOffset: Offset,
  ) {
    this.#name = name;
    this.#segments = segments;
    this.#producers = producers;
    this.#logStartOffset = logStartOffset;
    this.#logEnd = this.#endAt(logEndOffset);
    this.#highWatermark = offsetOnly(logStartOffset);
    this.updateFirstUnstable();
  }

  get logStartOffset(): Offset {
    return this.#logStartOffset;
  }
  get logEnd(): OffsetMetadata {
    return this.#logEnd;
  }
  get highWatermark(): Offset {
    return this.#highWatermark.offset;
  }
  get lastStableOffset(): Offset {
    const unstable = this.#firstUnstable;
    return unstable !== null && unstable.offset < this.highWatermark ? unstable.offset : this.highWatermark;
  }

  snapshot(): LogOffsetSnapshot {
    const lastStableOffset = this.lastStableMetadata();
    const highWatermark = this.highWatermarkMetadata();
    return { logStartOffset: this.#logStartOffset, logEndOffset: this.#logEnd, highWatermark, lastStableOffset };
  }

  /** Where `offset` lies; null when it is below the first segment or above the end. */
  metadataOf(offset: Offset): OffsetMetadata | null {
    return locateOffset(this.#segments, this.#logEnd, offset);
  }

  highWatermarkMetadata(): OffsetMetadata {
    if (isOffsetOnly(this.#highWatermark)) {
      this.#highWatermark = this.metadataOf(this.#highWatermark.offset) ?? this.#highWatermark;
    }
    return this.#highWatermark;
  }

  lastStableMetadata(): OffsetMetadata {
    const highWatermark = this.highWatermarkMetadata();
    const unstable = this.#firstUnstable;
    if (unstable === null || unstable.offset >= highWatermark.offset) return highWatermark;
    if (!isOffsetOnly(unstable)) return unstable;
    this.#firstUnstable = this.metadataOf(unstable.offset) ?? unstable;
    return this.#firstUnstable;
  }

  /** The log ends at `offset` now, in the active segment as it is. */
  moveLogEnd(offset: Offset): void {
    this.#logEnd = this.#endAt(offset);
  }

  /** To be followed by {@link capHighWatermark} or {@link updateHighWatermark} when the log was cut. */
  setLogStartOffset(offset: Offset): void {
    this.#logStartOffset = offset;
  }

  /** Bounded by log start and log end. */
  updateHighWatermark(offset: Offset): void {
    if (offset < this.#logStartOffset) this.#setHighWatermark(offsetOnly(this.#logStartOffset));
    else if (offset >= this.#logEnd.offset) this.#setHighWatermark(this.#logEnd);
    else this.#setHighWatermark(offsetOnly(offset));
  }

  /** Forward only. The old one when it moved. */
  incrementHighWatermark(newHighWatermark: OffsetMetadata): OffsetMetadata | null {
    assert(
      newHighWatermark.offset <= this.#logEnd.offset,
      () => `${this.#name}: high watermark ${newHighWatermark.offset} is above the log end ${this.#logEnd.offset}`,
    );
    const old = this.#highWatermark;
    if (old.offset > newHighWatermark.offset) return null;
    if (old.offset === newHighWatermark.offset && !isOnOlderSegment(this.highWatermarkMetadata(), newHighWatermark)) {
      return null;
    }
    this.#setHighWatermark(newHighWatermark);
    return old;
  }

  /** It never passes the log end, and lies on the active segment when it is there. */
  capHighWatermark(): void {
    if (this.highWatermark >= this.#logEnd.offset) this.#setHighWatermark(this.#logEnd);
  }

  /** The producer state or the log start changed. */
  updateFirstUnstable(): void {
    const unstable = this.#producers.firstUnstableOffset;
    this.#firstUnstable =
      unstable !== null && unstable.offset < this.#logStartOffset ? offsetOnly(this.#logStartOffset) : unstable;
  }

  #setHighWatermark(metadata: OffsetMetadata): void {
    this.#highWatermark = metadata;
    this.#producers.onHighWatermark(metadata.offset);
    this.updateFirstUnstable();
    this.listener?.onHighWatermarkUpdated?.(metadata.offset);
  }

  #endAt(offset: Offset): OffsetMetadata {
    const { active } = this.#segments;
    return { offset, segmentBaseOffset: active.baseOffset, positionInSegment: active.size };
  }
}
