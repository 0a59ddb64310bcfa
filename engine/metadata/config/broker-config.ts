/**
 * The configs that a broker or controller of ours acts on, parsed, under the camel case of Kafka's names. Made from the
 * node's file and, where dynamic ones exist, from the metadata log; made again when those change.
 */
import { assert } from '../../base/assert.ts';
import { ConfigError } from './config-error.ts';
import { effectiveBrokerConfigs, type BrokerConfigLayers } from './config-layers.ts';
import { parseConfig } from './config-value.ts';
import type { ConfigValue } from './check.ts';
import { brokerConfigs } from './definitions.ts';
import { parseListeners, parseVoters } from './listeners.ts';

export type BrokerConfig = Readonly<ReturnType<typeof readBrokerConfig>>;

const none: ReadonlyMap<string, string> = new Map();

/**
 * Checks and parses a node's file. Throws a {@link ConfigError} for a bad value and a required one that is missing;
 * unknown names are left alone, as Kafka does.
 */
export function parseBrokerConfig(staticConfigs: ReadonlyMap<string, string>): BrokerConfig {
  for (const definition of brokerConfigs.values()) {
    const text = staticConfigs.get(definition.name);
    if (text !== undefined) parseConfig(definition, text);
    else if (definition.required) {
      const message = `Missing required configuration "${definition.name}" which has no default value.`;
      throw new ConfigError(definition.name, null, message);
    }
  }
  return brokerConfigOf({ dynamicBroker: none, dynamicClusterWide: none, static: staticConfigs });
}

/** What holds with the dynamic configs; bad dynamic values count as unset. */
export function brokerConfigOf(layers: BrokerConfigLayers): BrokerConfig {
  return readBrokerConfig(effectiveBrokerConfigs(layers));
}

/** Copies that the file may leave out: `broker.id` and `node.id` say the same. */
export function normalizedStaticConfigs(configs: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const map = new Map(Object.entries(configs));
  const id = map.get('node.id') ?? map.get('broker.id');
  if (id !== undefined) map.set('node.id', id).set('broker.id', id);
  if (!map.has('advertised.listeners') && map.has('listeners')) {
    map.set(
      'advertised.listeners',
      clientListeners(map.get('listeners') ?? '', map.get('controller.listener.names') ?? ''),
    );
  }
  return map;
}

function clientListeners(listeners: string, controllerNames: string): string {
  const names = new Set(controllerNames.split(',').map((name) => name.trim().toUpperCase()));
  const isForClients = (entry: string) => !names.has(entry.trim().split(':')[0]!.toUpperCase());
  return listeners.split(',').filter(isForClients).join(',');
}

function readBrokerConfig(texts: ReadonlyMap<string, string>) {
  const read = new Reader(texts);
  const { number, boolean, text, list } = read;
  const listeners = parseListeners('listeners', list('listeners'));
  return {
    nodeId: number('node.id'),
    brokerRack: text('broker.rack'),
    processRoles: list('process.roles'),
    listeners,
    advertisedListeners: texts.has('advertised.listeners')
      ? parseListeners('advertised.listeners', list('advertised.listeners'))
      : listeners,
    controllerListenerNames: list('controller.listener.names').map((name) => name.toUpperCase()),
    interBrokerListenerName:
      text('inter.broker.listener.name') ?? text('security.inter.broker.protocol') ?? 'PLAINTEXT',
    controllerQuorumVoters: parseVoters(list('controller.quorum.voters')),
    logDirs: texts.has('log.dirs') ? list('log.dirs') : list('log.dir'),
    metadataLogDir: text('metadata.log.dir'),
    ...quorumConfig(read),
    ...logConfig(read),
    ...replicationConfig(read),
    ...groupConfig(read),
    ...transactionConfig(read),
    autoCreateTopicsEnable: boolean('auto.create.topics.enable'),
    deleteTopicEnable: boolean('delete.topic.enable'),
    numPartitions: number('num.partitions'),
    defaultReplicationFactor: number('default.replication.factor'),
    minInsyncReplicas: number('min.insync.replicas'),
    uncleanLeaderElectionEnable: boolean('unclean.leader.election.enable'),
    requestTimeoutMs: number('request.timeout.ms'),
    controlledShutdownEnable: boolean('controlled.shutdown.enable'),
    socketRequestMaxBytes: number('socket.request.max.bytes'),
    socketListenBacklogSize: number('socket.listen.backlog.size'),
    socketConnectionSetupTimeoutMs: number('socket.connection.setup.timeout.ms'),
    socketConnectionSetupTimeoutMaxMs: number('socket.connection.setup.timeout.max.ms'),
    connectionsMaxIdleMs: number('connections.max.idle.ms'),
    maxConnections: number('max.connections'),
    maxRequestPartitionSizeLimit: number('max.request.partition.size.limit'),
    unstableApiVersionsEnable: boolean('unstable.api.versions.enable'),
  };
}

