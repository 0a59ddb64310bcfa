/**
 * A live tail: records of a topic or of one partition from now on, as they come. Four times a second it asks each leader
 * that is not being asked yet and yields what has come; a broker that does not answer holds back nobody but its own
 * partitions. Partitions that are added meanwhile are read from their beginning; where a leader moves, its successor is
 * read on from the same offset.
 *
 * Bounded: a request fetches at most `fetchBytesMax`, an update carries at most `updateRecordsMax` records (the newest;
 * the others count as skipped), and a partition that is more than `behindMax` records behind jumps to its end, which
 * counts what it leaves out as seen and skipped.
 */
import type { DurationMs, NodeId, Offset, PartitionIndex, TopicName } from '../../base/ids.ts';
import { brokerError, KafkaError, type ClusterClient } from '../../client/index.ts';
import type { RecordView, TailInput, TailUpdate } from '../../contract/queries.ts';
import { ErrorCode, errorName } from '../../protocol/index.ts';
import { CorruptRecordError, InvalidRecordError, iterateBatches, type RecordCodecs } from '../../record/index.ts';
import type { FetchedPartition, PartitionReader } from './partition-reader.ts';
import { containsText, readRecords } from './record-views.ts';

export const tailIntervalMs: DurationMs = 250;
const fetchBytesMax = 256 * 1024;
const updateRecordsMax = 200;
const behindMax = 20_000;

export interface LiveTailOptions {
  readonly cluster: ClusterClient;
  readonly reader: PartitionReader;
  readonly codecs: RecordCodecs;
  /** False when the tail is left: then it ends. */
  sleep(ms: DurationMs): Promise<boolean>;
}

export class LiveTail {
  readonly #options: LiveTailOptions;
  readonly #input: TailInput;
  readonly #needle: string;
  /** That were there when it began; later ones are new. Null before it has begun. */
  #first: ReadonlySet<PartitionIndex> | null = null;
  #wanted: readonly PartitionIndex[] = [];
  /** Next offset to read, by partition. */
  readonly #positions = new Map<PartitionIndex, Offset>();
  /** Brokers that have not answered yet. */
  readonly #asked = new Set<NodeId>();
  /** The newest answer of a broker, where it was an error. */
  readonly #errors = new Map<NodeId, string>();
  #records: RecordView[] = [];
  #seen = 0;
  #matched = 0;
  #skipped = 0;
  #error: string | null = null;

  constructor(options: LiveTailOptions, input: TailInput) {
    this.#options = options;
    this.#input = input;
    this.#needle = (input.contains ?? '').toLowerCase();
  }

  /** The first update tells that it has begun: what is written from then on is seen. Then one for each interval that brought something. */
  async *updates(): AsyncGenerator<TailUpdate, void, void> {
    let told: TailUpdate | null = null;
    do {
      await this.#ask();
      const update = this.#takeUpdate();
      const isNews = told === null ? this.#hasBegun || update.seen > 0 : update.seen !== told.seen;
      if (isNews || update.error !== (told?.error ?? null)) {
        yield update;
        told = update;
      }
    } while (await this.#options.sleep(tailIntervalMs));
  }

  get #hasBegun(): boolean {
    return this.#first !== null && this.#wanted.every((partition) => this.#positions.has(partition));
  }

