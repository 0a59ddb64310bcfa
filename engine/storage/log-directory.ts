/**
 * One `log.dirs` entry of a broker (`LogManager` for one directory): its identity, the partitions in it, and the work that
 * all of them need from time to time. Layout:
 *
 *     meta.properties                     whose directory it is
 *     <topic>-<partition>/                one log each
 *     <topic>-<partition>.<hex>-delete/   deleted, on its way out; `-stray/` nobody knew its topic id
 *     recovery-point-offset-checkpoint    below it records are durable and are not scanned after an unclean stop
 *     log-start-offset-checkpoint         logs that begin inside a segment
 *     replication-offset-checkpoint       high watermarks
 *     .kafka_cleanshutdown                the last stop was clean
 *     .lock                               made as Kafka makes it; who may use a directory is decided by the lab's host
 *
 * Leaves to others: what topics there should be (replication), high watermarks (replication), compaction.
 */
import type { BrokerEpoch, NodeId, Offset, PartitionIndex, TopicName, TopicPartitionKey, Uuid } from '../base/ids.ts';
import { assert, required } from '../base/assert.ts';
import { topicPartitionKey } from '../base/ids.ts';
import { Disposer } from '../base/disposer.ts';
import { MalformedCheckpointError, OffsetCheckpoint } from './checkpoint-file.ts';
import { readCleanShutdown, removeCleanShutdown, writeCleanShutdown } from './clean-shutdown.ts';
import {
  deleteDirectorySuffix,
  departingDirectory,
  futureDirectorySuffix,
  parsePartitionDirectory,
  strayDirectorySuffix,
} from './file-names.ts';
import type { LogConfig } from './log-config.ts';
import { defaultLogConfig } from './log-config.ts';
import type { LogContext, LogId } from './log-types.ts';
import type { MetaProperties } from './meta-properties.ts';
import { formatMetaProperties, metaPropertiesFile, parseMetaProperties } from './meta-properties.ts';
import { PartitionLog } from './partition-log.ts';
import { unattended } from './unattended.ts';
import { readIfThere } from './write-file.ts';

export interface LogDirectoryOptions {
  readonly context: LogContext;
  readonly path: string;
  /** Config of each partition found on disk, by topic. */
  readonly configOf: (topic: TopicName) => LogConfig;
  /** `log.flush.scheduler.interval.ms`; absent: logs are never flushed by time. */
  readonly flushSchedulerIntervalMs?: number;
  readonly retentionCheckIntervalMs?: number;
  /** `log.initial.task.delay.ms`: when each periodic work is done for the first time. */
  readonly initialTaskDelayMs?: number;
  readonly recoveryPointCheckpointIntervalMs?: number;
  readonly logStartOffsetCheckpointIntervalMs?: number;
  readonly producerIdExpirationMs?: number;
  readonly producerIdExpirationCheckIntervalMs?: number;
  /** Topics whose logs belong to somebody else. `__cluster_metadata` when absent. */
  readonly ignoredTopics?: readonly TopicName[];
}

/** The directory cannot be used: it is another's, or something in it is not ours. Tells what and what to do. */
export class LogDirectoryError extends Error {
  override readonly name = 'LogDirectoryError';
  readonly code: 'CLUSTER_ID_MISMATCH' | 'FOREIGN_DIRECTORY';

  constructor(message: string, code: LogDirectoryError['code'] = 'FOREIGN_DIRECTORY') {
    super(message);
    this.code = code;
  }
}

const minuteMs = 60_000;
/** Longest delay that timers are asked for; intervals beyond mean never. */
const timerMaxMs = 0x7fff_ffff;

export class LogDirectory {
  readonly path: string;
  readonly #options: LogDirectoryOptions;
  readonly #logs = new Map<TopicPartitionKey, PartitionLog>();
  readonly #recoveryPoints: OffsetCheckpoint;
  readonly #logStartOffsets: OffsetCheckpoint;
  readonly #highWatermarks: OffsetCheckpoint;
  readonly #timers = new Disposer();
  readonly #cleanShutdownEpoch: BrokerEpoch | null;
  #meta: MetaProperties | null;
  /** Directories of logs came since this one was synced. */
  #namesUnsynced = true;

