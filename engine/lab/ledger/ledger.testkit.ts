/** Scripted histories for the fold: producers that report, replicas that are arrays, and a reader of their leader's log. */
import Sqlite from 'better-sqlite3';
import type { Acks } from '../../contract/clients.ts';
import type { LedgerRow, LedgerSummary } from '../../contract/ledger.ts';
import { LedgerFile } from './ledger-file.ts';
import { LedgerFold } from './ledger-fold.ts';
import type { ClientSource } from './ledger-state.ts';
import type { SendReport } from './ledger-messages.ts';
import { LedgerReader } from './ledger-reader.ts';

export const topic = 'orders';

export interface LogEntry {
  readonly epoch: number;
  readonly createMs: number;
  readonly crc: number;
}

/** One replica's log; an offset is an index. */
export type ReplicaLog = LogEntry[];

const nothing: SendReport = {
  type: 'sends',
  sent: [],
  placed: null,
  acked: null,
  failed: null,
  retried: [],
  leftOut: [],
};

export class ScriptedProducer {
  readonly source: ClientSource;
  readonly #script: LedgerScript;
  #n = 0;

  constructor(script: LedgerScript, name: string, acks: Acks, idempotent: boolean) {
    this.#script = script;
    this.source = script.fold.open(name, null);
    script.fold.report(this.source, { type: 'producer', acks, idempotent });
  }

  /** Tells of the next record, and gives the entry that it is in a log, but for the epoch. */
  send(partition = 0): { readonly n: number; readonly createMs: number; readonly crc: number } {
    const n = ++this.#n;
    const ms = this.#script.ms++;
    const crc = this.#script.nextCrc++;
    this.#report({
      sent: [
        {
          topic,
          firstN: n,
          ms: Float64Array.of(ms),
          keys: [`key-${n}`],
          crcs: Uint32Array.of(crc),
          bytes: Uint32Array.of(100),
        },
      ],
      placed: { ns: Float64Array.of(n), partitions: Int32Array.of(partition), createMs: Float64Array.of(ms) },
    });
    return { n, createMs: ms, crc };
  }

  acked(n: number, offset: number, broker: number): void {
    const ms = Float64Array.of(this.#script.ms++);
    const brokers = Int32Array.of(broker);
    this.#report({ acked: { ns: Float64Array.of(n), ms, offsets: Float64Array.of(offset), brokers } });
  }

  failed(n: number, error: string): void {
    this.#report({ failed: { ns: Float64Array.of(n), ms: Float64Array.of(this.#script.ms++), errors: [error] } });
  }

  retried(partition: number, records: number): void {
    this.#report({ retried: [{ topic, partition, records }] });
  }

  leftOut(count: number): void {
    this.#report({ leftOut: [{ topic, sent: count, acked: count, failed: 0 }] });
  }

  #report(report: Partial<SendReport>): void {
    this.#script.fold.report(this.source, { ...nothing, ...report });
  }
}

export class LedgerScript {
  readonly file: LedgerFile;
  readonly fold: LedgerFold;
  ms = 1_000_000;
  nextCrc = 1;

  constructor(
    minInsync = 2,
    hotMax?: number,
    file = new LedgerFile(new Sqlite(':memory:'), ':memory:', Number.MAX_SAFE_INTEGER),
  ) {
    this.file = file;
    this.file.beginRun(this.ms);
    this.fold = new LedgerFold(this.file, 1, hotMax);
    this.fold.host({ type: 'topic', topic, minInsync, compacted: false });
  }

  producer(name: string, acks: Acks, idempotent = false): ScriptedProducer {
    return new ScriptedProducer(this, name, acks, idempotent);
  }

  leads(leader: number, epoch: number, isr: readonly number[], partition = 0): void {
    const replicas = [1, 2, 3];
    this.fold.host({ type: 'partition', atMs: this.ms++, topic, partition, leader, epoch, isr, replicas });
  }

  sample(node: number, isLeader: boolean, epoch: number, log: ReplicaLog, highWatermark: number, logStart = 0): void {
    const replica = { topic, partition: 0, isLeader, epoch, logStart, logEnd: log.length, highWatermark };
    this.fold.host({ type: 'sample', atMs: this.ms++, node, replicas: [replica] });
  }

