/**
 * The fold of everything that is told about records into their fates. Pure: every input carries its time; what is asked of
 * the store is what was put there.
 *
 * A record is where the leader's log was read to have it, and nowhere else. It is known in a log by topic, partition,
 * create timestamp and checksum. An acknowledged record is lost when the log was read past its offset, or was found to
 * end before it, and has it nowhere. All of it is undone when a newer leader's log says otherwise.
 *
 * Leaves to others: reading the log (`auditor`), counts (`cells`), verdicts (`properties`), rows (`ledger-file`).
 */
import type { Acks } from '../../contract/clients.ts';
import { Cells, type CellState } from './cells.ts';
import { EarlyNews } from './early-news.ts';
import { GroupsLedger } from './groups-ledger.ts';
import type { ClientReport, HostReport, SendReport } from './ledger-messages.ts';
import { fateOf, isSettled, placeOf, type GroupRead, type LedgerRecord } from './ledger-record.ts';
import { holds, PartitionLedger, type PartitionState } from './partition-ledger.ts';

export interface RecordStore {
  put(records: Iterable<LedgerRecord>, groupsOf: (row: number) => string): void;
  /** Stored ones of this run with a place in `[from, to)`, in order. */
  placedAt(topic: string, partition: number, from: number, to: number): readonly StoredRecord[];
  withCrc(topic: string, crc: number): readonly StoredRecord[];
}

export interface StoredRecord {
  readonly record: LedgerRecord;
  /** As {@link Cells.groupsText} when it was put. */
  readonly groups: string;
}

/** What a verdict may name. */
export interface Example {
  readonly kind: 'lost' | 'duplicated' | 'below-min-isr' | 'passed-over' | 'two-owners';
  readonly atMs: number;
  readonly producer: string | null;
  readonly topic: string | null;
  readonly partition: number | null;
  readonly text: string;
}

/** Everything that verdicts are made of; plain data. */
export interface LedgerState {
  readonly atMs: number;
  readonly firstMs: number | null;
  readonly lastMs: number | null;
  /** As each lab producer promised last. */
  readonly producers: readonly { readonly producer: string; readonly acks: Acks; readonly idempotent: boolean }[];
  readonly cells: readonly CellState[];
  readonly partitions: readonly PartitionState[];
  readonly groups: readonly {
    readonly group: string;
    readonly generations: readonly number[];
    readonly conflicts: number;
  }[];
  readonly examples: readonly Example[];
}

/** One thread of a lab client, from its start to its end. */
export interface ClientSource {
  readonly client: string;
  readonly group: string | null;
  acks: Acks;
  idempotent: boolean;
  /** Records of its earlier threads. */
  base: number;
  /** By their number in this thread, until they are answered. */
  readonly open: Map<number, LedgerRecord>;
}

/** How far the log was read in a turn. */
export interface ReadTo {
  readonly readTo: number;
  /** Of the last batch; -1: there was none. */
  readonly epoch: number;
  readonly leaderEpoch: number;
  readonly highWatermark: number;
  readonly logStart: number;
  readonly atMs: number;
}

interface Unjudged {
  readonly record: LedgerRecord;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Telemetry of an ISR may come so much later than the acknowledgement that it judges. */
const judgeAfterMs = 2000;
/** A delivery may be told so much later than the commit behind it. */
const passedAfterMs = 3000;
const examplesMax = 500;
/** Offsets whose stored records come back at one time. */
const recallMax = 5000;

export class LedgerFold {
  readonly #store: RecordStore;
  readonly #partitions = new Map<string, PartitionLedger>();
  readonly cells: Cells;
  readonly groups = new GroupsLedger();
  readonly #early = new EarlyNews();
  /** In the order of sending. */
  readonly #hot = new Map<number, LedgerRecord>();
  readonly #byCrc = new Map<number, LedgerRecord[]>();
  readonly #dirty = new Set<LedgerRecord>();
  readonly #numbers = new Map<string, number>();
  readonly #promises = new Map<string, { readonly acks: Acks; readonly idempotent: boolean }>();
  readonly #minInsync = new Map<string, number>();
  readonly #compacted = new Set<string>();
  readonly #examples = new Map<string, Example>();
  readonly #passing: { record: LedgerRecord; group: string; atMs: number }[] = [];
  #unjudged: Unjudged[] = [];
  #nextRow: number;
  readonly #hotMax: number;
  #stored = false;
  #firstMs: number | null = null;
  #lastMs: number | null = null;