  private constructor(options: LogDirectoryOptions) {
    const { context, path } = options;
    this.path = path;
    this.#options = options;
    this.#recoveryPoints = new OffsetCheckpoint(context.disk, `${path}/recovery-point-offset-checkpoint`);
    this.#logStartOffsets = new OffsetCheckpoint(context.disk, `${path}/log-start-offset-checkpoint`);
    this.#highWatermarks = new OffsetCheckpoint(context.disk, `${path}/replication-offset-checkpoint`);
    this.#cleanShutdownEpoch = readCleanShutdown(context.disk, path);
    this.#meta = this.#readMeta();
  }

  /** Makes the directory when it is absent and reads its identity. Does not load logs. */
  static open(options: LogDirectoryOptions): LogDirectory {
    const { context, path } = options;
    context.disk.makeDirectory(path);
    context.disk.open(`${path}/.lock`, 'write').close();
    return new LogDirectory(options);
  }

  get metaProperties(): MetaProperties | null {
    return this.#meta;
  }
  /** The broker epoch of the last clean stop; -1 when there was none. */
  get cleanShutdownBrokerEpoch(): BrokerEpoch {
    return this.#cleanShutdownEpoch ?? -1;
  }
  get hadCleanShutdown(): boolean {
    return this.#cleanShutdownEpoch !== null;
  }
  get sizeInBytes(): number {
    let total = 0;
    for (const log of this.#logs.values()) total += log.sizeInBytes;
    return total;
  }

  /** Writes `meta.properties` (what `kafka-storage format` does). */
  format(meta: MetaProperties): void {
    const holds = this.#options.context.disk.list(this.path).find((name) => parsePartitionDirectory(name) !== null);
    if (holds !== undefined) {
      const file = `${this.path}/${metaPropertiesFile}`;
      throw new LogDirectoryError(`${file} is missing, but the directory holds ${holds}: nobody knows whose it is`);
    }
    this.#options.context.disk.replaceFile(`${this.path}/${metaPropertiesFile}`, formatMetaProperties(meta));
    this.#meta = meta;
  }

  /** Throws LogDirectoryError unless the directory is of this cluster and node. */
  verify(expected: { clusterId: string; nodeId: NodeId }): MetaProperties {
    const meta = this.#meta;
    const file = `${this.path}/${metaPropertiesFile}`;
    if (meta === null) throw new LogDirectoryError(`${file} is missing: the directory ${this.path} is not formatted`);
    if (meta.clusterId !== expected.clusterId) {
      throw new LogDirectoryError(
        `${file} belongs to cluster ${meta.clusterId}, but this node is of cluster ${expected.clusterId}: choose another directory, or remove it if its data is not needed`,
        'CLUSTER_ID_MISMATCH',
      );
    }
    if (meta.nodeId !== expected.nodeId) {
      throw new LogDirectoryError(
        `${file} belongs to node ${meta.nodeId}, but this is node ${expected.nodeId}: choose another directory`,
      );
    }
    return meta;
  }

  /** Loads every partition, recovering where needed; takes the clean shutdown file away. */
  load(): void {
    const { disk, tracer } = this.#options.context;
    const recoveryPoints = this.#readCheckpoint(this.#recoveryPoints);
    const logStartOffsets = this.#readCheckpoint(this.#logStartOffsets);
    const ids = this.#findPartitions();
    if (!this.hadCleanShutdown && ids.length > 0) {
      tracer.log(
        'info',
        'LogManager',
        `Recovering ${ids.length} logs from ${this.path} since no clean shutdown file was found`,
      );
    }
    for (const { topic, partition } of ids) {
      const key = topicPartitionKey(topic, partition);
      const log = this.#open(topic, partition, null, this.#options.configOf(topic), {
        logStartOffset: logStartOffsets.get(key) ?? 0,
        recoveryPoint: recoveryPoints.get(key) ?? 0,
        hadCleanShutdown: this.hadCleanShutdown,
      });
      this.#logs.set(key, log);
    }
    if (this.hadCleanShutdown) removeCleanShutdown(disk, this.path);
  }

  log(key: TopicPartitionKey): PartitionLog | null {
    return this.#logs.get(key) ?? null;
  }

  logs(): IterableIterator<PartitionLog> {
    return this.#logs.values();
  }

  createLog(topic: TopicName, partition: PartitionIndex, topicId: Uuid, config: LogConfig): PartitionLog {
    const key = topicPartitionKey(topic, partition);
    assert(!this.#logs.has(key), () => `log ${key} is there already in ${this.path}`);
    this.#namesUnsynced = true;
    const log = this.#open(topic, partition, topicId, config, { hadCleanShutdown: true });
    this.#logs.set(key, log);
    return log;
  }

  /** Renames to `<topic>-<partition>.<32 hex>-delete` now, removes after `file.delete.delay.ms`. */
  deleteLog(key: TopicPartitionKey): void {
    this.#depart(key, deleteDirectorySuffix);
  }

  /** Renames to `...-stray`: its topic is of an id that nobody knows. Kept for a person to look at. */
  removeStray(key: TopicPartitionKey): void {
    this.#depart(key, strayDirectorySuffix);
  }

  /** Flush, retention and checkpoints on the clock until {@link close}. */
  startPeriodicWork(): void {
    const options = this.#options;
    this.#every(options.retentionCheckIntervalMs ?? 5 * minuteMs, () => this.deleteOldSegments());
    this.#every(options.recoveryPointCheckpointIntervalMs ?? minuteMs, () => this.checkpointRecoveryPoints());
    this.#every(options.logStartOffsetCheckpointIntervalMs ?? minuteMs, () => this.checkpointLogStartOffsets());
    this.#every(options.producerIdExpirationCheckIntervalMs ?? 10 * minuteMs, () => this.#removeExpiredProducers());
    this.#every(options.flushSchedulerIntervalMs ?? Number.POSITIVE_INFINITY, () => this.#flushDirtyLogs());
  }

  /** Retention of every log. Number of segments removed. */
  deleteOldSegments(): number {
    let removed = 0;
    for (const log of this.#logs.values()) removed += log.deleteOldSegments();
    return removed;
  }

  /** `replication-offset-checkpoint`. */
  readHighWatermarks(): ReadonlyMap<TopicPartitionKey, Offset> {
    return this.#readCheckpoint(this.#highWatermarks);
  }

  writeHighWatermarks(highWatermarks: ReadonlyMap<TopicPartitionKey, Offset>): void {
    this.#highWatermarks.write(highWatermarks);
  }

  checkpointRecoveryPoints(): void {
    const points = new Map<TopicPartitionKey, Offset>();
    for (const [key, log] of this.#logs) {
      points.set(key, log.recoveryPoint);
      log.writeIndexes();
    }
    this.#recoveryPoints.write(points);
  }

  /** Only logs that begin inside a segment: the others' start shows in their files' names. */
  checkpointLogStartOffsets(): void {
    const offsets = new Map<TopicPartitionKey, Offset>();
    for (const [key, log] of this.#logs) {
      if (log.logStartOffset > log.segments.first.baseOffset) offsets.set(key, log.logStartOffset);
    }
    this.#logStartOffsets.write(offsets);
  }

  /** Clean stop: flushes and closes all logs, writes checkpoints and `.kafka_cleanshutdown`. */
  close(options: { brokerEpoch: BrokerEpoch }): void {
    this.#timers.dispose();
    for (const log of this.#logs.values()) {
      log.flush({ forceFlushActiveSegment: true });
      log.close();
    }
    this.checkpointLogStartOffsets();
    this.#recoveryPoints.write(new Map([...this.#logs].map(([key, log]) => [key, log.recoveryPoint])));
    writeCleanShutdown(this.#options.context.disk, this.path, options.brokerEpoch);
    this.#logs.clear();
  }

  /** Lets go of everything without writing: the disk has failed. The next start recovers. */
  abandon(): void {
    this.#timers.dispose();
    for (const log of this.#logs.values()) log.closeWithoutWriting();
    this.#logs.clear();
  }

  #readMeta(): MetaProperties | null {
    const file = `${this.path}/${metaPropertiesFile}`;
    const meta = readIfThere(this.#options.context.disk, file, parseMetaProperties);
    if (typeof meta === 'string') throw new LogDirectoryError(`${file}: ${meta}`);
    return meta;
  }

  #readCheckpoint(checkpoint: OffsetCheckpoint): Map<TopicPartitionKey, Offset> {
    try {
      return checkpoint.read();
    } catch (error) {
      if (!(error instanceof MalformedCheckpointError)) throw error;
      this.#options.context.tracer.log('warn', 'LogManager', `${error.message}; going on without it`);
      return new Map();
    }
  }

  /** Partitions on disk. What is on its way out goes on going; what is no partition is refused. */
  #findPartitions(): LogId[] {
    const { disk } = this.#options.context;
    const ignored = this.#options.ignoredTopics ?? ['__cluster_metadata'];
    const ids: LogId[] = [];
    for (const name of disk.list(this.path).sort()) {
      if (disk.stat(`${this.path}/${name}`)?.kind !== 'directory') continue;
      if (name.endsWith(strayDirectorySuffix) || name.endsWith(futureDirectorySuffix)) continue;
      if (name.endsWith(deleteDirectorySuffix)) {
        this.#removeLater(`${this.path}/${name}`, defaultLogConfig.fileDeleteDelayMs);
        continue;
      }
      const id = parsePartitionDirectory(name);
      if (id === null) {
        throw new LogDirectoryError(
          `Found directory ${this.path}/${name}, '${name}' is not in the form of topic-partition or topic-partition.uniqueId-delete (if marked for deletion). A log directory (and its children) should only contain topic data: move it away.`,
        );
      }
      if (!ignored.includes(id.topic)) ids.push(id);
    }
    return ids;
  }

  #open(
    topic: TopicName,
    partition: PartitionIndex,
    topicId: Uuid | null,
    config: LogConfig,
    state: { logStartOffset?: Offset; recoveryPoint?: Offset; hadCleanShutdown: boolean },
  ): PartitionLog {
    const { context, producerIdExpirationMs } = this.#options;
    return PartitionLog.open({
      context,
      path: `${this.path}/${topicPartitionKey(topic, partition)}`,
      topic,
      partition,
      topicId,
      config,
      ...state,
      ...(producerIdExpirationMs === undefined ? {} : { producerIdExpirationMs }),
      syncOwnName: () => this.#syncNames(),
      onRecoveryPointLowered: () => this.checkpointRecoveryPoints(),
    });
  }

  #syncNames(): void {
    if (this.#namesUnsynced) this.#options.context.disk.syncDirectory(this.path);
    this.#namesUnsynced = false;
  }

  #depart(key: TopicPartitionKey, suffix: string): void {
    const { disk, random, tracer } = this.#options.context;
    const log = required(this.#logs.get(key), `log ${key}`);
    this.#logs.delete(key);
    log.closeWithoutWriting();
    const path = `${this.path}/${departingDirectory(log, suffix, random)}`;
    disk.rename(log.path, path);
    tracer.log('info', 'LogManager', `Log for partition ${key} is renamed to ${path} and is scheduled for deletion`);
    if (suffix === deleteDirectorySuffix) this.#removeLater(path, log.config.fileDeleteDelayMs);
  }

  /** Also when the node stops before: the next start finds the directory by its name. */
  #removeLater(path: string, delayMs: number): void {
    const { disk, clock } = this.#options.context;
    const timer = clock.after(delayMs, () => unattended(this.#options.context, () => disk.removeDirectory(path)));
    this.#timers.add(() => timer.cancel());
  }

  #removeExpiredProducers(): void {
    for (const log of this.#logs.values()) log.removeExpiredProducers();
  }

  #flushDirtyLogs(): void {
    const now = this.#options.context.clock.now();
    for (const log of this.#logs.values()) {
      if (now - log.lastFlushedMs >= log.config.flushMs) log.flush();
    }
  }

  #every(intervalMs: number, work: () => void): void {
    if (intervalMs > timerMaxMs) return;
    const { context, initialTaskDelayMs = minuteMs / 2 } = this.#options;
    const run = (): void => unattended(context, work);
    const first = context.clock.after(initialTaskDelayMs, () => {
      const timer = context.clock.every(intervalMs, run);
      this.#timers.add(() => timer.cancel());
      run();
    });
    this.#timers.add(() => first.cancel());
  }
}