  async #ask(): Promise<void> {
    const { cluster } = this.#options;
    this.#error = null;
    try {
      await this.#findPartitions();
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      this.#error = error.code;
    }
    const byLeader = this.#byLeader();
    for (const [leader, partitions] of byLeader) {
      if (this.#asked.has(leader)) continue;
      this.#asked.add(leader);
      void this.#readFrom(leader, partitions).finally(() => this.#asked.delete(leader));
    }
    for (const leader of this.#errors.keys()) if (!byLeader.has(leader)) this.#errors.delete(leader);
    const [problem = null] = this.#errors.values();
    const known = [...byLeader.values()].reduce((sum, partitions) => sum + partitions.length, 0);
    const leaderless = known < this.#wanted.length ? errorName(ErrorCode.LEADER_NOT_AVAILABLE) : null;
    this.#error ??= problem ?? leaderless;
    if (this.#error !== null) cluster.requestUpdate();
  }

  async #findPartitions(): Promise<void> {
    const { topic, partition } = this.#input;
    const known = await this.#options.reader.partitionsOf(topic);
    this.#wanted = partition === undefined ? known : known.filter((each) => each === partition);
    if (partition !== undefined && this.#wanted.length === 0) throw brokerError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    this.#first ??= new Set(this.#wanted);
    for (const each of this.#positions.keys()) if (!this.#wanted.includes(each)) this.#positions.delete(each);
  }

  #byLeader(): ReadonlyMap<NodeId, readonly PartitionIndex[]> {
    const found = new Map<NodeId, PartitionIndex[]>();
    for (const partition of this.#wanted) {
      const leader = this.#options.cluster.leader(this.#input.topic, partition);
      if (leader === null) continue;
      const partitions = found.get(leader.id);
      if (partitions === undefined) found.set(leader.id, [partition]);
      else partitions.push(partition);
    }
    return found;
  }

  async #readFrom(leader: NodeId, partitions: readonly PartitionIndex[]): Promise<void> {
    const { reader } = this.#options;
    const { topic } = this.#input;
    try {
      await this.#begin(leader, partitions);
      const positions = partitions.flatMap((partition) => {
        const offset = this.#positions.get(partition);
        return offset === undefined ? [] : [{ topic, partition, offset }];
      });
      const fetched = await reader.fetchFrom(leader, positions, fetchBytesMax);
      const problems = await Promise.all(fetched.map((each) => this.#take(leader, each)));
      const problem = problems.find((each) => each !== null);
      if (problem == null) this.#errors.delete(leader);
      else this.#errors.set(leader, problem);
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      this.#errors.set(leader, error.code);
    }
  }

  /** Partitions without a position get one: the end where they were there at first, else their beginning. */
  async #begin(leader: NodeId, partitions: readonly PartitionIndex[]): Promise<void> {
    const { reader } = this.#options;
    const missing = partitions.filter((partition) => !this.#positions.has(partition));
    const isNew = (partition: PartitionIndex): boolean => this.#first?.has(partition) === false;
    for (const partition of missing) if (isNew(partition)) this.#positions.set(partition, 0);
    const first = missing.filter((partition) => !isNew(partition));
    if (first.length === 0) return;
    const ends = await reader.endsAt(leader, this.#input.topic, first);
    for (const { partition, offset } of ends) {
      if (!this.#positions.has(partition)) this.#positions.set(partition, offset);
    }
    if (ends.length < first.length) this.#options.cluster.requestUpdate();
  }

  /** What went wrong with the partition; null when nothing did. */
  async #take(leader: NodeId, fetched: FetchedPartition): Promise<string | null> {
    const { partition, errorCode, highWatermark } = fetched;
    const position = this.#positions.get(partition) ?? 0;
    if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) return this.#goOnWithin(leader, partition, position);
    if (errorCode !== ErrorCode.NONE) return errorName(errorCode);
    try {
      const next = this.#read(fetched, position);
      const behind = highWatermark - next;
      const jump = behind > behindMax ? behind : 0;
      this.#seen += jump;
      this.#skipped += jump;
      this.#positions.set(partition, next + jump);
      return null;
    } catch (error) {
      if (!(error instanceof CorruptRecordError) && !(error instanceof InvalidRecordError)) throw error;
      this.#positions.set(partition, Math.max(position, highWatermark));
      return errorName(ErrorCode.CORRUPT_MESSAGE);
    }
  }

  /** Offers what is new and returns where to go on. Batches that would be left out anyway are counted, not decoded. */
  #read({ topic, partition, records }: FetchedPartition, position: Offset): Offset {
    const batches = [...iterateBatches(records)].filter((batch) => batch.lastOffset >= position);
    let from = position;
    if (this.#needle === '') {
      let kept = 0;
      let first = batches.length;
      while (first > 0 && kept < updateRecordsMax) kept += batches[--first]?.recordCount ?? 0;
      for (const { recordCount, nextOffset } of batches.slice(0, first)) {
        this.#seen += recordCount;
        this.#matched += recordCount;
        this.#skipped += recordCount;
        from = nextOffset;
      }
    }
    const { codecs } = this.#options;
    const { nextOffset } = readRecords(records, from, { topic, partition, codecs }, (_cursor, view) => {
      this.#seen += 1;
      this.#offer(view());
      return true;
    });
    return Math.max(position, nextOffset ?? position);
  }

  /** The log was cut, or began anew: on from where it is now. */
  async #goOnWithin(leader: NodeId, partition: PartitionIndex, position: Offset): Promise<null> {
    const topic: TopicName = this.#input.topic;
    const [start] = await this.#options.reader.startsAt(leader, topic, [partition]);
    const [end] = await this.#options.reader.endsAt(leader, topic, [partition]);
    if (start !== undefined && end !== undefined) {
      this.#positions.set(partition, Math.min(Math.max(position, start.offset), end.offset));
    }
    return null;
  }

  #offer(view: RecordView): void {
    if (this.#needle !== '' && !containsText(view, this.#needle)) return;
    this.#matched += 1;
    this.#records.push(view);
    if (this.#records.length > updateRecordsMax * 2) this.#cut();
  }

  #cut(): void {
    const left = Math.max(0, this.#records.length - updateRecordsMax);
    this.#skipped += left;
    this.#records = this.#records.slice(left);
  }

  #takeUpdate(): TailUpdate {
    this.#cut();
    // Partitions are read one after the other; people read by time.
    const records = this.#records.sort((a, b) => a.timestampMs - b.timestampMs || a.offset - b.offset);
    this.#records = [];
    return { records, seen: this.#seen, matched: this.#matched, skipped: this.#skipped, error: this.#error };
  }
}
