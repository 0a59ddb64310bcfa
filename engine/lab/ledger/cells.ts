/**
 * Counts of the ledger: one cell for each producer, its promises (`acks`, idempotence) and partition that it wrote (and one for
 * records without a partition yet). A record counts by what it is; when that changes, its old contribution goes and the new one comes, so that counts
 * are sums over records whatever was dropped from the file since.
 */
import type { Acks } from '../../contract/clients.ts';
import { countBits, countNames, countsOf, type Counts, type LedgerRecord } from './ledger-record.ts';

export interface GroupCounts {
  readonly group: string;
  /** Readable since the group began to read the partition. */
  owed: number;
  read: number;
  /** The group committed behind it and never got it. */
  passed: number;
}

/** Plain data: it is stored as it is. */
export interface CellState {
  readonly producer: string;
  readonly acks: Acks;
  readonly idempotent: boolean;
  readonly topic: string;
  readonly partition: number | null;
  readonly counts: Counts;
  readonly groups: readonly GroupCounts[];
  /** Batches that were tried again, in records. */
  readonly retried: number;
  readonly leftOut: number;
  /** Acknowledgements of `acks=all` by what the ISR was then. */
  readonly isr: { readonly checked: number; readonly below: number; readonly unknown: number };
  /** When the oldest acknowledged record that is not read yet was acknowledged; null for none. */
  readonly unreadSinceMs: number | null;
  /** Since when the oldest record that some group has not got is readable. */
  readonly owedSinceMs: number | null;
}

/** As a record counted last. */
export interface Counted {
  readonly cell: Cell;
  readonly bits: number;
  /** By group: `o`wed, `r`ead, `p`assed over. */
  readonly groups: string;
}

/** Records that are owed to a group are kept by name up to so many; beyond, their age is that of the oldest of these. */
const owedMax = 20_000;

export class Cell {
  readonly producer: string;
  readonly topic: string;
  readonly partition: number | null;
  readonly acks: Acks;
  readonly idempotent: boolean;
  readonly counts: Counts = Object.fromEntries(countNames.map((name) => [name, 0])) as Counts;
  readonly groups = new Map<string, GroupCounts>();
  retried = 0;
  leftOut = 0;
  readonly isr = { checked: 0, below: 0, unknown: 0 };
  /** Rows in the order in which they began to wait, with that time. */
  readonly unread = new Map<number, number>();
  readonly owed = new Map<number, number>();

  constructor(producer: string, acks: Acks, idempotent: boolean, topic: string, partition: number | null) {
    this.producer = producer;
    this.acks = acks;
    this.idempotent = idempotent;
    this.topic = topic;
    this.partition = partition;
  }

  /** From what a record counted to what it counts. */
  change(was: number, now: number): void {
    let changed = was ^ now;
    for (let index = 0; changed !== 0; index++, changed >>>= 1) {
      if ((changed & 1) !== 0) this.counts[countNames[index]!] += (now & (1 << index)) === 0 ? -1 : 1;
    }
  }

  addGroups(names: readonly string[], groups: string, by: 1 | -1): void {
    for (const [index, name] of names.entries()) {
      const status = groups[index];
      if (status === undefined || status === '-') continue;
      let counts = this.groups.get(name);
      if (counts === undefined) {
        counts = { group: name, owed: 0, read: 0, passed: 0 };
        this.groups.set(name, counts);
      }
      counts.owed += by;
      if (status === 'r') counts.read += by;
      if (status === 'p') counts.passed += by;
    }
  }

  get state(): CellState {
    const { producer, acks, idempotent, topic, partition, counts, retried, leftOut, isr } = this;
    const first = (waits: ReadonlyMap<number, number>): number | null => waits.values().next().value ?? null;
    return {
      producer,
      acks,
      idempotent,
      topic,
      partition,
      counts: { ...counts },
      groups: [...this.groups.values()].map((group) => ({ ...group })),
      retried,
      leftOut,
      isr: { ...isr },
      unreadSinceMs: first(this.unread),
      owedSinceMs: first(this.owed),
    };
  }
}

