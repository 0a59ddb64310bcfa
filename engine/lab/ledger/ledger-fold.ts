/**
 * The fold of everything that is told about records into their fates. Pure: every input carries its time; what is asked of
 * the store is what was put there.
 *
 * A record is where the leader's log was read to have it, and nowhere else. It is known in a log by topic, partition,
 * create timestamp and checksum. An acknowledged record is lost when the log was read past its offset, or was found to
 * end before it, and has it nowhere. All of it is undone when a newer leader's log says otherwise.
 *
 * Leaves to others: what follows from the log (`log-book`), what groups read (`group-reads`), reading it (`auditor`), records in memory (`record-memory`),
 * counts (`cells`), verdicts (`properties`), rows (`ledger-file`).
 */
import type { Acks } from '../../contract/clients.ts';
import { EarlyNews } from './early-news.ts';
import { GroupReads, range } from './group-reads.ts';
import { GroupsLedger } from './groups-ledger.ts';
import type { ClientReport, HostReport, SendReport } from './ledger-messages.ts';
import { untold, type LedgerRecord } from './ledger-record.ts';
import type { ClientSource, LedgerState, RecordStore } from './ledger-state.ts';
import { LogBook } from './log-book.ts';
import { holds, type PartitionLedger } from './partition-ledger.ts';
import { RecordMemory } from './record-memory.ts';

interface Unjudged {
  readonly record: LedgerRecord;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Telemetry of an ISR may come so much later than the acknowledgement that it judges. */
const judgeAfterMs = 2000;

export class LedgerFold {
  readonly #memory: RecordMemory;
  readonly log: LogBook;
  readonly #reads: GroupReads;
  readonly groups = new GroupsLedger();
  readonly #early = new EarlyNews();
  readonly #numbers = new Map<string, number>();
  readonly #promises = new Map<string, { readonly acks: Acks; readonly idempotent: boolean }>();
  readonly #minInsync = new Map<string, number>();
  readonly #compacted = new Set<string>();
  #unjudged: Unjudged[] = [];
  #nextRow: number;
  #firstMs: number | null = null;
  #lastMs: number | null = null;

  /** `hotMax`: records in memory, as far as nothing is awaited for them. */
  constructor(store: RecordStore, nextRow = 1, hotMax = 30_000) {
    this.#nextRow = nextRow;
    this.#memory = new RecordMemory(store, hotMax);
    this.#reads = new GroupReads(this.#memory, this.#early);
    this.log = new LogBook(this.#memory, this.#early, (topic) => this.#compacted.has(topic));
  }

  get partitions(): Iterable<PartitionLedger> {
    return this.#memory.partitions.values();
  }

  partition(topic: string, partition: number): PartitionLedger {
    return this.#memory.partition(topic, partition);
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
      this.#memory.changed(record);
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
        return this.#reads.polled(source, report);
      case 'owns':
        if (source.group !== null) this.groups.owns(source.group, source.client, report);
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
      this.#memory.changed(record);
    }
    const of = { producer: source.client, acks: source.acks, idempotent: source.idempotent };
    for (const { topic, partition, records } of retried)
      this.#memory.cells.cell({ ...of, topic, partition }).retried += records;
    for (const { topic, sent: count, acked: told, failed: refused } of leftOut) {
      const cell = this.#memory.cells.cell({ ...of, topic, partition: null });
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
      ...untold(),
    };
    this.#numbers.set(source.client, record.number);
    this.#firstMs ??= told.sentMs;
    this.#lastMs = Math.max(this.#lastMs ?? 0, told.sentMs);
    source.open.set(n, record);
    this.#memory.add(record);
  }

  #placed(record: LedgerRecord, index: number, createMs: number): void {
    record.partition = index;
    record.createMs = createMs;
    const partition = this.partition(record.topic, index);
    partition.firstCreateMs = Math.min(partition.firstCreateMs ?? createMs, createMs);
    record.replicas = partition.reign?.replicas.length ?? null;
    this.#memory.index(record);
    this.#memory.changed(record);
    for (const early of this.#early.take(record.topic, index, createMs, record.crc)) {
      if (early.kind === 'copy') this.log.found(partition, record, early.offset, early.epoch, early.atMs);
      else this.#reads.delivered(partition, record, early);
    }
  }

