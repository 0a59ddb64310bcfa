/**
 * All replicas that this broker holds (the job of Kafka's `ReplicaManager`): takes on roles from metadata, serves appends
 * and reads over several partitions, keeps what has to wait, and copies what it follows.
 *
 * Invariants: metadata is applied in order; the image is in force before any role changes; an append is acknowledged with
 * acks=all only when every in-sync replica has it; checkpoints of the high watermark never claim more than was known.
 *
 * Left to others: one partition's rules (partition.ts, leader-term.ts), copying from one leader (fetcher.ts), the wire
 * (engine/broker/handlers), recovering and deleting logs (engine/storage).
 */
import type {
  BrokerEpoch,
  DurationMs,
  NodeId,
  Offset,
  PartitionIndex,
  TopicName,
  TopicPartitionKey,
  Uuid,
} from '../base/ids.ts';
import { topicPartitionKey } from '../base/ids.ts';
import { zeroUuid } from '../base/uuid.ts';
import { DiskError } from '../env/index.ts';
import type { Env, Timer } from '../env/index.ts';
import { configResourceType, emptyMetadataImage } from '../metadata/index.ts';
import type { LocalPartition, MetadataDelta, MetadataImage } from '../metadata/index.ts';
import { ErrorCode } from '../protocol/index.ts';
import type { AppendOrigin, AppendResult, LogConfig, LogDirectory } from '../storage/index.ts';
import type { AlterPartitionSender } from './alter-partition.ts';
import { outcomeOf, refusal } from './append-outcome.ts';
import type { AppendEntry, AppendOutcome } from './append-outcome.ts';
import { DelayedAppend } from './delayed-append.ts';
import { DelayedDeletion } from './delayed-deletion.ts';
import type { DeletionOutcome } from './delayed-deletion.ts';
import { DelayedFetch } from './delayed-fetch.ts';
import { Deadlines } from './delayed-operation.ts';
import type { DelayedOperation } from './delayed-operation.ts';
import type { FetcherChannel } from './fetcher.ts';
import { Following } from './following.ts';
import { Partition } from './partition.ts';
import type { PartitionListener } from './partition.ts';
import type { PartitionContext } from './partition-context.ts';
import type { FetchParameters, PartitionFetch } from './partition-fetch.ts';
import { sampleReplica } from './replica-sample.ts';
import type { ReplicaSample } from './replica-sample.ts';
import type { ReplicationSettings } from './settings.ts';
import { ReplicaTraffic } from './traffic.ts';

export interface ReplicasOptions {
  readonly nodeId: NodeId;
  readonly env: Pick<Env, 'clock' | 'tracer'>;
  readonly logs: LogDirectory;
  readonly settings: ReplicationSettings;
  /** Settings of a topic's logs under this metadata. */
  readonly logConfig: (topic: TopicName, image: MetadataImage) => LogConfig;
  /** Of this broker; -1 until it is registered. */
  readonly brokerEpoch: () => BrokerEpoch;
  readonly alterPartition: AlterPartitionSender;
  /** Name of the listener through which brokers reach each other. */
  readonly interBrokerListener: string;
  readonly connect: (source: NodeId, host: string, port: number) => FetcherChannel;
  /** A log failed; Kafka halts a broker that has no other log directory. */
  readonly onStorageFault?: (fault: DiskError) => void;
}

export interface AppendOptions {
  /** -1: all in-sync replicas; 0 or 1: this one. */
  readonly requiredAcks: number;
  readonly timeoutMs: DurationMs;
  readonly origin: AppendOrigin;
}

export interface DeletionEntry {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  /** -1: up to the high watermark. */
  readonly offset: Offset;
}

export class Replicas {
  readonly traffic = new ReplicaTraffic();
  readonly #options: ReplicasOptions;
  readonly #context: PartitionContext;
  readonly #partitions = new Map<TopicPartitionKey, Partition>();
  readonly #deadlines: Deadlines;
  readonly #following: Following;
  readonly #timers: Timer[] = [];
  #image: MetadataImage = emptyMetadataImage;
  /** Partitions whose delayed operations are to be checked. */
  #awake = new Set<Partition>();
  #checkScheduled = false;
  #inControlledShutdown = false;
  /** Not copied any more, as this broker is about to stop. */
  readonly #parked = new Set<Partition>();
  #stopped = false;

