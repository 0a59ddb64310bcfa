/**
 * What the ledger knows of one partition: who led it when, how far each replica's log and the high watermark were seen,
 * how far the log was read and by which leader's word, where records stand, and how far groups are.
 *
 * Invariant: `readTo` and `logAt` are about the log of the newest leader that was read; when a newer one's log ends
 * earlier, {@link cutBack} takes them back.
 */
import type { PartitionGroup } from './cells.ts';
import { OffsetRanges } from './offset-ranges.ts';
import { placeOf, type LedgerRecord } from './ledger-record.ts';

export interface Reign {
  /** When the first node and when the last one told of it. */
  atMs: number;
  toldMs: number;
  readonly leader: number;
  readonly epoch: number;
  readonly isr: readonly number[];
  readonly replicas: readonly number[];
  /** Of the metadata log: tells an ISR that is back from one that a slow node still has. */
  readonly offset?: number;
}

export interface Truncation {
  readonly atMs: number;
  readonly node: number;
  readonly to: number;
}

/** A new leader's log has of what was read no more than up to `end`. */
export interface Cut {
  readonly atMs: number;
  readonly epoch: number;
  readonly end: number;
}

export interface Retreat {
  readonly atMs: number;
  readonly from: number;
  readonly to: number;
  readonly epoch: number;
}

/** Plain data: it is stored as it is. */
export interface PartitionState {
  readonly topic: string;
  readonly partition: number;
  readonly readTo: number | null;
  readonly highWatermark: number | null;
  readonly samples: number;
  readonly retreats: readonly Retreat[];
  readonly reigns: readonly Reign[];
  readonly truncations: readonly Truncation[];
  readonly cuts: readonly Cut[];
  readonly groups: readonly string[];
}

const reignsMax = 400;
/** Nodes that tell of a change later than this tell of it again, after a restart. */
const tellingMsMax = 2000;
const marksMax = 600;
const retreatsMax = 20;
const cutsMax = 200;

interface NodeProgress {
  epoch: number;
  logEnd: number;
}

export class PartitionLedger {
  readonly topic: string;
  readonly partition: number;
  readonly reigns: Reign[] = [];
  readonly truncations: Truncation[] = [];
  readonly retreats: Retreat[] = [];
  readonly nodes = new Map<number, NodeProgress>();
  readonly groups: PartitionGroup[] = [];
  /** Committed so far, by group. */
  readonly committed = new Map<string, number>();
  /** What members were given, by group. */
  readonly #given = new Map<string, OffsetRanges>();
  /** Answered with an offset, not read yet. */
  readonly pending = new Map<number, LedgerRecord>();
  /** Taken for sent at an offset that nobody knows, by producer, in the order of sending. */
  readonly placeless = new Map<string, Map<number, LedgerRecord>>();
  /** Who is at an offset of the log as it was read. */
  readonly logAt = new Map<number, LedgerRecord>();
  /** Who was said to be there, and is or is not. */
  readonly saidAt = new Map<number, LedgerRecord[]>();
  /** The earliest create timestamp of a lab producer's record: reading begins there. */
  firstCreateMs: number | null = null;
  readTo: number | null = null;
  /** Of the newest batch that was read. */
  readEpoch = -1;
  /** The leader epoch under which `readTo` was found to be part of the log. */
  checkedEpoch = -1;
  logStart = 0;
  #marks: { atMs: number; highWatermark: number }[] = [];
  #highWatermark: { epoch: number; value: number } | null = null;
  /** The highest that any consumer could see, of the log as it is, and the epoch of the leader that showed it. */
  exposed = -1;
  exposedEpoch = -1;
  /** Where earlier leaders' records end in the log of a new one. */
  readonly cuts: Cut[] = [];
  samples = 0;

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  get reign(): Reign | null {
    return this.reigns.at(-1) ?? null;
  }

  get highWatermark(): number | null {
    return this.#highWatermark?.value ?? null;
  }

  /** Metadata as some node has it: true for a change that nobody had told of. */
  noteReign(told: Omit<Reign, 'toldMs'>): boolean {
    const isSame = ({ epoch, leader, isr }: Reign): boolean =>
      epoch === told.epoch && leader === told.leader && sameMembers(isr, told.isr);
    const newest = this.reign;
    const isNews =
      newest !== null && told.offset !== undefined && newest.offset !== undefined && told.offset > newest.offset;
    const known = isNews ? [newest].find(isSame) : this.reigns.findLast(isSame);
    if (known !== undefined) {
      known.atMs = Math.min(known.atMs, told.atMs);
      if (told.atMs - known.atMs < tellingMsMax) known.toldMs = Math.max(known.toldMs, told.atMs);
      return false;
    }
    const behind = this.reign !== null && told.epoch < this.reign.epoch;
    const reign = { ...told, toldMs: told.atMs };
    if (behind)
      this.reigns.splice(
        this.reigns.findIndex(({ epoch }) => epoch > told.epoch),
        0,
        reign,
      );
    else this.reigns.push(reign);
    if (this.reigns.length > reignsMax) this.reigns.shift();
    return !behind;
  }

  /** The reign in which that broker answered at that time; null when it is not known. */
  reignOf(broker: number, atMs: number): Reign | null {
    const of = this.reigns.filter(({ leader }) => leader === broker);
    return of.findLast((reign) => reign.atMs <= atMs) ?? of[0] ?? null;
  }