  #acked(record: LedgerRecord, ackedMs: number, offset: number, broker: number): void {
    record.ackedMs = ackedMs;
    record.broker = broker;
    const partition = record.partition === null ? null : this.partition(record.topic, record.partition);
    if (partition !== null) this.#ackedAt(partition, record, ackedMs, offset, broker);
    this.#memory.changed(record);
  }

  #ackedAt(partition: PartitionLedger, record: LedgerRecord, ackedMs: number, offset: number, broker: number): void {
    if (record.acks === 'all') this.#unjudged.push({ record, fromMs: record.sentMs, toMs: ackedMs });
    if (offset < 0) {
      if (record.copies === null) this.log.placeless(partition, record);
      return;
    }
    record.ackedOffset = offset;
    const reign = broker < 0 ? null : partition.reignOf(broker, ackedMs);
    record.epoch ??= reign?.epoch ?? null;
    partition.place(record);
    if (broker >= 0) this.log.had(partition, record, broker, ackedMs);
    for (const [node, { epoch, logEnd }] of partition.nodes) {
      if (holds(record, epoch, logEnd)) this.log.had(partition, record, node, ackedMs);
    }
    if (record.copies !== null) return;
    partition.pending.set(record.row, record);
    // The log was read past it already and has another record there.
    if (partition.readTo !== null && partition.readTo > offset) this.log.settleAbsent(partition, record, ackedMs);
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
        return this.#committed(report);
      case 'assignment':
        this.groups.assigned(report.group, report.generation, report.members, report.atMs);
        return;
      case 'event':
        return;
    }
  }

  #sample(atMs: number, node: number, told: Extract<HostReport, { type: 'sample' }>['replicas'][number]): void {
    const partition = this.#memory.partitions.get(`${told.topic}-${told.partition}`);
    if (partition === undefined) return;
    const { epoch, logEnd } = told;
    if (told.isLeader) {
      partition.noteHighWatermark(atMs, epoch, told.highWatermark);
      this.log.logStartsAt(told.topic, told.partition, told.logStart);
    }
    const was = partition.noteLogEnd(node, epoch, logEnd);
    if (was?.epoch === epoch && was.logEnd === logEnd) return;
    const from = was?.epoch === epoch ? was.logEnd : 0;
    const known = partition.saidAt.size + partition.logAt.size;
    const offsets =
      logEnd - from > known ? [...partition.saidAt.keys(), ...partition.logAt.keys()] : range(from, logEnd);
    for (const offset of offsets) {
      for (const record of partition.at(offset))
        if (holds(record, epoch, logEnd)) this.log.had(partition, record, node, atMs);
    }
  }

  #committed({ group, member, offsets, atMs }: Extract<HostReport, { type: 'committed' }>): void {
    const isJudged = member === '' || this.groups.isLabMember(group, member);
    for (const { topic, partition, offset } of offsets)
      this.#reads.committed(this.partition(topic, partition), group, offset, isJudged, atMs);
  }

  #topicDeleted(topic: string): void {
    for (const record of this.#memory.records) {
      if (record.topic !== topic || record.ackedMs === null) continue;
      record.gone = 'topic-deleted';
      if (record.partition !== null) this.partition(topic, record.partition).pending.delete(record.row);
      this.#memory.changed(record);
    }
    for (const [key, partition] of this.#memory.partitions)
      if (partition.topic === topic) this.#memory.partitions.delete(key);
  }

  // What time tells.

  /**
   * Judges what waited for late news. What was told up to `heardMs` has come by now: threads and messages take their time
   * by the clock on the wall, however fast the lab's goes. What nobody has claimed since `forgottenMs` nobody will.
   */
  tick(nowMs: number, heardMs = nowMs, forgottenMs = heardMs): void {
    const toMs = Math.min(nowMs - judgeAfterMs, heardMs);
    const ripe = this.#unjudged.findIndex((each) => each.toMs > toMs);
    const judged = this.#unjudged.splice(0, ripe < 0 ? this.#unjudged.length : ripe);
    for (const each of judged) this.#judgeIsr(each);
    this.#reads.judge(nowMs, heardMs);
    this.#early.expire(nowMs, forgottenMs);
  }

  #judgeIsr({ record, fromMs, toMs }: Unjudged): void {
    const partition = record.partition === null ? null : this.partition(record.topic, record.partition);
    const { isr } = this.#memory.cells.cell(record);
    const sizes = partition?.isrSizes(fromMs, toMs) ?? [];
    const min = this.#minInsync.get(record.topic);
    if (sizes.length === 0 || min === undefined) isr.unknown += 1;
    else {
      isr.checked += 1;
      if (Math.max(...sizes) >= min) return;
      isr.below += 1;
      this.#memory.addExample(`isr ${record.row}`, 'below-min-isr', record, toMs, '');
    }
  }

  /** Hands what changed to the store, but for records that were sent at `sentBeforeMs` or later. */
  flush(sentBeforeMs?: number): void {
    this.#memory.flush(sentBeforeMs);
  }

  state(atMs: number): LedgerState {
    return {
      atMs,
      firstMs: this.#firstMs,
      lastMs: this.#lastMs,
      producers: [...this.#promises].map(([producer, promise]) => ({ producer, ...promise })),
      cells: this.#memory.cells.states,
      partitions: [...this.#memory.partitions.values()].map(({ state }) => state),
      groups: this.groups.states,
      examples: [...this.#memory.examples.values(), ...this.groups.examples],
    };
  }
}