  /** Reads the leader's log as the auditor does: checks epochs, reads to the high watermark, asks where it ends. */
  audit(log: ReplicaLog, epoch: number, highWatermark = log.length, index = 0): void {
    const partition = this.fold.partition(topic, index);
    partition.readTo ??= 0;
    if (epoch > partition.checkedEpoch) {
      if (partition.readEpoch >= 0)
        this.fold.log.cutBack(topic, index, epoch, endOf(log, partition.readEpoch), this.ms);
      if (partition.exposedEpoch >= 0 && partition.exposedEpoch !== epoch) {
        partition.noteEpochEnd(this.ms, epoch, endOf(log, partition.exposedEpoch));
      }
      partition.checkedEpoch = epoch;
    }
    let last = -1;
    for (let offset = partition.readTo; offset < highWatermark; offset++) {
      const entry = log[offset]!;
      last = entry.epoch;
      this.fold.log.read(topic, index, offset, entry.epoch, entry.createMs, entry.crc, this.ms);
    }
    const readTo = Math.max(partition.readTo, highWatermark);
    const told = { epoch: last, leaderEpoch: epoch, highWatermark, logStart: 0, atMs: this.ms };
    this.fold.log.readTo(topic, index, { readTo, ...told });
    this.fold.log.logEndsAt(topic, index, log.length, this.ms++);
  }

  polled(source: ClientSource, log: ReplicaLog, from: number, to: number): void {
    const entries = log.slice(from, to);
    this.fold.report(source, {
      type: 'polled',
      atMs: this.ms++,
      topics: [topic],
      partitions: Int32Array.of(0),
      counts: Int32Array.of(entries.length),
      offsets: Float64Array.from(entries, (_, i) => from + i),
      timestamps: Float64Array.from(entries, ({ createMs }) => createMs),
      crcs: Uint32Array.from(entries, ({ crc }) => crc),
    });
  }

  /** A lab consumer joins. */
  joins(source: ClientSource, member: string, generation = 1, partitions: readonly string[] = []): void {
    this.fold.report(source, { type: 'owns', atMs: this.ms++, member, generation, partitions });
  }

  /** By that member; by nobody's when it is left out, as offsets are reset. */
  commits(group: string, offset: number, member = ''): void {
    const offsets = [{ topic, partition: 0, offset }];
    this.fold.host({ type: 'committed', atMs: this.ms++, group, member, offsets });
  }

  /** Everything that is late is there. */
  later(ms = 10_000): void {
    this.ms += ms;
    this.fold.tick(this.ms);
  }

  get reader(): LedgerReader {
    this.fold.flush();
    this.file.putState(this.fold.state(this.ms));
    this.file.commit();
    return new LedgerReader(this.file);
  }

  get summary(): LedgerSummary {
    return this.reader.summary({ waitMs: 0 });
  }

  get verdicts(): Readonly<Record<string, string>> {
    const { properties } = this.summary;
    return Object.fromEntries(properties.map(({ property, verdict, reason }) => [property, `${verdict}: ${reason}`]));
  }

  get rows(): readonly LedgerRow[] {
    return this.reader.page({ show: { only: 'all' }, after: 0, limit: 1000 }).rows;
  }

  get fates(): readonly string[] {
    return this.rows.map(({ fate }) => fate);
  }
}

/** Sends, appends to the logs and acknowledges. */
export function produce(
  producer: ScriptedProducer,
  count: number,
  { leader, epoch, logs }: { leader: number; epoch: number; logs: readonly ReplicaLog[] },
): void {
  for (let i = 0; i < count; i++) {
    const { n, createMs, crc } = producer.send();
    for (const log of logs) log.push({ epoch, createMs, crc });
    producer.acked(n, logs[0]!.length - 1, leader);
  }
}

/** Where the epoch, or the newest one before it, ends. */
function endOf(log: ReplicaLog, epoch: number): number {
  const next = log.findIndex((entry) => entry.epoch > epoch);
  return next < 0 ? log.length : next;
}