  constructor(options: ReplicasOptions) {
    this.#options = options;
    const { nodeId, env, settings } = options;
    this.#deadlines = new Deadlines(env.clock);
    this.#context = {
      nodeId,
      clock: env.clock,
      tracer: env.tracer,
      lagTimeMaxMs: settings.lagTimeMaxMs,
      alterPartition: options.alterPartition,
      image: () => this.#image,
      brokerEpoch: options.brokerEpoch,
      wake: (partition) => this.#wake(partition),
    };
    this.#following = new Following({
      nodeId,
      clock: env.clock,
      tracer: env.tracer,
      settings,
      brokerEpoch: options.brokerEpoch,
      listener: options.interBrokerListener,
      connect: options.connect,
      onStorageFault: (fault) => options.onStorageFault?.(fault),
    });
  }

  /** Begins to check ISRs and to write checkpoints. */
  start(): void {
    const { clock } = this.#options.env;
    const { lagTimeMaxMs, highWatermarkCheckpointIntervalMs } = this.#options.settings;
    this.#timers.push(
      clock.every(lagTimeMaxMs / 2, () => this.#shrinkIsrs()),
      clock.every(highWatermarkCheckpointIntervalMs, () => this.checkpointHighWatermarks()),
    );
  }

  /** Stops copying and serving; who waits is answered with what there is. The logs are not closed. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const timer of this.#timers) timer.cancel();
    this.#following.stop();
    this.#deadlines.expireAll();
    this.#deadlines.stop();
    for (const partition of this.#partitions.values()) partition.term?.end();
    this.checkpointHighWatermarks();
  }

  /** From now on, partitions without a leader or with this broker out of the ISR are not copied any more. */
  beginControlledShutdown(): void {
    this.#inControlledShutdown = true;
  }

  /** Record bytes copied from leaders since the start. */
  get bytesCopied(): number {
    return this.#following.bytesIn;
  }

  get image(): MetadataImage {
    return this.#image;
  }

  partition(topic: TopicName, partition: PartitionIndex): Partition | null {
    return this.#partitions.get(topicPartitionKey(topic, partition)) ?? null;
  }

  /** The replica, or why there is none. */
  find(topic: TopicName, partition: PartitionIndex): Partition | ErrorCode {
    const found = this.#partitions.get(topicPartitionKey(topic, partition));
    if (found !== undefined) return found;
    return this.#image.topics.byName.get(topic)?.partitions.has(partition) === true
      ? ErrorCode.NOT_LEADER_OR_FOLLOWER
      : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  }

  partitions(): IterableIterator<Partition> {
    return this.#partitions.values();
  }

  /** Null when this broker holds no such replica. */
  addListener(topic: TopicName, partition: PartitionIndex, listener: PartitionListener): (() => void) | null {
    return this.partition(topic, partition)?.addListener(listener) ?? null;
  }

  sample(): ReplicaSample[] {
    const samples: ReplicaSample[] = [];
    const { clock } = this.#options.env;
    const epochMs = clock.precise() - clock.monotonic();
    for (const partition of this.#partitions.values()) samples.push(sampleReplica(partition, epochMs));
    return samples;
  }

  /**
   * Takes on what changed. The first image must be as of the log's end when this broker started (as Kafka's loader
   * publishes it): history replayed step by step would leave traces in the leader epochs.
   */
  apply(delta: MetadataDelta, image: MetadataImage): void {
    this.#image = image;
    const changes = delta.topics.localChanges(this.#options.nodeId);
    for (const gone of changes.deletes) this.#drop(gone.topic, gone.partition, gone.topicId);
    let checkpoint: ReadonlyMap<TopicPartitionKey, Offset> | null = null;
    const checkpointed = (): ReadonlyMap<TopicPartitionKey, Offset> =>
      (checkpoint ??= this.#options.logs.readHighWatermarks());
    for (const local of changes.leaders) this.#lead(local, checkpointed);
    for (const local of changes.followers) this.#follow(local, checkpointed);
    this.#applyConfigs(delta);
    if (delta.cluster.changed.size > 0) this.#applyBrokers(image);
    this.#following.stopIdle();
    this.#checkAwake();
  }

  /**
   * Sets logs aside that the metadata does not give to this broker (any more). Only for an image that is known to be
   * complete.
   */
  removeStrays(): void {
    const { logs, nodeId, env } = this.#options;
    for (const log of [...logs.logs()]) {
      const topic = this.#image.topics.byName.get(log.topic);
      const registration = topic?.partitions.get(log.partition);
      const sameTopic = log.topicId === null || log.topicId === topic?.id;
      if (sameTopic && registration?.replicas.includes(nodeId) === true) continue;
      env.tracer.log('warn', 'ReplicaManager', `Found stray log ${log.name}: the metadata does not assign it here.`);
      logs.removeStray(log.name);
    }
  }

  checkpointHighWatermarks(): void {
    const highWatermarks = new Map<TopicPartitionKey, Offset>();
    for (const partition of this.#partitions.values()) highWatermarks.set(partition.key, partition.log.highWatermark);
    try {
      this.#options.logs.writeHighWatermarks(highWatermarks);
    } catch (fault) {
      this.#storageFault(fault);
    }
  }

  /** Appends as leader of each partition. The answer comes at once unless it has to wait for followers. */
  append(
    entries: readonly AppendEntry[],
    options: AppendOptions,
  ): readonly AppendOutcome[] | Promise<readonly AppendOutcome[]> {
    const outcomes: AppendOutcome[] = [];
    const appended: { partition: Partition; outcome: AppendOutcome }[] = [];
    for (const entry of entries) {
      const partition = this.#findFor(entry.topic, entry.partition, entry.topicId ?? zeroUuid);
      const result =
        typeof partition === 'number'
          ? refusal(partition)
          : this.#appendTo(partition, entry.records, options.requiredAcks, options.origin);
      const outcome = outcomeOf(entry, result, typeof partition === 'number' ? null : partition.log.logStartOffset);
      outcomes.push(outcome);
      if (typeof partition !== 'number' && result.kind === 'appended') appended.push({ partition, outcome });
    }
    if (options.requiredAcks !== -1 || appended.length === 0) return outcomes;
    return this.#awaitReplication(outcomes, appended, options.timeoutMs);
  }

  /** Appends one batch without waiting; for coordinators, who wait for the high watermark themselves. */
  appendTo(partition: Partition, records: Uint8Array, origin: AppendOrigin): AppendResult {
    return this.#appendTo(partition, records, -1, origin);
  }

  /** Reads into `fetches`, and calls `respond` once: now, when there is enough, or when the time is over. */
  fetch(parameters: FetchParameters, fetches: readonly PartitionFetch[], respond: () => void): void {
    const bytes = this.#readAll(parameters, fetches, true);
    if (parameters.replicaId >= 0) this.#checkAwake();
    if (bytes >= parameters.minBytes || parameters.maxWaitMs <= 0 || this.#stopped) return respond();
    for (const fetch of fetches) if (fetch.isFailed || fetch.divergingEpoch !== null) return respond();
    const operation = new DelayedFetch(parameters, fetches, (waited) => {
      this.#readAll(parameters, waited, false);
      respond();
    });
    if (operation.tryFinish()) return;
    operation.watch();
    this.#deadlines.watch(operation, parameters.maxWaitMs);
  }

  /** Moves log start offsets, and waits until all live replicas did. */
  deleteRecords(entries: readonly DeletionEntry[], timeoutMs: DurationMs): Promise<readonly DeletionOutcome[]> {
    return new Promise((resolve) => {
      const outcomes: DeletionOutcome[] = [];
      const operation = new DelayedDeletion(outcomes, resolve);
      for (const { topic, partition, offset } of entries) {
        const outcome: DeletionOutcome = { topic, partition, error: ErrorCode.NONE, lowWatermark: -1 };
        outcomes.push(outcome);
        const found = this.find(topic, partition);
        const result = typeof found === 'number' ? { error: found } : this.#deleteFrom(found, offset);
        if ('error' in result) outcome.error = result.error;
        else operation.await(found as Partition, result.requestedOffset, outcome);
      }
      this.#await(operation, timeoutMs);
    });
  }

  #await(operation: DelayedOperation & { watch(): void }, timeoutMs: DurationMs): void {
    if (operation.tryFinish()) return;
    if (this.#stopped) return operation.forceFinish(true);
    operation.watch();
    this.#deadlines.watch(operation, Math.max(0, timeoutMs));
  }

  #awaitReplication(
    outcomes: readonly AppendOutcome[],
    appended: readonly { partition: Partition; outcome: AppendOutcome }[],
    timeoutMs: DurationMs,
  ): readonly AppendOutcome[] | Promise<readonly AppendOutcome[]> {
    let resolve: ((outcomes: readonly AppendOutcome[]) => void) | null = null;
    const operation = new DelayedAppend(outcomes, (done) => resolve?.(done));
    for (const { partition, outcome } of appended) operation.await(partition, outcome.lastOffset + 1, outcome);
    if (operation.tryFinish()) return outcomes;
    return new Promise((fulfil) => {
      resolve = fulfil;
      this.#await(operation, timeoutMs);
    });
  }

  #appendTo(partition: Partition, records: Uint8Array, requiredAcks: number, origin: AppendOrigin): AppendResult {
    try {
      const result = partition.append(records, requiredAcks, origin);
      if (result.kind === 'appended') this.traffic.appended(result.sizeInBytes, result.recordCount);
      return result;
    } catch (fault) {
      this.#storageFault(fault);
      return refusal(ErrorCode.KAFKA_STORAGE_ERROR);
    }
  }

  #deleteFrom(partition: Partition, offset: Offset): { requestedOffset: Offset } | { error: ErrorCode } {
    try {
      return partition.deleteRecords(offset);
    } catch (fault) {
      this.#storageFault(fault);
      return { error: ErrorCode.KAFKA_STORAGE_ERROR };
    }
  }

  /** Returns how many bytes were read. */
  #readAll(parameters: FetchParameters, fetches: readonly PartitionFetch[], recordProgress: boolean): number {
    let remaining = parameters.maxBytes;
    let minOneMessage = true;
    let bytes = 0;
    for (const fetch of fetches) {
      this.#readOne(parameters, fetch, Math.min(fetch.maxBytes, remaining), minOneMessage, recordProgress);
      const read = fetch.records.length;
      if (read === 0) continue;
      minOneMessage = false;
      remaining = Math.max(0, remaining - read);
      bytes += read;
    }
    return bytes;
  }

  #readOne(
    parameters: FetchParameters,
    fetch: PartitionFetch,
    maxBytes: number,
    minOneMessage: boolean,
    recordProgress: boolean,
  ): void {
    let { local } = fetch;
    if (local === null || local.isDeleted) {
      const found = this.#findFor(fetch.topic!, fetch.partition, fetch.topicId);
      if (typeof found === 'number') return fetch.fail(found);
      fetch.local = local = found;
    }
    try {
      local.read(fetch, parameters, maxBytes, minOneMessage, recordProgress);
    } catch (fault) {
      this.#storageFault(fault);
      fetch.fail(ErrorCode.KAFKA_STORAGE_ERROR);
    }
  }

  #findFor(topic: TopicName, partition: PartitionIndex, topicId: Uuid): Partition | ErrorCode {
    const found = this.find(topic, partition);
    if (typeof found === 'number' || topicId === zeroUuid || found.topicId === topicId) return found;
    return ErrorCode.INCONSISTENT_TOPIC_ID;
  }

  #lead(local: LocalPartition, checkpointed: () => ReadonlyMap<TopicPartitionKey, Offset>): void {
    const partition = this.#hold(local, checkpointed);
    if (partition === null) return;
    this.#following.unfollow(partition);
    partition.lead(local.registration);
    this.#wake(partition);
  }

  #follow(local: LocalPartition, checkpointed: () => ReadonlyMap<TopicPartitionKey, Offset>): void {
    const partition = this.#hold(local, checkpointed);
    if (partition === null) return;
    const newEpoch = partition.follow(local.registration);
    const { leader, isr } = local.registration;
    const leaving = this.#inControlledShutdown && (leader === -1 || !isr.includes(this.#options.nodeId));
    if (leaving) {
      this.#parked.add(partition);
      this.#following.unfollow(partition);
    } else if (newEpoch) this.#following.follow(partition, this.#image);
    this.#wake(partition);
  }

  /** The partition, with its log open; null when its log could not be had. */
  #hold(local: LocalPartition, checkpointed: () => ReadonlyMap<TopicPartitionKey, Offset>): Partition | null {
    const { topic, topicId, partition } = local;
    const key = topicPartitionKey(topic, partition);
    const held = this.#partitions.get(key);
    if (held !== undefined && held.topicId === topicId) return held;
    if (held !== undefined) this.#drop(topic, partition, held.topicId);
    const { logs, logConfig } = this.#options;
    try {
      const config = logConfig(topic, this.#image);
      let log = logs.log(key);
      if (log !== null && log.topicId !== null && log.topicId !== topicId) {
        logs.removeStray(key);
        log = null;
      }
      if (log === null) log = logs.createLog(topic, partition, topicId, config);
      else log.updateConfig(config);
      if (log.topicId === null) log.assignTopicId(topicId);
      log.updateHighWatermark(checkpointed().get(key) ?? 0);
      const created = new Partition({ topic, topicId, partition, log, context: this.#context });
      this.#partitions.set(key, created);
      return created;
    } catch (fault) {
      this.#storageFault(fault);
      return null;
    }
  }

  #drop(topic: TopicName, partition: PartitionIndex, topicId: Uuid): void {
    const key = topicPartitionKey(topic, partition);
    const held = this.#partitions.get(key);
    if (held !== undefined && held.topicId !== topicId) return;
    if (held !== undefined) {
      this.#following.unfollow(held);
      this.#partitions.delete(key);
      held.delete();
      held.checkDelayed();
    }
    if (this.#options.logs.log(key) === null) return;
    try {
      this.#options.logs.deleteLog(key);
    } catch (fault) {
      this.#storageFault(fault);
    }
  }

  #applyBrokers(image: MetadataImage): void {
    const followed = [...this.#partitions.values()].filter((partition) => !this.#parked.has(partition));
    this.#following.endpointsChanged(image, followed);
    // Who was fenced is not waited for any more.
    for (const partition of this.#partitions.values()) partition.term?.advanceHighWatermark();
  }

  #applyConfigs(delta: MetadataDelta): void {
    let all = false;
    const topics = new Set<TopicName>();
    for (const change of delta.configChanges) {
      if (change.resourceType === configResourceType.topic) topics.add(change.resource);
      else if (change.resourceType === configResourceType.broker) all = true;
    }
    if (!all && topics.size === 0) return;
    for (const partition of this.#partitions.values()) {
      if (!all && !topics.has(partition.topic)) continue;
      partition.log.updateConfig(this.#options.logConfig(partition.topic, this.#image));
      // min.insync.replicas may have let the high watermark go.
      partition.term?.advanceHighWatermark();
    }
  }

  #shrinkIsrs(): void {
    for (const { term } of this.#partitions.values()) {
      term?.maybeShrink();
      // A follower that has not joined in time is not waited for any more, even if nothing else happens.
      term?.advanceHighWatermark();
    }
  }

  #wake(partition: Partition): void {
    this.#awake.add(partition);
    if (this.#checkScheduled) return;
    this.#checkScheduled = true;
    this.#options.env.clock.soon(() => {
      this.#checkScheduled = false;
      this.#checkAwake();
    });
  }

  #checkAwake(): void {
    while (this.#awake.size > 0) {
      const awake = this.#awake;
      this.#awake = new Set();
      for (const partition of awake) partition.checkDelayed();
    }
  }

  /** Anything but a failing log is a bug and goes on. */
  #storageFault(fault: unknown): void {
    if (!(fault instanceof DiskError)) throw fault;
    this.#options.env.tracer.log('error', 'ReplicaManager', fault.message);
    this.#options.onStorageFault?.(fault);
  }
}
