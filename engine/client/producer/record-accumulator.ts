/**
 * Batches that wait, by partition (`RecordAccumulator`): where a record is appended, which brokers have something to be
 * sent and why, what is drained for one of them, what has waited too long.
 *
 * Invariants: at most the last batch of a queue takes records; `buffer.memory` is held from a batch's creation until it
 * is settled; one batch of a partition goes into one request.
 */
import type { DurationMs, NodeId, PartitionIndex, TopicName } from '../../base/ids.ts';
import type { Random } from '../../env/index.ts';
import { type BatchOptions, Compression, estimatedBatchSize, type RecordInput } from '../../record/index.ts';
import { type ClusterClient, ExponentialBackoff } from '../cluster/index.ts';
import { BufferMemory } from './buffer-memory.ts';
import type { Idempotence } from './idempotence.ts';
import { PartitionQueue } from './partition-queue.ts';
import { type BatchForm, ProducerBatch, type Thunk } from './producer-batch.ts';
import type { BatchSendReason } from './producer-events.ts';
import { StickyPartitioner } from './sticky-partitioner.ts';

export interface AccumulatorOptions {
  readonly cluster: ClusterClient;
  readonly random: Random;
  readonly idempotence: Idempotence | null;
  readonly batchSize: number;
  readonly bufferMemory: number;
  readonly lingerMs: DurationMs;
  readonly retryBackoffMs: DurationMs;
  readonly retryBackoffMaxMs: DurationMs;
  readonly deliveryTimeoutMs: DurationMs;
  readonly adaptivePartitioning: boolean;
  readonly availabilityTimeoutMs: DurationMs;
  readonly compression: Pick<BatchOptions, 'compression' | 'compressionLevel' | 'codecs'>;
}

export interface ReadyCheck {
  /** Brokers with something to be sent now, by what made them so. */
  readonly nodes: Map<NodeId, BatchSendReason>;
  /** After which something more may be ready; infinite when nothing waits. */
  readonly nextCheckMs: DurationMs;
  readonly unknownLeaders: boolean;
}

interface TopicState {
  readonly queues: Map<PartitionIndex, PartitionQueue>;
  readonly sticky: StickyPartitioner;
  /** `CompressionRatioEstimator`. */
  ratio: number;
}

/** When a broker had something ready, and when it could take it, for `partitioner.availability.timeout.ms`. */
interface NodeLatency {
  readyMs: DurationMs;
  drainMs: DurationMs;
}

const ratioRise = 0.05;
const ratioFall = 0.005;

/** `AbstractRecords.estimateSizeInBytesUpperBound`. */
export function recordSizeUpperBound(record: RecordInput): number {
  return estimatedBatchSize(record) + 2;
}

export class RecordAccumulator {
  readonly memory: BufferMemory;
  readonly #options: AccumulatorOptions;
  readonly #backoff: ExponentialBackoff;
  readonly #topics = new Map<TopicName, TopicState>();
  /** Queues in which something waits. */
  readonly #active = new Set<PartitionQueue>();
  readonly #incomplete = new Set<ProducerBatch>();
  readonly #latencies = new Map<NodeId, NodeLatency>();
  readonly #drainIndex = new Map<NodeId, number>();
  flushes = 0;
  closed = false;
  /** Somebody waits for memory. */
  exhausted = false;

  constructor(options: AccumulatorOptions) {
    this.#options = options;
    this.memory = new BufferMemory(options.bufferMemory);
    this.#backoff = new ExponentialBackoff(options.retryBackoffMs, options.retryBackoffMaxMs, options.random);
  }

  get hasUndrained(): boolean {
    return this.#active.size > 0;
  }

  get incomplete(): ReadonlySet<ProducerBatch> {
    return this.#incomplete;
  }

  /** Null when there is none yet. */
  queue(topic: TopicName, partition: PartitionIndex): PartitionQueue | null {
    return this.#topics.get(topic)?.queues.get(partition) ?? null;
  }