  /** Sizes that the ISR may have had between two moments, as far as nodes' clocks of telling say. */
  isrSizes(fromMs: number, toMs: number): readonly number[] {
    return this.reigns
      .filter((reign, index) => {
        const next = this.reigns[index + 1];
        const began = reign.atMs <= toMs;
        return began && (next === undefined || next.toldMs >= fromMs);
      })
      .map(({ isr }) => isr.length);
  }

  givenTo(group: string): OffsetRanges {
    let given = this.#given.get(group);
    if (given === undefined) {
      given = new OffsetRanges();
      this.#given.set(group, given);
    }
    return given;
  }

  noteLogEnd(node: number, epoch: number, logEnd: number): NodeProgress | null {
    const was = this.nodes.get(node) ?? null;
    this.nodes.set(node, { epoch, logEnd });
    return was;
  }

  /** As the leader of that epoch tells it; a retreat when it went back. */
  noteHighWatermark(atMs: number, epoch: number, value: number): Retreat | null {
    const was = this.#highWatermark;
    if (was !== null && epoch < was.epoch) return null;
    this.samples += 1;
    this.#highWatermark = { epoch, value };
    this.expose(epoch, value);
    const last = this.#marks.at(-1);
    if (last === undefined || value > last.highWatermark) this.#marks.push({ atMs, highWatermark: value });
    if (this.#marks.length > marksMax) this.#marks.splice(0, marksMax / 2);
    if (was === null || was.epoch !== epoch || value >= was.value) return null;
    return this.#retreat({ atMs, from: was.value, to: value, epoch });
  }

  expose(epoch: number, value: number): void {
    if (value <= this.exposed) return;
    this.exposed = value;
    this.exposedEpoch = epoch;
  }

  /** Everything that leaders up to the one that exposed most wrote ends there in a newer leader's log. */
  noteEpochEnd(atMs: number, epoch: number, end: number): void {
    if (this.exposed <= end) return;
    this.#retreat({ atMs, from: this.exposed, to: end, epoch });
    this.exposed = end;
    this.exposedEpoch = epoch;
  }

  #retreat(retreat: Retreat): Retreat {
    if (this.retreats.length < retreatsMax) this.retreats.push(retreat);
    return retreat;
  }

  /** When the high watermark was first seen behind the offset. */
  readableMs(offset: number): number | null {
    return this.#marks.find(({ highWatermark }) => highWatermark > offset)?.atMs ?? null;
  }

  /** The log of the leader of `epoch` ends at `end` for what was read before: what stood there or behind is not in it. */
  cutBack(atMs: number, epoch: number, end: number): readonly LedgerRecord[] {
    if (!this.cuts.some((cut) => cut.epoch === epoch)) this.cuts.push({ atMs, epoch, end });
    if (this.cuts.length > cutsMax) this.cuts.shift();
    this.#marks = this.#marks.filter(({ highWatermark }) => highWatermark <= end);
    for (const given of this.#given.values()) given.cutFrom(end);
    if (this.readTo === null || this.readTo <= end) return [];
    this.readTo = end;
    const cut: LedgerRecord[] = [];
    for (const [offset, record] of this.logAt) {
      if (offset < end) continue;
      this.logAt.delete(offset);
      cut.push(record);
    }
    return cut;
  }

  /** A record got a place, or was said to have one. */
  place(record: LedgerRecord): void {
    const { ackedOffset, copies } = record;
    for (const offset of copies ?? []) this.logAt.set(offset, record);
    if (ackedOffset === null) return;
    const said = this.saidAt.get(ackedOffset);
    if (said === undefined) this.saidAt.set(ackedOffset, [record]);
    else if (!said.includes(record)) said.push(record);
  }

  /** It leaves memory. */
  forget(record: LedgerRecord): void {
    for (const offset of record.copies ?? []) if (this.logAt.get(offset) === record) this.logAt.delete(offset);
    this.pending.delete(record.row);
    this.placeless.get(record.producer)?.delete(record.row);
    const { ackedOffset } = record;
    const said = ackedOffset === null ? undefined : this.saidAt.get(ackedOffset);
    if (ackedOffset === null || said === undefined) return;
    const left = said.filter((each) => each !== record);
    if (left.length === 0) this.saidAt.delete(ackedOffset);
    else this.saidAt.set(ackedOffset, left);
  }

  /** Those in memory at an offset, found or said. */
  at(offset: number): readonly LedgerRecord[] {
    const said = this.saidAt.get(offset) ?? [];
    const found = this.logAt.get(offset);
    return found === undefined || said.includes(found) ? said : [...said, found];
  }

  get state(): PartitionState {
    const { topic, partition, readTo, highWatermark, samples, retreats, reigns, truncations, cuts, groups } = this;
    return {
      topic,
      partition,
      readTo,
      highWatermark,
      samples,
      retreats: [...retreats],
      reigns: reigns.map((reign) => ({ ...reign })),
      truncations: [...truncations],
      cuts: [...cuts],
      groups: groups.map(({ group }) => group),
    };
  }
}

function sameMembers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((each) => b.includes(each));
}

/** Whether a replica of that epoch with that log end had the record. */
export function holds(record: LedgerRecord, epoch: number, logEnd: number): boolean {
  const offset = placeOf(record);
  if (offset === null || logEnd <= offset) return false;
  if (record.epoch === null || record.epoch === epoch) return true;
  // In a later reign the offset may be another record's, unless the log as it was read has it.
  return epoch > record.epoch && (record.copies ?? []).includes(offset);
}
