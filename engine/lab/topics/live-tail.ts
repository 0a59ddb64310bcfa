/**
 * A live tail: records of a topic or of one partition from now on, as they come. It asks the leaders four times a second
 * and yields what came, at most once per round. Partitions that are added meanwhile are read from their beginning; a
 * leader that moves or dies is waited for and its successor read on from the same offset.
 *
 * Bounded: a round fetches at most `roundBytesMax` per leader, an update carries at most `updateRecordsMax` records (the
 * newest; the others count as skipped), and a tail that is more than `behindMax` records late jumps to the end, which
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
const roundBytesMax = 256 * 1024;
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
  /** Next offset to read, by partition. */
  readonly #positions = new Map<PartitionIndex, Offset>();
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

  /** The first update tells that it has begun; then one for each round that brought something. */
  async *updates(): AsyncGenerator<TailUpdate, void, void> {
    let told: TailUpdate | null = null;
    do {
      await this.#round();
      const update = this.#takeUpdate();
      if (told === null || update.seen !== told.seen || update.error !== told.error) {
        yield update;
        told = update;
      }
    } while (await this.#options.sleep(tailIntervalMs));
  }

  async #round(): Promise<void> {
    const { cluster } = this.#options;
    try {
      await this.#findPartitions();
      const read = await Promise.all(
        [...this.#byLeader()].map(([leader, partitions]) => this.#readFrom(leader, partitions)),
      );
      const problems = read.flat().filter((error) => error !== null);
      this.#error = problems[0] ?? this.#leaderless();
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      this.#error = error.code;
    }
    if (this.#error !== null) cluster.requestUpdate();
  }

  /** New partitions get a position: the end when the tail begins, their own beginning later. */
  async #findPartitions(): Promise<void> {
    const { reader } = this.#options;
    const { topic, partition } = this.#input;
    const known = await reader.partitionsOf(topic);
    const wanted = partition === undefined ? known : known.filter((each) => each === partition);
    if (partition !== undefined && wanted.length === 0) throw brokerError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    for (const each of this.#positions.keys()) if (!wanted.includes(each)) this.#positions.delete(each);
    const begins = this.#positions.size === 0;
    for (const each of wanted) {
      if (this.#positions.has(each)) continue;
      this.#positions.set(each, begins ? (await reader.bounds(topic, each)).highWatermark : 0);
    }
  }

  #byLeader(): ReadonlyMap<NodeId, readonly PartitionIndex[]> {
    const found = new Map<NodeId, PartitionIndex[]>();
    for (const partition of this.#positions.keys()) {
      const leader = this.#options.cluster.leader(this.#input.topic, partition);
      if (leader === null) continue;
      const partitions = found.get(leader.id);
      if (partitions === undefined) found.set(leader.id, [partition]);
      else partitions.push(partition);
    }
    return found;
  }

  #leaderless(): string | null {
    const { cluster } = this.#options;
    const without = [...this.#positions.keys()].some((each) => cluster.leader(this.#input.topic, each) === null);
    return without ? errorName(ErrorCode.LEADER_NOT_AVAILABLE) : null;
  }

  /** What went wrong with each of them; null where nothing did. */
  async #readFrom(leader: NodeId, partitions: readonly PartitionIndex[]): Promise<readonly (string | null)[]> {
    const { topic } = this.#input;
    const positions = partitions.map((partition) => ({
      topic,
      partition,
      offset: this.#positions.get(partition) ?? 0,
    }));
    try {
      const fetched = await this.#options.reader.fetchFrom(leader, positions, roundBytesMax);
      return await Promise.all(fetched.map((each) => this.#take(topic, each)));
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      return [error.code];
    }
  }

  async #take(topic: TopicName, fetched: FetchedPartition): Promise<string | null> {
    const { partition, errorCode } = fetched;
    const position = this.#positions.get(partition) ?? 0;
    if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) return this.#goOnWithin(topic, partition, position);
    if (errorCode !== ErrorCode.NONE) return errorName(errorCode);
    const behind = (next: Offset): number => Math.max(0, fetched.highWatermark - next);
    try {
      const next = this.#read(fetched, position);
      const jump = behind(next) > behindMax ? behind(next) : 0;
      this.#seen += jump;
      this.#skipped += jump;
      this.#positions.set(partition, next + jump);
      return null;
    } catch (error) {
      if (!(error instanceof CorruptRecordError) && !(error instanceof InvalidRecordError)) throw error;
      this.#positions.set(partition, fetched.highWatermark);
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
    return nextOffset ?? position;
  }

  /** The log was cut, or began anew: on from where it is now. */
  async #goOnWithin(topic: TopicName, partition: PartitionIndex, position: Offset): Promise<null> {
    const { logStartOffset, highWatermark } = await this.#options.reader.bounds(topic, partition);
    this.#positions.set(partition, Math.min(Math.max(position, logStartOffset), highWatermark));
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
