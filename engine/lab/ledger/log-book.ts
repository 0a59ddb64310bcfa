/**
 * What the log has: where records were read to be, and which of them are nowhere. See `ledger-fold` for the rules.
 * Everything that is concluded from a leader's log is undone by {@link LogBook.cutBack}.
 */
import type { EarlyNews } from './early-news.ts';
import type { LedgerRecord } from './ledger-record.ts';
import type { ReadTo } from './ledger-state.ts';
import { holds, type PartitionLedger } from './partition-ledger.ts';
import type { RecordMemory } from './record-memory.ts';

/** Offsets whose stored records come back at one time. */
const recallMax = 5000;

export class LogBook {
  readonly #memory: RecordMemory;
  readonly #early: EarlyNews;
  /** Whether a record that is not there may have been taken by a later one of its key. */
  readonly #isCompacted: (topic: string) => boolean;

  constructor(memory: RecordMemory, early: EarlyNews, isCompacted: (topic: string) => boolean) {
    this.#memory = memory;
    this.#early = early;
    this.#isCompacted = isCompacted;
  }

  /** The log of the newest leader has this at that offset. `createMs` -1: its batch has another time (LogAppendTime). */
  read(topic: string, index: number, offset: number, epoch: number, createMs: number, crc: number, atMs: number): void {
    const partition = this.#memory.partition(topic, index);
    const record = this.#memory.identify(partition, offset, createMs, crc);
    if (record !== null) return this.found(partition, record, offset, epoch, atMs);
    this.#early.add(topic, index, createMs, crc, { kind: 'copy', offset, epoch, atMs });
  }

  found(partition: PartitionLedger, record: LedgerRecord, offset: number, epoch: number, atMs: number): void {
    if (record.copies?.includes(offset) === true) return;
    record.copies = [...(record.copies ?? []), offset].sort((a, b) => a - b);
    record.epoch ??= epoch;
    record.lostMs = null;
    const evidence = [
      record.readableMs,
      partition.readableMs(offset),
      record.acks === 'all' ? record.ackedMs : null,
      atMs,
    ];
    record.readableMs = Math.min(...evidence.filter((each) => each !== null));
    partition.pending.delete(record.row);
    partition.place(record);
    for (const [node, progress] of partition.nodes) {
      if (holds(record, progress.epoch, progress.logEnd)) this.had(partition, record, node, atMs);
    }
    for (const read of record.reads) {
      if (read.committedMs === null && (partition.committed.get(read.group) ?? -1) > offset) read.committedMs = atMs;
    }
    this.#memory.changed(record);
    this.#settleBefore(partition, record, atMs);
  }

