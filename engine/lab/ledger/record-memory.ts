/**
 * Records in memory: the newest ones and those that something is awaited for, found by row, by content and by place. What
 * changed is counted at once and put into the store by and by; what is let go of comes back from there when it is asked for.
 */
import { Cells } from './cells.ts';
import { fateOf, isSettled, placeOf, type LedgerRecord } from './ledger-record.ts';
import type { Example, RecordStore, StoredRecord } from './ledger-state.ts';
import { PartitionLedger } from './partition-ledger.ts';

const examplesMax = 500;

export class RecordMemory {
  readonly partitions = new Map<string, PartitionLedger>();
  readonly cells: Cells;
  readonly examples = new Map<string, Example>();
  readonly #store: RecordStore;
  readonly #hotMax: number;
  /** In the order of sending. */
  readonly #hot = new Map<number, LedgerRecord>();
  readonly #byCrc = new Map<number, LedgerRecord[]>();
  readonly #dirty = new Set<LedgerRecord>();
  #hasLetGo = false;

  constructor(store: RecordStore, hotMax: number) {
    this.#store = store;
    this.#hotMax = hotMax;
    this.cells = new Cells((topic, partition) => this.partitions.get(`${topic}-${partition}`)?.groups ?? []);
  }

  /** Some records are in the store alone. */
  get hasLetGo(): boolean {
    return this.#hasLetGo;
  }

  get records(): Iterable<LedgerRecord> {
    return this.#hot.values();
  }

  partition(topic: string, partition: number): PartitionLedger {
    const key = `${topic}-${partition}`;
    let known = this.partitions.get(key);
    if (known === undefined) {
      known = new PartitionLedger(topic, partition);
      this.partitions.set(key, known);
    }
    return known;
  }

  add(record: LedgerRecord): void {
    this.#hot.set(record.row, record);
    this.changed(record);
  }

  /** It has its partition and timestamp: from now on it is known by its content. */
  index(record: LedgerRecord): void {
    const same = this.#byCrc.get(record.crc);
    if (same === undefined) this.#byCrc.set(record.crc, [record]);
    else same.push(record);
  }

  /**
   * The record that a log entry is; null for one that no lab producer sent, or that is not told of yet. Of several that
   * look the same one that is known to be there, else one that `suits`, else one without a place.
   */
  identify(
    partition: PartitionLedger,
    offset: number,
    createMs: number,
    crc: number,
    suits: (record: LedgerRecord) => boolean = hasNoCopy,
  ): LedgerRecord | null {
    const fits = (record: LedgerRecord): boolean =>
      record.crc === crc &&
      record.topic === partition.topic &&
      record.partition === partition.partition &&
      (createMs < 0 || record.createMs === createMs);
    const here = partition.at(offset).find(fits);
    if (here !== undefined) return here;
    const hot = this.#byCrc.get(crc)?.filter(fits) ?? [];
    const found = hot.find(suits) ?? hot.find(hasNoCopy) ?? hot[0];
    if (found !== undefined) return found;
    if (!this.#hasLetGo) return null;
    const stored = this.#store.withCrc(partition.topic, crc).find((each) => fits(each.record));
    return stored === undefined ? null : this.#recall(stored);
  }

  /** Brings back those with a place in `[from, to)`. */
  recallPlaced(topic: string, partition: number, from: number, to: number): void {
    if (!this.#hasLetGo) return;
    for (const stored of this.#store.placedAt(topic, partition, from, to)) this.#recall(stored);
  }

  /** Counts it as it is now; the store gets it later. */
  changed(record: LedgerRecord): void {
    this.#dirty.add(record);
    this.cells.count(record);
    const fate = fateOf(record);
    const key = `row ${record.row}`;
    if (fate === 'lost' || fate === 'duplicated')
      this.addExample(key, fate, record, fate === 'lost' ? (record.lostMs ?? record.sentMs) : record.sentMs, '');
    else if (this.examples.size > 0) this.examples.delete(key);
  }

  addExample(key: string, kind: Example['kind'], record: LedgerRecord, atMs: number, suffix: string): void {
    if (this.examples.size >= examplesMax && !this.examples.has(key)) return;
    const place = kind === 'duplicated' ? record.copies?.join(', ') : placeOf(record);
    const { producer, topic, partition } = record;
    const text = `${topic}-${partition ?? '?'}@${place ?? '?'} (${producer} #${record.number})${suffix}`;
    this.examples.set(key, { kind, atMs, producer, topic, partition, text });
  }

  addPassed(record: LedgerRecord, group: string, atMs: number): void {
    this.addExample(passedKey(record, group), 'passed-over', record, atMs, ` ${group}`);
  }

  /** A group has got it after all, or it has no place any more. */
  dropPassed(record: LedgerRecord, group: string): void {
    this.examples.delete(passedKey(record, group));
  }

  #recall(stored: StoredRecord): LedgerRecord {
    const known = this.#hot.get(stored.record.row);
    if (known !== undefined) return known;
    const { record, groups } = stored;
    this.#hot.set(record.row, record);
    this.cells.recall(record, groups);
    this.index(record);
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
    this.#hasLetGo = true;
    this.#hot.delete(record.row);
    this.cells.leave(record.row);
    const same = this.#byCrc.get(record.crc)?.filter((each) => each !== record) ?? [];
    if (same.length === 0) this.#byCrc.delete(record.crc);
    else this.#byCrc.set(record.crc, same);
    if (record.partition !== null) this.partitions.get(`${record.topic}-${record.partition}`)?.forget(record);
  }
}

function hasNoCopy({ copies }: LedgerRecord): boolean {
  return copies === null || copies.length === 0;
}

function passedKey({ row }: LedgerRecord, group: string): string {
  return `passed ${row} ${group}`;
}
