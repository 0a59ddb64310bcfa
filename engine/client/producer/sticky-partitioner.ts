/**
 * Partitions of records without a key (`BuiltInPartitioner`, KIP-794): one for a batch's worth of bytes, then another
 * by chance, those with shorter queues more often when `partitioner.adaptive.partitioning.enable`.
 */
import type { PartitionIndex, TopicName } from '../../base/ids.ts';
import type { Random } from '../../env/index.ts';
import type { ClusterClient } from '../cluster/index.ts';

/** Partitions and, in their order, running sums of how likely each is. */
interface Load {
  readonly partitions: readonly PartitionIndex[];
  readonly cumulative: readonly number[];
}

export class StickyPartitioner {
  readonly #topic: TopicName;
  readonly #cluster: ClusterClient;
  readonly #random: Random;
  readonly #stickyBytes: number;
  #current: PartitionIndex | null = null;
  #producedBytes = 0;
  #load: Load | null = null;

  /** `stickyBytes`: `batch.size`. */
  constructor(topic: TopicName, cluster: ClusterClient, random: Random, stickyBytes: number) {
    this.#topic = topic;
    this.#cluster = cluster;
    this.#random = random;
    this.#stickyBytes = Math.max(1, stickyBytes);
  }

  /** Whether it has chosen at all: without, nobody asks for the load. */
  get inUse(): boolean {
    return this.#current !== null;
  }

  /** The topic must be known. */
  current(): PartitionIndex {
    this.#current ??= this.#next();
    return this.#current;
  }

  /**
   * After an append to the current partition. While its batch is not full the switch waits, so as not to leave
   * fractions of batches behind, up to twice the bytes.
   */
  noteAppended(bytes: number, allBatchesFull: boolean): void {
    this.#producedBytes += bytes;
    const due = this.#producedBytes >= this.#stickyBytes && allBatchesFull;
    if (due || this.#producedBytes >= this.#stickyBytes * 2) this.switch();
  }

  /** Before an append: a switch that waited for the batch to be full. True when there was one. */
  switchIfDue(allBatchesFull: boolean): boolean {
    if (!allBatchesFull || this.#producedBytes < this.#stickyBytes) return false;
    this.switch();
    return true;
  }

  switch(): void {
    this.#producedBytes = 0;
    this.#current = this.#next();
  }

  /**
   * Queue lengths by partition; null: choose uniformly. `all`: none was left out for its broker's sake.
   */
  updateLoad(
    queues: readonly { readonly partition: PartitionIndex; readonly length: number }[] | null,
    all: boolean,
  ): void {
    this.#load = null;
    if (queues === null || queues.length === 0) return;
    const longest = Math.max(...queues.map(({ length }) => length));
    if (all && (queues.length < 2 || queues.every(({ length }) => length === longest))) return;
    let sum = 0;
    const cumulative = queues.map(({ length }) => (sum += longest + 1 - length));
    this.#load = { partitions: queues.map(({ partition }) => partition), cumulative };
  }

  #next(): PartitionIndex {
    const weighted = this.#load === null ? undefined : this.#weighted(this.#load);
    if (weighted !== undefined) return weighted;
    const partitions = this.#cluster.topic(this.#topic)?.partitions ?? [];
    const available = partitions.filter(({ leader }) => leader >= 0);
    const among = available.length > 0 ? available : partitions;
    return among[this.#random.integer(Math.max(1, among.length))]?.partition ?? 0;
  }

  #weighted({ partitions, cumulative }: Load): PartitionIndex | undefined {
    const draw = this.#random.integer(cumulative.at(-1) ?? 1);
    return partitions[cumulative.findIndex((sum) => sum > draw)];
  }
}
