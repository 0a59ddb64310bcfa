/**
 * What groups do with records: what `poll()` gave their members, how far they committed, and what they passed over.
 *
 * A record is passed over when its group committed behind it and no member was given it. That is said only when nobody
 * could have been given it unseen: a lab consumer tells of what `poll()` returned before it can commit it, so its own
 * commits are judged, and so are those that nobody's membership stands behind (a reset of offsets). What a member commits
 * that is no lab consumer may have been read by it: that stays unknown.
 *
 * What a member was given is kept by offset, too: records of the same content and time cannot be told apart, places can.
 */
import type { EarlyNews } from './early-news.ts';
import type { ClientReport } from './ledger-messages.ts';
import type { GroupRead, LedgerRecord } from './ledger-record.ts';
import type { ClientSource } from './ledger-state.ts';
import type { PartitionLedger } from './partition-ledger.ts';
import type { RecordMemory } from './record-memory.ts';

/** A delivery may be told so much later than the commit behind it. */
const passedAfterMs = 3000;

/** One record of what `poll()` returned to a member. */
export interface Delivery {
  readonly group: string;
  readonly client: string;
  readonly offset: number;
  readonly atMs: number;
}

interface Passing {
  readonly record: LedgerRecord;
  readonly partition: PartitionLedger;
  readonly group: string;
  readonly atMs: number;
}

export class GroupReads {
  readonly #memory: RecordMemory;
  readonly #early: EarlyNews;
  readonly #passing: Passing[] = [];

  constructor(memory: RecordMemory, early: EarlyNews) {
    this.#memory = memory;
    this.#early = early;
  }

  polled(source: ClientSource, report: Extract<ClientReport, { type: 'polled' }>): void {
    let at = 0;
    for (const [index, topic] of report.topics.entries()) {
      const count = report.counts[index]!;
      const partition = this.#memory.partition(topic, report.partitions[index]!);
      if (source.group !== null && count > 0) this.#reads(partition, source.group, report.offsets[at]!);
      for (let i = at; i < at + count; i++) {
        const delivery = {
          group: source.group ?? source.client,
          client: source.client,
          offset: report.offsets[i]!,
          atMs: report.atMs,
        };
        this.#told(partition, delivery, report.timestamps[i]!, report.crcs[i]!);
      }
      at += count;
    }
  }

  #told(partition: PartitionLedger, delivery: Delivery, createMs: number, crc: number): void {
    const { group, offset } = delivery;
    const given = partition.givenTo(group);
    const isAgain = given.has(offset);
    given.add(offset);
    // Of several that look the same and have no place yet, one that the group has not got.
    const isNew = ({ copies, ackedOffset, reads }: LedgerRecord): boolean =>
      !isAgain && copies === null && ackedOffset === null && !reads.some((each) => each.group === group);
    const record = this.#memory.identify(partition, offset, createMs, crc, isNew);
    if (record !== null) this.delivered(partition, record, delivery);
    else this.#early.add(partition.topic, partition.partition, createMs, crc, { kind: 'read', ...delivery });
  }

  /** The group reads the partition from that offset on, or from further back than was known. */
  #reads(partition: PartitionLedger, group: string, offset: number): void {
    const known = partition.groups.find((each) => each.group === group);
    if (known !== undefined && known.start <= offset) return;
    const toMax = known?.start ?? Number.POSITIVE_INFINITY;
    if (known === undefined) partition.groups.push({ group, start: offset });
    else known.start = offset;
    for (const [at, record] of partition.logAt) if (at >= offset && at < toMax) this.#memory.changed(record);
  }

  delivered(partition: PartitionLedger, record: LedgerRecord, { group, client, offset, atMs }: Delivery): void {
    let read = record.reads.find((each) => each.group === group);
    if (read === undefined) {
      read = { group, client: null, atMs: null, times: 0, committedMs: null };
      record.reads.push(read);
    } else if (read.times === 0) this.#memory.dropPassed(record, group);
    read.client ??= client;
    read.atMs ??= atMs;
    read.times += 1;
    // It could be read then, whatever samples say.
    record.readableMs = Math.min(record.readableMs ?? atMs, atMs);
    if (read.committedMs === null && (partition.committed.get(group) ?? -1) > offset) read.committedMs = atMs;
    this.#memory.changed(record);
  }

  /** `isJudged`: what the group was not given by then, nobody in it has got. */
  committed(partition: PartitionLedger, group: string, offset: number, isJudged: boolean, atMs: number): void {
    const was = partition.committed.get(group) ?? -1;
    partition.committed.set(group, offset);
    const known = partition.groups.find((each) => each.group === group);
    if (known === undefined || offset <= was) return;
    const from = Math.max(was, known.start);
    const at = offset - from > partition.logAt.size ? [...partition.logAt.keys()] : range(from, offset);
    for (const place of at) {
      const record = partition.logAt.get(place);
      if (record === undefined || place < known.start || place >= offset) continue;
      const read = record.reads.find((each) => each.group === group);
      if (read === undefined) {
        if (isJudged) this.#passing.push({ record, partition, group, atMs });
      } else if (read.committedMs === null) {
        read.committedMs = atMs;
        this.#memory.changed(record);
      }
    }
  }

  /** Judges commits that were told before `heardMs`: by now everything that was told before them has been heard. */
  judge(nowMs: number, heardMs: number): void {
    const toMs = Math.min(nowMs - passedAfterMs, heardMs);
    const late = this.#passing.findIndex(({ atMs }) => atMs > toMs);
    for (const passing of this.#passing.splice(0, late < 0 ? this.#passing.length : late)) {
      const { record, partition, group } = passing;
      const given = partition.givenTo(group);
      if (record.copies === null || record.copies.length === 0) continue;
      if (record.copies.some((offset) => given.has(offset))) continue;
      if (!record.reads.some((each) => each.group === group)) this.#passedOver(passing);
    }
  }

  #passedOver({ record, group, atMs }: Passing): void {
    const read: GroupRead = { group, client: null, atMs: null, times: 0, committedMs: atMs };
    record.reads.push(read);
    this.#memory.addPassed(record, group, atMs);
    this.#memory.changed(record);
  }
}

export function range(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}