  /**
   * Appends to the partition, or where the sticky partitioner says when it is null. Null when there is no memory for
   * the batch that it needs; `sendable` when the sender has something new to look at.
   */
  append(
    topic: TopicName,
    partition: PartitionIndex | null,
    thunk: Thunk,
    nowMs: DurationMs,
  ): { readonly sendable: boolean; readonly partition: PartitionIndex } | null {
    const state = this.#state(topic);
    const queue = partition === null ? this.#stickyQueue(topic, state) : queueOf(state, topic, partition);
    const open = queue.waiting.at(-1);
    const before = open?.estimatedBytes ?? 0;
    const appended = open !== undefined && open.tryAppend(thunk, nowMs);
    if (appended) {
      queue.appended++;
      if (partition === null) state.sticky.noteAppended(open.estimatedBytes - before, queue.allFull);
      return { sendable: queue.waiting.length > 1 || open.isFull, partition: queue.partition };
    }
    open?.closeForAppends();
    const bytes = Math.max(this.#options.batchSize, recordSizeUpperBound(thunk.record));
    if (!this.memory.tryAllocate(bytes)) return null;
    const batch = new ProducerBatch(queue, this.#form(state, bytes), nowMs, bytes);
    batch.tryAppend(thunk, nowMs);
    queue.appended++;
    queue.waiting.push(batch);
    this.#active.add(queue);
    this.#incomplete.add(batch);
    if (partition === null) state.sticky.noteAppended(batch.estimatedBytes, queue.allFull);
    return { sendable: true, partition: queue.partition };
  }

  /** `ready`: which brokers could be sent something, leaders as the metadata has them. */
  ready(nowMs: DurationMs): ReadyCheck {
    const nodes = new Map<NodeId, BatchSendReason>();
    let nextCheckMs = Number.POSITIVE_INFINITY;
    let unknownLeaders = false;
    for (const queue of this.#active) {
      const { first } = queue;
      const leader = this.#options.cluster.leader(queue.topic, queue.partition)?.id;
      if (first === undefined) continue;
      if (leader === undefined) unknownLeaders = true;
      else if (!nodes.has(leader) && !queue.muted) {
        const waitMs = this.#backoffMs(queue, first, nowMs);
        const reason = waitMs > 0 ? null : this.#reasonToSend(queue, first, nowMs);
        if (reason !== null) nodes.set(leader, reason);
        else nextCheckMs = Math.min(nextCheckMs, waitMs > 0 ? waitMs : this.#options.lingerMs - first.waitedMs(nowMs));
      }
    }
    this.#updateLoads();
    return { nodes, nextCheckMs, unknownLeaders };
  }

  /** One batch of each partition that the broker leads, up to `max.request.size`. Their bytes are built. */
  drain(node: NodeId, because: BatchSendReason, requestSizeMax: number, nowMs: DurationMs): ProducerBatch[] {
    const { cluster, idempotence } = this.#options;
    const queues = [...this.#active].filter(({ topic, partition }) => cluster.leader(topic, partition)?.id === node);
    const start = (this.#drainIndex.get(node) ?? 0) % Math.max(1, queues.length);
    const drained: ProducerBatch[] = [];
    let size = 0;
    for (let i = 0; i < queues.length; i++) {
      const queue = queues[(start + i) % queues.length];
      const first = queue?.first;
      if (queue === undefined || first === undefined || queue.muted) continue;
      if (this.#backoffMs(queue, first, nowMs) > 0) continue;
      if (drained.length > 0 && size + first.estimatedBytes > requestSizeMax) break;
      if (idempotence !== null && !idempotence.mayDrain(first)) continue;
      first.reason ??= this.#reasonToSend(queue, first, nowMs) ?? because;
      queue.waiting.shift();
      this.#noteWaiting(queue);
      idempotence?.assign(first);
      size += first.build().length;
      this.#learnRatio(first);
      drained.push(first);
    }
    this.#drainIndex.set(node, start + 1);
    return drained;
  }

  /** For another attempt. */
  requeue(batch: ProducerBatch, nowMs: DurationMs): void {
    batch.noteRequeued(nowMs);
    batch.queue.putBack(batch);
    this.#active.add(batch.queue);
  }

  /** A batch that the broker found too large goes again in smaller ones, as if they had not been tried. */
  splitAndRequeue(batch: ProducerBatch): void {
    const state = this.#state(batch.queue.topic);
    state.ratio = Math.max(1, batch.compressionRatio ?? 1);
    const parts = batch.split(this.#form(state, this.#options.batchSize));
    for (const part of parts.toReversed()) {
      this.#incomplete.add(part);
      if (part.hasSequence) part.queue.noteDrained(part);
      part.queue.putBack(part);
    }
    this.#active.add(batch.queue);
  }

  /** Batches that are older than `delivery.timeout.ms`, waiting or on their way; the waiting ones leave their queues. */
  takeExpired(nowMs: DurationMs): ProducerBatch[] {
    const expired: ProducerBatch[] = [];
    for (const batch of this.#incomplete) {
      if (!batch.hasReachedDeliveryTimeout(this.#options.deliveryTimeoutMs, nowMs)) break;
      expired.push(batch);
      batch.queue.remove(batch);
      this.#noteWaiting(batch.queue);
    }
    return expired;
  }

  /** Creation of what is longest unsettled; infinite when there is none. */
  get oldestMs(): DurationMs {
    for (const { createdMs } of this.#incomplete) return createdMs;
    return Number.POSITIVE_INFINITY;
  }

  /** The batch is settled (or was split): its memory is free. */
  release(batch: ProducerBatch): void {
    if (!this.#incomplete.delete(batch)) return;
    this.memory.release(batch.allocatedBytes);
    batch.queue.remove(batch);
    this.#noteWaiting(batch.queue);
  }

  /** `updateNodeLatencyStats`. */
  noteNode(node: NodeId, nowMs: DurationMs, canDrain: boolean): void {
    if (this.#options.availabilityTimeoutMs <= 0) return;
    const latency = this.#latencies.get(node) ?? { readyMs: nowMs, drainMs: nowMs };
    latency.readyMs = nowMs;
    if (canDrain) latency.drainMs = nowMs;
    this.#latencies.set(node, latency);
  }

  #state(topic: TopicName): TopicState {
    let state = this.#topics.get(topic);
    if (state === undefined) {
      const { cluster, random, batchSize } = this.#options;
      state = { queues: new Map(), sticky: new StickyPartitioner(topic, cluster, random, batchSize), ratio: 1 };
      this.#topics.set(topic, state);
    }
    return state;
  }

  #stickyQueue(topic: TopicName, state: TopicState): PartitionQueue {
    const queue = queueOf(state, topic, state.sticky.current());
    return state.sticky.switchIfDue(queue.allFull) ? queueOf(state, topic, state.sticky.current()) : queue;
  }

  #form(state: TopicState, sizeLimit: number): BatchForm {
    return { options: this.#options.compression, estimatedRatio: state.ratio, sizeLimit };
  }

  /** How long the queue's first batch has to wait before its next attempt. */
  #backoffMs(queue: PartitionQueue, first: ProducerBatch, nowMs: DurationMs): DurationMs {
    const known = this.#options.cluster.partition(queue.topic, queue.partition);
    if (known !== null) first.noteLeaderEpoch(known.leaderEpoch);
    if (first.attempts === 0 || first.leaderChangedForRetry) return 0;
    first.backoffMs ??= this.#backoff.delayMs(first.attempts - 1);
    return Math.max(0, first.backoffMs - first.waitedMs(nowMs));
  }

  /** Why the batch may go; null when it may still fill. */
  #reasonToSend(queue: PartitionQueue, first: ProducerBatch, nowMs: DurationMs): BatchSendReason | null {
    if (queue.waiting.length > 1 || first.isFull) return 'full';
    if (first.waitedMs(nowMs) >= this.#options.lingerMs) return 'linger';
    if (this.closed) return 'close';
    if (this.flushes > 0) return 'flush';
    return this.exhausted ? 'memory' : null;
  }

  #noteWaiting(queue: PartitionQueue): void {
    if (queue.waiting.length > 0) this.#active.add(queue);
    else this.#active.delete(queue);
  }

  #learnRatio(batch: ProducerBatch): void {
    if ((this.#options.compression.compression ?? Compression.none) === Compression.none) return;
    const state = this.#state(batch.queue.topic);
    const observed = batch.compressionRatio ?? 1;
    state.ratio =
      observed > state.ratio
        ? Math.max(state.ratio + ratioRise, observed)
        : Math.max(state.ratio - ratioFall, observed);
  }

  #updateLoads(): void {
    if (!this.#options.adaptivePartitioning) return;
    for (const [topic, { queues, sticky }] of this.#topics) {
      if (!sticky.inUse) continue;
      const { cluster } = this.#options;
      const total = cluster.topic(topic)?.partitions.length ?? 0;
      // Not before each partition has been used once: one that never was would not be chosen again.
      if (queues.size < total) sticky.updateLoad(null, true);
      else {
        const led = [...queues.values()].filter((queue) => cluster.leader(topic, queue.partition) !== null);
        const able = led.filter((queue) => this.#isAble(topic, queue));
        const loads = able.map(({ partition, waiting }) => ({ partition, length: waiting.length }));
        sticky.updateLoad(loads, able.length === queues.size);
      }
    }
  }

  #isAble(topic: TopicName, { partition }: PartitionQueue): boolean {
    const { cluster, availabilityTimeoutMs } = this.#options;
    if (availabilityTimeoutMs <= 0) return true;
    const latency = this.#latencies.get(cluster.leader(topic, partition)?.id ?? -1);
    return latency === undefined || latency.readyMs - latency.drainMs <= availabilityTimeoutMs;
  }
}

function queueOf(state: TopicState, topic: TopicName, partition: PartitionIndex): PartitionQueue {
  let queue = state.queues.get(partition);
  if (queue === undefined) {
    queue = new PartitionQueue(topic, partition);
    state.queues.set(partition, queue);
  }
  return queue;
}