  /** `hotMax`: records in memory, as far as nothing is awaited for them. */
  constructor(store: RecordStore, nextRow = 1, hotMax = 30_000) {
    this.#store = store;
    this.#nextRow = nextRow;
    this.#hotMax = hotMax;
    this.cells = new Cells((topic, partition) => this.#partitions.get(`${topic}-${partition}`)?.groups ?? []);
  }

  get partitions(): Iterable<PartitionLedger> {
    return this.#partitions.values();
  }

  get hotCount(): number {
    return this.#hot.size;
  }

  partition(topic: string, partition: number): PartitionLedger {
    const key = `${topic}-${partition}`;
    let known = this.#partitions.get(key);
    if (known === undefined) {
      known = new PartitionLedger(topic, partition);
      this.#partitions.set(key, known);
    }
    return known;
  }

  isCompacted(topic: string): boolean {
    return this.#compacted.has(topic);
  }

  // What lab clients tell.

  open(client: string, group: string | null): ClientSource {
    const base = this.#numbers.get(client) ?? 0;
    return { client, group, acks: 'all', idempotent: true, base, open: new Map() };
  }

  /** Its thread has ended: what was not answered is not going to be. */
  end(source: ClientSource): void {
    for (const record of source.open.values()) {
      record.unanswered = true;
      this.#changed(record);
    }
    source.open.clear();
  }

  report(source: ClientSource, report: ClientReport): void {
    switch (report.type) {
      case 'producer':
        source.acks = report.acks;
        source.idempotent = report.idempotent;
        this.#promises.set(source.client, { acks: report.acks, idempotent: report.idempotent });
        return;
      case 'sends':
        return this.#sends(source, report);
      case 'polled':
        return this.#polled(source, report);
      case 'owns':
        if (source.group !== null)
          this.groups.owns(source.group, report.generation, source.client, report.partitions, report.atMs);
        return;
    }
  }

  #sends(source: ClientSource, { sent, placed, acked, failed, retried, leftOut }: SendReport): void {
    for (const stretch of sent) {
      for (let i = 0; i < stretch.ms.length; i++) {
        this.#sent(source, stretch.firstN + i, {
          topic: stretch.topic,
          key: stretch.keys[i] ?? null,
          crc: stretch.crcs[i]!,
          bytes: stretch.bytes[i]!,
          sentMs: stretch.ms[i]!,
        });
      }
    }
    for (let i = 0; i < (placed?.ns.length ?? 0); i++) {
      const record = source.open.get(placed!.ns[i]!);
      if (record !== undefined) this.#placed(record, placed!.partitions[i]!, placed!.createMs[i]!);
    }
    for (let i = 0; i < (acked?.ns.length ?? 0); i++) {
      const n = acked!.ns[i]!;
      const record = source.open.get(n);
      if (record === undefined) continue;
      source.open.delete(n);
      this.#acked(record, acked!.ms[i]!, acked!.offsets[i]!, acked!.brokers[i]!);
    }
    for (let i = 0; i < (failed?.ns.length ?? 0); i++) {
      const n = failed!.ns[i]!;
      const record = source.open.get(n);
      if (record === undefined) continue;
      source.open.delete(n);
      record.failedMs = failed!.ms[i]!;
      record.error = failed!.errors[i] ?? '';
      this.#changed(record);
    }
    const of = { producer: source.client, acks: source.acks, idempotent: source.idempotent };
    for (const { topic, partition, records } of retried)
      this.cells.cell({ ...of, topic, partition }).retried += records;
    for (const { topic, sent: count, acked: told, failed: refused } of leftOut) {
      const cell = this.cells.cell({ ...of, topic, partition: null });
      cell.leftOut += count;
      cell.counts.sent += count;
      cell.counts.failed += refused;
      if (source.acks !== '0') cell.counts.acked += told;
      this.#numbers.set(source.client, (this.#numbers.get(source.client) ?? 0) + count);
    }
  }

  #sent(source: ClientSource, n: number, told: Pick<LedgerRecord, 'topic' | 'key' | 'crc' | 'bytes' | 'sentMs'>): void {
    const record: LedgerRecord = {
      ...told,
      row: this.#nextRow++,
      producer: source.client,
      acks: source.acks,
      idempotent: source.idempotent,
      number: source.base + n,
      partition: null,
      createMs: -1,
      broker: -1,
      ackedMs: null,
      ackedOffset: null,
      epoch: null,
      error: null,
      failedMs: null,
      unanswered: false,
      copies: null,
      lostMs: null,
      gone: null,
      had: [],
      replicas: null,
      replicated: false,
      readableMs: null,
      reads: [],
      unread: false,
    };
    this.#numbers.set(source.client, record.number);
    this.#firstMs ??= told.sentMs;
    this.#lastMs = Math.max(this.#lastMs ?? 0, told.sentMs);
    source.open.set(n, record);
    this.#hot.set(record.row, record);
    this.#changed(record);
  }

  #placed(record: LedgerRecord, index: number, createMs: number): void {
    record.partition = index;
    record.createMs = createMs;
    const partition = this.partition(record.topic, index);
    partition.firstCreateMs = Math.min(partition.firstCreateMs ?? createMs, createMs);
    record.replicas = partition.reign?.replicas.length ?? null;
    const same = this.#byCrc.get(record.crc);
    if (same === undefined) this.#byCrc.set(record.crc, [record]);
    else same.push(record);
    this.#changed(record);
    for (const early of this.#early.take(record.topic, index, createMs, record.crc)) {
      if (early.kind === 'copy') this.#found(partition, record, early.offset, early.epoch, early.atMs);
      else this.#delivered(partition, record, early.group, early.client, early.offset, early.atMs);
    }
  }

  #acked(record: LedgerRecord, ackedMs: number, offset: number, broker: number): void {
    record.ackedMs = ackedMs;
    record.broker = broker;
    const partition = record.partition === null ? null : this.partition(record.topic, record.partition);
    if (partition !== null) this.#ackedAt(partition, record, ackedMs, offset, broker);
    this.#changed(record);
  }

  #ackedAt(partition: PartitionLedger, record: LedgerRecord, ackedMs: number, offset: number, broker: number): void {
    if (record.acks === 'all') this.#unjudged.push({ record, fromMs: record.sentMs, toMs: ackedMs });
    if (offset < 0) {
      if (record.copies === null) this.#placeless(partition, record);
      return;
    }
    record.ackedOffset = offset;
    const reign = broker < 0 ? null : partition.reignOf(broker, ackedMs);
    record.epoch ??= reign?.epoch ?? null;
    partition.place(record);
    if (broker >= 0) this.#had(partition, record, broker, ackedMs);
    for (const [node, { epoch, logEnd }] of partition.nodes) {
      if (holds(record, epoch, logEnd)) this.#had(partition, record, node, ackedMs);
    }
    if (record.copies !== null) return;
    partition.pending.set(record.row, record);
    // The log was read past it already and has another record there.
    if (partition.readTo !== null && partition.readTo > offset) this.#settleAbsent(partition, record, ackedMs);
  }

  #placeless(partition: PartitionLedger, record: LedgerRecord): void {
    let of = partition.placeless.get(record.producer);
    if (of === undefined) {
      of = new Map();
      partition.placeless.set(record.producer, of);
    }
    of.set(record.row, record);
  }

  #polled(source: ClientSource, report: Extract<ClientReport, { type: 'polled' }>): void {
    let at = 0;
    for (const [index, topic] of report.topics.entries()) {
      const count = report.counts[index]!;
      const partition = this.partition(topic, report.partitions[index]!);
      if (source.group !== null && count > 0) this.#groupReads(partition, source.group, report.offsets[at]!);
      for (let i = at; i < at + count; i++) {
        const offset = report.offsets[i]!;
        const createMs = report.timestamps[i]!;
        const record = this.#identify(partition, offset, createMs, report.crcs[i]!);
        const group = source.group ?? source.client;
        if (record !== null) this.#delivered(partition, record, group, source.client, offset, report.atMs);
        else {
          const { client } = source;
          this.#early.add(topic, partition.partition, createMs, report.crcs[i]!, {
            kind: 'read',
            group,
            client,
            offset,
            atMs: report.atMs,
          });
        }
      }
      at += count;
    }
  }

  /** The group reads the partition from that offset on, or from further back than was known. */
  #groupReads(partition: PartitionLedger, group: string, offset: number): void {
    const known = partition.groups.find((each) => each.group === group);
    if (known !== undefined && known.start <= offset) return;
    const toMax = known?.start ?? Number.POSITIVE_INFINITY;
    if (known === undefined) partition.groups.push({ group, start: offset });
    else known.start = offset;
    for (const [at, record] of partition.logAt) if (at >= offset && at < toMax) this.#changed(record);
  }

  #delivered(
    partition: PartitionLedger,
    record: LedgerRecord,
    group: string,
    client: string,
    offset: number,
    atMs: number,
  ): void {
    let read = record.reads.find((each) => each.group === group);
    if (read === undefined) {
      read = { group, client: null, atMs: null, times: 0, committedMs: null };
      record.reads.push(read);
    }
    read.client ??= client;
    read.atMs ??= atMs;
    read.times += 1;
    // It could be read then, whatever samples say.
    record.readableMs = Math.min(record.readableMs ?? atMs, atMs);
    if (read.committedMs === null && (partition.committed.get(group) ?? -1) > offset) read.committedMs = atMs;
    this.#changed(record);
  }

  // What the log has.

  /** The record that a log entry is; null for one that no lab producer sent, or that is not told of yet. */
  #identify(partition: PartitionLedger, offset: number, createMs: number, crc: number): LedgerRecord | null {
    const fits = (record: LedgerRecord): boolean =>
      record.crc === crc &&
      record.topic === partition.topic &&
      record.partition === partition.partition &&
      (createMs < 0 || record.createMs === createMs);
    const here = partition.at(offset).find(fits);
    if (here !== undefined) return here;
    const hot = this.#byCrc.get(crc)?.filter(fits) ?? [];
    const found = hot.find(({ copies }) => copies === null || copies.length === 0) ?? hot[0];
    if (found !== undefined) return found;
    if (!this.#stored) return null;
    const stored = this.#store.withCrc(partition.topic, crc).find((each) => fits(each.record));
    return stored === undefined ? null : this.#recall(stored);
  }

  /** The log of the newest leader has this at that offset. `createMs` -1: its batch has another time (LogAppendTime). */
  read(topic: string, index: number, offset: number, epoch: number, createMs: number, crc: number, atMs: number): void {
    const partition = this.partition(topic, index);
    const record = this.#identify(partition, offset, createMs, crc);
    if (record !== null) return this.#found(partition, record, offset, epoch, atMs);
    this.#early.add(topic, index, createMs, crc, { kind: 'copy', offset, epoch, atMs });
  }

  #found(partition: PartitionLedger, record: LedgerRecord, offset: number, epoch: number, atMs: number): void {
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
      if (holds(record, progress.epoch, progress.logEnd)) this.#had(partition, record, node, atMs);
    }
    for (const read of record.reads) {
      if (read.committedMs === null && (partition.committed.get(read.group) ?? -1) > offset) read.committedMs = atMs;
    }
    this.#changed(record);
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
    const partition = this.partition(topic, index);
    partition.readTo = told.readTo;
    partition.readEpoch = Math.max(partition.readEpoch, told.epoch);
    partition.logStart = Math.max(partition.logStart, told.logStart);
    partition.expose(told.leaderEpoch, told.highWatermark);
    for (const record of partition.pending.values()) {
      if ((record.ackedOffset ?? Number.POSITIVE_INFINITY) < told.readTo)
        this.#settleAbsent(partition, record, told.atMs);
    }
  }

  /** The leader of `epoch` has the log that was read, up to `end` at least: what is behind has to be read again. */
  cutBack(topic: string, index: number, epoch: number, end: number, atMs: number): void {
    const partition = this.partition(topic, index);
    if (this.#stored && partition.readTo !== null && partition.readTo > end) {
      for (const stored of this.#store.placedAt(topic, index, end, partition.readTo)) this.#recall(stored);
    }
    const cut = partition.cutBack(atMs, epoch, end);
    for (const record of new Set(cut)) {
      const left = record.copies?.filter((offset) => offset < end) ?? [];
      record.copies = left.length === 0 ? null : left;
      if (record.copies === null && record.ackedOffset !== null && record.ackedMs !== null)
        partition.pending.set(record.row, record);
      else if (record.copies === null && record.ackedMs !== null) this.#lose(record, atMs);
      this.#changed(record);
    }
  }

  /** The leader's log ends there, as it said after `askedMs`: what was acknowledged before and lies behind is not in it. */
  logEndsAt(topic: string, index: number, end: number, askedMs: number): void {
    const partition = this.partition(topic, index);
    for (const record of partition.pending.values()) {
      const isBehind = (record.ackedOffset ?? -1) >= end && (record.ackedMs ?? Infinity) < askedMs;
      if (isBehind) this.#settleAbsent(partition, record, askedMs);
    }
  }

  #settleAbsent(partition: PartitionLedger, record: LedgerRecord, atMs: number): void {
    partition.pending.delete(record.row);
    if ((record.ackedOffset ?? Infinity) < partition.logStart) record.gone = 'retention';
    else if (this.#compacted.has(record.topic)) record.gone = 'compaction';
    else return this.#lose(record, atMs);
    this.#changed(record);
  }

  #lose(record: LedgerRecord, atMs: number): void {
    record.copies = [];
    const partition = record.partition === null ? null : this.partition(record.topic, record.partition);
    const after = partition?.reigns.find(({ epoch }) => record.epoch !== null && epoch > record.epoch);
    record.lostMs = after?.atMs ?? atMs;
    record.readableMs = null;
    this.#changed(record);
  }

  /** The log begins there now. Records before it stay what they were, and are deleted. */
  logStartsAt(topic: string, index: number, offset: number): void {
    const partition = this.partition(topic, index);
    if (offset <= partition.logStart) return;
    const was = partition.logStart;
    partition.logStart = offset;
    if (!this.#stored) return this.#deleteBefore(partition, offset);
    // As many at a time as do not crowd the memory.
    for (let from = was; from < offset; from += recallMax) {
      const to = Math.min(offset, from + recallMax);
      for (const stored of this.#store.placedAt(topic, index, from, to)) this.#recall(stored);
      this.#deleteBefore(partition, to);
      if (to < offset) this.flush();
    }
  }

  #deleteBefore(partition: PartitionLedger, offset: number): void {
    for (const [at, record] of partition.logAt) {
      if (at >= offset || record.gone !== null || (record.copies?.length ?? 0) > 1) continue;
      record.gone = 'retention';
      this.#changed(record);
    }
  }

  // What brokers tell.

  host(report: HostReport): void {
    switch (report.type) {
      case 'sample':
        for (const replica of report.replicas) this.#sample(report.atMs, report.node, replica);
        return;
      case 'partition': {
        const { topic, partition: index, ...reign } = report;
        const partition = this.partition(topic, index);
        partition.noteReign(reign);
        return;
      }
      case 'topic':
        if (report.minInsync !== null) this.#minInsync.set(report.topic, report.minInsync);
        if (report.compacted) this.#compacted.add(report.topic);
        return;
      case 'topic-deleted':
        return this.#topicDeleted(report.topic);
      case 'truncated':
        this.partition(report.topic, report.partition).truncations.push({
          atMs: report.atMs,
          node: report.node,
          to: report.to,
        });
        return;
      case 'committed':
        for (const { topic, partition, offset } of report.offsets)
          this.#committed(this.partition(topic, partition), report.group, offset, report.atMs);
        return;
      case 'assignment':
        this.groups.assigned(report.group, report.generation, report.members, report.atMs);
        return;
      case 'event':
        return;
    }
  }

  #sample(atMs: number, node: number, told: Extract<HostReport, { type: 'sample' }>['replicas'][number]): void {
    const partition = this.#partitions.get(`${told.topic}-${told.partition}`);
    if (partition === undefined) return;
    const { epoch, logEnd } = told;
    if (told.isLeader) {
      partition.noteHighWatermark(atMs, epoch, told.highWatermark);
      this.logStartsAt(told.topic, told.partition, told.logStart);
    }
    const was = partition.noteLogEnd(node, epoch, logEnd);
    if (was?.epoch === epoch && was.logEnd === logEnd) return;
    const from = was?.epoch === epoch ? was.logEnd : 0;
    const known = partition.saidAt.size + partition.logAt.size;
    const offsets =
      logEnd - from > known ? [...partition.saidAt.keys(), ...partition.logAt.keys()] : range(from, logEnd);
    for (const offset of offsets) {
      for (const record of partition.at(offset))
        if (holds(record, epoch, logEnd)) this.#had(partition, record, node, atMs);
    }
  }

  #had(partition: PartitionLedger, record: LedgerRecord, node: number, atMs: number): void {
    if (record.had.some(([each]) => each === node)) return;
    record.had.push([node, atMs]);
    const reign = partition.reign;
    record.replicas ??= reign?.replicas.length ?? null;
    if (reign !== null && reign.isr.every((each) => record.had.some(([has]) => has === each))) record.replicated = true;
    this.#changed(record);
  }

  #committed(partition: PartitionLedger, group: string, offset: number, atMs: number): void {
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
      if (read === undefined) this.#passing.push({ record, group, atMs });
      else if (read.committedMs === null) {
        read.committedMs = atMs;
        this.#changed(record);
      }
    }
  }

  #topicDeleted(topic: string): void {
    for (const record of this.#hot.values()) {
      if (record.topic !== topic || record.ackedMs === null) continue;
      record.gone = 'topic-deleted';
      if (record.partition !== null) this.partition(topic, record.partition).pending.delete(record.row);
      this.#changed(record);
    }
    for (const [key, partition] of this.#partitions) if (partition.topic === topic) this.#partitions.delete(key);
  }

  // What time tells.

  /** Judges what waited for late news. */
  tick(nowMs: number): void {
    const ripe = this.#unjudged.findIndex(({ toMs }) => toMs > nowMs - judgeAfterMs);
    const judged = this.#unjudged.splice(0, ripe < 0 ? this.#unjudged.length : ripe);
    for (const each of judged) this.#judgeIsr(each);
    const late = this.#passing.findIndex(({ atMs }) => atMs > nowMs - passedAfterMs);
    for (const { record, group, atMs } of this.#passing.splice(0, late < 0 ? this.#passing.length : late)) {
      if (!record.reads.some((each) => each.group === group)) this.#passedOver(record, group, atMs);
    }
    this.#early.expire(nowMs);
  }

  #passedOver(record: LedgerRecord, group: string, atMs: number): void {
    const read: GroupRead = { group, client: null, atMs: null, times: 0, committedMs: atMs };
    record.reads.push(read);
    this.#addExample(`passed ${record.row} ${group}`, 'passed-over', record, atMs, ` ${group}`);
    this.#changed(record);
  }

  #judgeIsr({ record, fromMs, toMs }: Unjudged): void {
    const partition = record.partition === null ? null : this.partition(record.topic, record.partition);
    const { isr } = this.cells.cell(record);
    const sizes = partition?.isrSizes(fromMs, toMs) ?? [];
    const min = this.#minInsync.get(record.topic);
    if (sizes.length === 0 || min === undefined) isr.unknown += 1;
    else {
      isr.checked += 1;
      if (Math.max(...sizes) >= min) return;
      isr.below += 1;
      this.#addExample(`isr ${record.row}`, 'below-min-isr', record, toMs, '');
    }
  }

  // Keeping.

  #changed(record: LedgerRecord): void {
    this.#dirty.add(record);
    this.cells.count(record);
    const fate = fateOf(record);
    const key = `row ${record.row}`;
    if (fate === 'lost' || fate === 'duplicated')
      this.#addExample(key, fate, record, fate === 'lost' ? (record.lostMs ?? record.sentMs) : record.sentMs, '');
    else if (this.#examples.size > 0) this.#examples.delete(key);
  }

  #addExample(key: string, kind: Example['kind'], record: LedgerRecord, atMs: number, suffix: string): void {
    if (this.#examples.size >= examplesMax && !this.#examples.has(key)) return;
    const place = kind === 'duplicated' ? record.copies?.join(', ') : placeOf(record);
    const { producer, topic, partition } = record;
    const text = `${topic}-${partition ?? '?'}@${place ?? '?'} (${producer} #${record.number})${suffix}`;
    this.#examples.set(key, { kind, atMs, producer, topic, partition, text });
  }

  #recall(stored: StoredRecord): LedgerRecord {
    const known = this.#hot.get(stored.record.row);
    if (known !== undefined) return known;
    const { record, groups } = stored;
    this.#hot.set(record.row, record);
    this.cells.recall(record, groups);
    const same = this.#byCrc.get(record.crc);
    if (same === undefined) this.#byCrc.set(record.crc, [record]);
    else same.push(record);
    if (record.partition !== null) this.partition(record.topic, record.partition).place(record);
    return record;
  }

  /**
   * Hands what changed to the store, and lets go of the oldest that nothing is awaited for. Records that were sent at
   * `sentBeforeMs` or later are left for another time: most of what happens to a record happens within seconds.
   */
  flush(sentBeforeMs = Number.POSITIVE_INFINITY): void {
    const ripe = [...this.#dirty].filter(({ sentMs }) => sentMs < sentBeforeMs);
    if (ripe.length > 0) this.#store.put(ripe, (row) => this.cells.groupsText(row));
    for (const record of ripe) this.#dirty.delete(record);
    let over = this.#hot.size - this.#hotMax;
    if (over <= 0) return;
    for (const record of this.#hot.values()) {
      if (over <= 0) break;
      if (!isSettled(record) || this.#dirty.has(record)) continue;
      over -= 1;
      this.#letGo(record);
    }
  }

  #letGo(record: LedgerRecord): void {
    this.#stored = true;
    this.#hot.delete(record.row);
    this.cells.leave(record.row);
    const same = this.#byCrc.get(record.crc)?.filter((each) => each !== record) ?? [];
    if (same.length === 0) this.#byCrc.delete(record.crc);
    else this.#byCrc.set(record.crc, same);
    if (record.partition !== null) this.#partitions.get(`${record.topic}-${record.partition}`)?.forget(record);
  }

  state(atMs: number): LedgerState {
    return {
      atMs,
      firstMs: this.#firstMs,
      lastMs: this.#lastMs,
      producers: [...this.#promises].map(([producer, promise]) => ({ producer, ...promise })),
      cells: this.cells.states,
      partitions: [...this.#partitions.values()].map(({ state }) => state),
      groups: this.groups.states,
      examples: [...this.#examples.values(), ...this.groups.examples],
    };
  }
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}