  /** A producer's records of a partition arrive in order where nothing is tried again: what was before and is not there never was. */
  #settleBefore(partition: PartitionLedger, record: LedgerRecord, atMs: number): void {
    const placeless = partition.placeless.get(record.producer);
    if (placeless === undefined) return;
    for (const [row, before] of placeless) {
      if (row > record.row) break;
      placeless.delete(row);
      if (before.copies === null && before.acks === '0' && before !== record) this.#lose(before, atMs);
    }
  }

  /** The log was read up to there, and its high watermark and start are these. */
  readTo(topic: string, index: number, told: ReadTo): void {
    const partition = this.#memory.partition(topic, index);
    partition.readTo = told.readTo;
    partition.readEpoch = Math.max(partition.readEpoch, told.epoch);
    partition.logStart = Math.max(partition.logStart, told.logStart);
    partition.expose(told.leaderEpoch, told.highWatermark);
    for (const record of partition.pending.values()) {
      if ((record.ackedOffset ?? Number.POSITIVE_INFINITY) < told.readTo)
        this.settleAbsent(partition, record, told.atMs);
    }
  }

  /** The leader of `epoch` has the log that was read, up to `end` at least: what is behind has to be read again. */
  cutBack(topic: string, index: number, epoch: number, end: number, atMs: number): void {
    const partition = this.#memory.partition(topic, index);
    if (partition.readTo !== null && partition.readTo > end) {
      this.#memory.recallPlaced(topic, index, end, partition.readTo);
    }
    const cut = partition.cutBack(atMs, epoch, end);
    for (const record of new Set(cut)) {
      const left = record.copies?.filter((offset) => offset < end) ?? [];
      record.copies = left.length === 0 ? null : left;
      if (record.copies === null) this.#takeBackPassed(record);
      if (record.copies === null && record.ackedOffset !== null && record.ackedMs !== null)
        partition.pending.set(record.row, record);
      else if (record.copies === null && record.ackedMs !== null) this.#lose(record, atMs);
      this.#memory.changed(record);
    }
  }

  /** Groups passed over the place that it had. */
  #takeBackPassed(record: LedgerRecord): void {
    for (const { group, times } of record.reads) if (times === 0) this.#memory.dropPassed(record, group);
    record.reads = record.reads.filter(({ times }) => times > 0);
  }

  /** The leader's log ends there, as it said after `askedMs`: what was acknowledged before and lies behind is not in it. */
  logEndsAt(topic: string, index: number, end: number, askedMs: number): void {
    const partition = this.#memory.partition(topic, index);
    for (const record of partition.pending.values()) {
      const isBehind = (record.ackedOffset ?? -1) >= end && (record.ackedMs ?? Infinity) < askedMs;
      if (isBehind) this.settleAbsent(partition, record, askedMs);
    }
  }

  settleAbsent(partition: PartitionLedger, record: LedgerRecord, atMs: number): void {
    partition.pending.delete(record.row);
    if ((record.ackedOffset ?? Infinity) < partition.logStart) record.gone = 'retention';
    else if (this.#isCompacted(record.topic)) record.gone = 'compaction';
    else return this.#lose(record, atMs);
    this.#memory.changed(record);
  }

  #lose(record: LedgerRecord, atMs: number): void {
    record.copies = [];
    const partition = record.partition === null ? null : this.#memory.partition(record.topic, record.partition);
    const after = partition?.reigns.find(({ epoch }) => record.epoch !== null && epoch > record.epoch);
    record.lostMs = after?.atMs ?? atMs;
    record.readableMs = null;
    this.#memory.changed(record);
  }

  /** The log begins there now. Records before it stay what they were, and are deleted. */
  logStartsAt(topic: string, index: number, offset: number): void {
    const partition = this.#memory.partition(topic, index);
    if (offset <= partition.logStart) return;
    const was = partition.logStart;
    partition.logStart = offset;
    if (!this.#memory.hasLetGo) return this.#deleteBefore(partition, offset);
    // As many at a time as do not crowd the memory.
    for (let from = was; from < offset; from += recallMax) {
      const to = Math.min(offset, from + recallMax);
      this.#memory.recallPlaced(topic, index, from, to);
      this.#deleteBefore(partition, to);
      if (to < offset) this.#memory.flush();
    }
  }

  #deleteBefore(partition: PartitionLedger, offset: number): void {
    for (const [at, record] of partition.logAt) {
      if (at >= offset || record.gone !== null || (record.copies?.length ?? 0) > 1) continue;
      record.gone = 'retention';
      this.#memory.changed(record);
    }
  }

  /** A broker was seen to have it. */
  had(partition: PartitionLedger, record: LedgerRecord, node: number, atMs: number): void {
    if (record.had.some(([each]) => each === node)) return;
    record.had.push([node, atMs]);
    const reign = partition.reign;
    record.replicas ??= reign?.replicas.length ?? null;
    if (reign !== null && reign.isr.every((each) => record.had.some(([has]) => has === each))) record.replicated = true;
    this.#memory.changed(record);
  }

  placeless(partition: PartitionLedger, record: LedgerRecord): void {
    let of = partition.placeless.get(record.producer);
    if (of === undefined) {
      of = new Map();
      partition.placeless.set(record.producer, of);
    }
    of.set(record.row, record);
  }
}