function quorumConfig({ number, boolean }: Reader) {
  return {
    brokerSessionTimeoutMs: number('broker.session.timeout.ms'),
    brokerHeartbeatIntervalMs: number('broker.heartbeat.interval.ms'),
    initialBrokerRegistrationTimeoutMs: number('initial.broker.registration.timeout.ms'),
    controllerSocketTimeoutMs: number('controller.socket.timeout.ms'),
    controllerQuorumElectionTimeoutMs: number('controller.quorum.election.timeout.ms'),
    controllerQuorumElectionBackoffMaxMs: number('controller.quorum.election.backoff.max.ms'),
    controllerQuorumFetchTimeoutMs: number('controller.quorum.fetch.timeout.ms'),
    controllerQuorumRequestTimeoutMs: number('controller.quorum.request.timeout.ms'),
    controllerQuorumRetryBackoffMs: number('controller.quorum.retry.backoff.ms'),
    controllerQuorumAppendLingerMs: number('controller.quorum.append.linger.ms'),
    controllerQuorumFetchMaxBytes: number('controller.quorum.fetch.max.bytes'),
    controllerQuorumFetchSnapshotMaxBytes: number('controller.quorum.fetch.snapshot.max.bytes'),
    metadataLogMaxRecordBytesBetweenSnapshots: number('metadata.log.max.record.bytes.between.snapshots'),
    metadataLogMaxSnapshotIntervalMs: number('metadata.log.max.snapshot.interval.ms'),
    metadataLogSegmentBytes: number('metadata.log.segment.bytes'),
    metadataLogSegmentMs: number('metadata.log.segment.ms'),
    metadataMaxIdleIntervalMs: number('metadata.max.idle.interval.ms'),
    metadataMaxRetentionBytes: number('metadata.max.retention.bytes'),
    metadataMaxRetentionMs: number('metadata.max.retention.ms'),
    internalMetadataMaxBatchSizeInBytes: number('internal.metadata.max.batch.size.in.bytes'),
    autoLeaderRebalanceEnable: boolean('auto.leader.rebalance.enable'),
    leaderImbalanceCheckIntervalSeconds: number('leader.imbalance.check.interval.seconds'),
    uncleanLeaderElectionIntervalMs: number('unclean.leader.election.interval.ms'),
  };
}

function logConfig({ number, boolean }: Reader) {
  return {
    messageMaxBytes: number('message.max.bytes'),
    logRetentionCheckIntervalMs: number('log.retention.check.interval.ms'),
    logFlushSchedulerIntervalMs: number('log.flush.scheduler.interval.ms'),
    logFlushOffsetCheckpointIntervalMs: number('log.flush.offset.checkpoint.interval.ms'),
    logFlushStartOffsetCheckpointIntervalMs: number('log.flush.start.offset.checkpoint.interval.ms'),
    logInitialTaskDelayMs: number('log.initial.task.delay.ms'),
    logDirFailureTimeoutMs: number('log.dir.failure.timeout.ms'),
    logCleanerEnable: boolean('log.cleaner.enable'),
    logCleanerBackoffMs: number('log.cleaner.backoff.ms'),
    logCleanerDedupeBufferSize: number('log.cleaner.dedupe.buffer.size'),
    logCleanerIoBufferLoadFactor: number('log.cleaner.io.buffer.load.factor'),
    logCleanerIoMaxBytesPerSecond: number('log.cleaner.io.max.bytes.per.second'),
    producerIdExpirationMs: number('producer.id.expiration.ms'),
    producerIdExpirationCheckIntervalMs: number('producer.id.expiration.check.interval.ms'),
  };
}