/** A group as a partition knows it: its first offset there. */
export interface PartitionGroup {
  readonly group: string;
  start: number;
}

export class Cells {
  readonly #cells = new Map<string, Cell>();
  readonly #counted = new Map<number, Counted>();
  /** Of each partition, in the order in which they began; only ever grows. */
  readonly groupsOf: (topic: string, partition: number) => readonly PartitionGroup[];

  constructor(groupsOf: Cells['groupsOf']) {
    this.groupsOf = groupsOf;
  }

  get states(): readonly CellState[] {
    return [...this.#cells.values()].map(({ state }) => state);
  }

  cell(of: Pick<LedgerRecord, 'producer' | 'acks' | 'idempotent' | 'topic' | 'partition'>): Cell {
    const key = `${of.producer} ${of.topic} ${of.partition ?? ''} ${of.acks} ${of.idempotent}`;
    let cell = this.#cells.get(key);
    if (cell === undefined) {
      cell = new Cell(of.producer, of.acks, of.idempotent, of.topic, of.partition);
      this.#cells.set(key, cell);
    }
    return cell;
  }

  /** Counts the record as it is now. */
  count(record: LedgerRecord): void {
    const was = this.#counted.get(record.row);
    const cell = was?.cell.partition === record.partition ? was.cell : this.cell(record);
    const bits = countsOf(record);
    const known = record.partition === null ? [] : this.groupsOf(record.topic, record.partition);
    let groups = '';
    for (const group of known) groups += statusOf(record, group);
    const isSameCell = was !== undefined && was.cell === cell;
    if (isSameCell && was.bits === bits && was.groups === groups) return;
    if (was !== undefined && !isSameCell) {
      was.cell.change(was.bits, 0);
      forget(was.cell, record.row);
    }
    cell.change(isSameCell ? was.bits : 0, bits);
    if (was === undefined || !isSameCell || was.groups !== groups) {
      const names = known.map(({ group }) => group);
      if (was !== undefined) was.cell.addGroups(names, was.groups, -1);
      cell.addGroups(names, groups, 1);
    }
    this.#wait(cell, record, bits, groups);
    this.#counted.set(record.row, { cell, bits, groups });
  }

  #wait(cell: Cell, record: LedgerRecord, bits: number, groups: string): void {
    const isUnread = (bits & countBits.unread) !== 0;
    if (!isUnread) cell.unread.delete(record.row);
    else if (!cell.unread.has(record.row)) cell.unread.set(record.row, record.ackedMs ?? record.sentMs);
    record.unread = groups.includes('o');
    if (!record.unread) cell.owed.delete(record.row);
    else if (!cell.owed.has(record.row) && cell.owed.size < owedMax)
      cell.owed.set(record.row, record.readableMs ?? record.sentMs);
  }

  /** How it stands to the partition's groups, as counted. */
  groupsText(row: number): string {
    return this.#counted.get(row)?.groups ?? '';
  }

  /** It leaves memory as it is; {@link recall} when it comes back. */
  leave(row: number): void {
    this.#counted.delete(row);
  }

  /** A record that was counted before it left, with its {@link groupsText} of then. */
  recall(record: LedgerRecord, groups: string): void {
    this.#counted.set(record.row, { cell: this.cell(record), bits: countsOf(record), groups });
  }
}

function forget(cell: Cell, row: number): void {
  cell.unread.delete(row);
  cell.owed.delete(row);
}

/** What a record is to a group that reads its partition; `-`: nothing. */
function statusOf(record: LedgerRecord, { group, start }: PartitionGroup): 'o' | 'r' | 'p' | '-' {
  const read = record.reads.find((each) => each.group === group);
  if (read !== undefined && read.times > 0) return 'r';
  const offset = record.copies?.[0];
  if (offset === undefined || record.readableMs === null || record.gone !== null || offset < start) return '-';
  return read === undefined ? 'o' : 'p';
}