function replicationConfig({ number }: Reader) {
  return {
    replicaLagTimeMaxMs: number('replica.lag.time.max.ms'),
    replicaFetchWaitMaxMs: number('replica.fetch.wait.max.ms'),
    replicaFetchMinBytes: number('replica.fetch.min.bytes'),
    replicaFetchMaxBytes: number('replica.fetch.max.bytes'),
    replicaFetchResponseMaxBytes: number('replica.fetch.response.max.bytes'),
    replicaFetchBackoffMs: number('replica.fetch.backoff.ms'),
    replicaSocketTimeoutMs: number('replica.socket.timeout.ms'),
    replicaHighWatermarkCheckpointIntervalMs: number('replica.high.watermark.checkpoint.interval.ms'),
    numReplicaFetchers: number('num.replica.fetchers'),
    fetchMaxBytes: number('fetch.max.bytes'),
    maxIncrementalFetchSessionCacheSlots: number('max.incremental.fetch.session.cache.slots'),
  };
}

function groupConfig({ number, list }: Reader) {
  return {
    groupCoordinatorRebalanceProtocols: list('group.coordinator.rebalance.protocols'),
    groupInitialRebalanceDelayMs: number('group.initial.rebalance.delay.ms'),
    groupMinSessionTimeoutMs: number('group.min.session.timeout.ms'),
    groupMaxSessionTimeoutMs: number('group.max.session.timeout.ms'),
    groupMaxSize: number('group.max.size'),
    offsetMetadataMaxBytes: number('offset.metadata.max.bytes'),
    offsetsCommitTimeoutMs: number('offsets.commit.timeout.ms'),
    offsetsLoadBufferSize: number('offsets.load.buffer.size'),
    offsetsRetentionMinutes: number('offsets.retention.minutes'),
    offsetsRetentionCheckIntervalMs: number('offsets.retention.check.interval.ms'),
    offsetsTopicNumPartitions: number('offsets.topic.num.partitions'),
    offsetsTopicReplicationFactor: number('offsets.topic.replication.factor'),
    offsetsTopicSegmentBytes: number('offsets.topic.segment.bytes'),
    offsetsTopicCompressionCodec: number('offsets.topic.compression.codec'),
    shareCoordinatorStateTopicNumPartitions: number('share.coordinator.state.topic.num.partitions'),
    shareCoordinatorStateTopicReplicationFactor: number('share.coordinator.state.topic.replication.factor'),
    shareCoordinatorStateTopicMinIsr: number('share.coordinator.state.topic.min.isr'),
    shareCoordinatorStateTopicSegmentBytes: number('share.coordinator.state.topic.segment.bytes'),
  };
}

function transactionConfig({ number }: Reader) {
  return {
    transactionMaxTimeoutMs: number('transaction.max.timeout.ms'),
    transactionStateLogNumPartitions: number('transaction.state.log.num.partitions'),
    transactionStateLogReplicationFactor: number('transaction.state.log.replication.factor'),
    transactionStateLogMinIsr: number('transaction.state.log.min.isr'),
    transactionStateLogSegmentBytes: number('transaction.state.log.segment.bytes'),
    transactionalIdExpirationMs: number('transactional.id.expiration.ms'),
  };
}

/** Reads single configs from effective texts. */
class Reader {
  readonly #texts: ReadonlyMap<string, string>;

  constructor(texts: ReadonlyMap<string, string>) {
    this.#texts = texts;
  }

  readonly #value = (name: string): ConfigValue => {
    const definition = brokerConfigs.get(name);
    assert(definition !== undefined, () => `no broker config ${name}`);
    return parseConfig(definition, this.#texts.get(name) ?? definition.default).value;
  };

  readonly number = (name: string): number => {
    const value = this.#value(name);
    assert(typeof value === 'number', () => `${name} is no number: ${String(value)}`);
    return value;
  };

  readonly boolean = (name: string): boolean => {
    const value = this.#value(name);
    assert(typeof value === 'boolean', () => `${name} is no boolean: ${String(value)}`);
    return value;
  };

  readonly text = (name: string): string | null => {
    const value = this.#value(name);
    assert(value === null || typeof value === 'string', () => `${name} is no text: ${String(value)}`);
    return value;
  };

  readonly list = (name: string): readonly string[] => {
    const value = this.#value(name);
    assert(Array.isArray(value), () => `${name} is no list: ${String(value)}`);
    return value as readonly string[];
  };
}
