/**
 * What a broker serves: its replicas, its group coordinator and the handlers of its listener. Follows the metadata: each
 * published image first changes the replicas' roles, then tells the coordinator which partitions of `__consumer_offsets`
 * came and went.
 */
import type { DurationMs, NodeId } from '../base/ids.ts';
import { AutoTopicCreation } from '../broker/auto-topic-creation.ts';
import { clusterHandlers } from '../broker/cluster-handlers.ts';
import { EnvelopeForwarding } from '../broker/forwarding.ts';
import { ProducerIds } from '../broker/producer-ids.ts';
import { deleteRecordsHandler } from '../broker/handlers/21-delete-records.ts';
import { consumerGroupDescribeHandler } from '../broker/handlers/69-consumer-group-describe.ts';
import { deleteGroupsHandler } from '../broker/handlers/42-delete-groups.ts';
import { describeGroupsHandler } from '../broker/handlers/15-describe-groups.ts';
import { describeLogDirsHandler } from '../broker/handlers/35-describe-log-dirs.ts';
import { describeProducersHandler } from '../broker/handlers/61-describe-producers.ts';
import { GroupRequests } from '../broker/handlers/group-requests.ts';
import { fetchHandler } from '../broker/handlers/01-fetch.ts';
import { findCoordinatorHandler } from '../broker/handlers/10-find-coordinator.ts';
import { heartbeatHandler } from '../broker/handlers/12-heartbeat.ts';
import { joinGroupHandler } from '../broker/handlers/11-join-group.ts';
import { leaveGroupHandler } from '../broker/handlers/13-leave-group.ts';
import { listGroupsHandler } from '../broker/handlers/16-list-groups.ts';
import { listOffsetsHandler } from '../broker/handlers/02-list-offsets.ts';
import { offsetCommitHandler } from '../broker/handlers/08-offset-commit.ts';
import { offsetDeleteHandler } from '../broker/handlers/47-offset-delete.ts';
import { offsetFetchHandler } from '../broker/handlers/09-offset-fetch.ts';
import { offsetForLeaderEpochHandler } from '../broker/handlers/23-offset-for-leader-epoch.ts';
import { produceHandler } from '../broker/handlers/00-produce.ts';
import { syncGroupHandler } from '../broker/handlers/14-sync-group.ts';
import { GroupCoordinator } from '../coordinator/index.ts';
import type { DiskError, Env } from '../env/index.ts';
import { brokerConfigLayers, brokerConfigOf, resolveTopicConfig, type BrokerConfig } from '../metadata/config/index.ts';
import {
  brokerEndpoint,
  configEntries,
  configResourceType,
  emptyMetadataImage,
  MetadataDelta,
  snapshotRecords,
  type MetadataImage,
} from '../metadata/index.ts';
import { ApiRegistry, RpcChannel, type Handler } from '../net/index.ts';
import type { RecordCodecs } from '../record/index.ts';
import { AlterPartitionChannel, FetchSessions, InternalTopicLog, Replicas } from '../replication/index.ts';
import type { LogConfig, LogDirectory } from '../storage/index.ts';
import type { ControllerChannel } from './controller-channel.ts';
import { supportedFeatures } from './features.ts';
import { coordinatorSettings, replicationSettings } from './settings.ts';

export interface BrokerServicesOptions {
  readonly env: Env;
  readonly codecs: RecordCodecs;
  readonly nodeId: NodeId;
  readonly clusterId: string;
  readonly config: BrokerConfig;
  readonly configs: ReadonlyMap<string, string>;
  readonly logs: LogDirectory;
  readonly logDir: string;
  readonly channel: ControllerChannel;
  readonly listener: string;
  readonly brokerEpoch: () => number;
  readonly image: () => MetadataImage;
  /** The log directory failed; a broker with no other one cannot go on. */
  readonly onStorageFault: (fault: DiskError) => void;
}

const offsetsTopic = '__consumer_offsets';
const fetcherConnectTimeoutMs: DurationMs = 2000;

export class BrokerServices {
  readonly replicas: Replicas;
  readonly coordinator: GroupCoordinator;
  readonly #options: BrokerServicesOptions;
  readonly #alterPartition: AlterPartitionChannel;
  readonly #sessions: FetchSessions;
  readonly #forwarding: EnvelopeForwarding;
  readonly #creation: AutoTopicCreation;
  /** As of the configs of one image. */
  #config: { image: MetadataImage['configs']; value: BrokerConfig };

  constructor(options: BrokerServicesOptions) {
    this.#options = options;
    const { env, nodeId, config, codecs, channel, logs, listener, brokerEpoch, onStorageFault } = options;
    const { clock, tracer, random } = env;
    this.#alterPartition = new AlterPartitionChannel({ nodeId, controller: channel, clock, tracer, brokerEpoch });
    this.#sessions = new FetchSessions({ clock, random, slots: config.maxIncrementalFetchSessionCacheSlots });
    this.#config = { image: emptyMetadataImage.configs, value: config };
    this.#forwarding = new EnvelopeForwarding(channel);
    this.#creation = new AutoTopicCreation({
      forwarding: this.#forwarding,
      controller: channel,
      tracer,
      config: () => this.#currentConfig(),
    });
    this.replicas = new Replicas({
      nodeId,
      env,
      logs,
      settings: replicationSettings(config),
      logConfig: (topic, image) => this.#logConfig(topic, image),
      brokerEpoch,
      alterPartition: this.#alterPartition,
      interBrokerListener: listener,
      connect: (_source, host, port) =>
        new RpcChannel({
          env,
          host,
          port,
          clientId: `broker-${nodeId}-fetcher-0`,
          connectTimeoutMs: fetcherConnectTimeoutMs,
        }),
      onStorageFault,
    });
    const offsets = new InternalTopicLog(this.replicas, offsetsTopic);
    this.coordinator = new GroupCoordinator({
      nodeId,
      config: coordinatorSettings(config),
      clock,
      random,
      tracer,
      codecs,
      writer: offsets,
      reader: offsets,
    });
  }

  #logConfig(topic: string, image: MetadataImage): LogConfig {
    const { configs, nodeId } = this.#options;
    const overrides = configEntries(image, configResourceType.topic, topic);
    return resolveTopicConfig(overrides, brokerConfigLayers(configs, image, nodeId));
  }

  /** Takes on everything in the first image, which is as of the log's end when the broker registered. */
  start(image: MetadataImage): void {
    const delta = deltaFromNothing(image);
    this.replicas.apply(delta, image);
    this.replicas.removeStrays();
    this.replicas.start();
    this.#options.logs.startPeriodicWork();
    const known = image.topics.byName.get(offsetsTopic)?.partitions.size;
    this.coordinator.start(known ?? this.#options.config.offsetsTopicNumPartitions);
    this.#followOffsetsTopic(delta);
  }

  /** Takes on what changed since. */
  apply(delta: MetadataDelta, image: MetadataImage): void {
    this.replicas.apply(delta, image);
    this.#followOffsetsTopic(delta);
  }

  #followOffsetsTopic(delta: MetadataDelta): void {
    for (const topic of delta.topics.deleted.values()) {
      if (topic.name !== offsetsTopic) continue;
      for (const partition of topic.partitions.keys()) this.coordinator.onResignation(partition, null);
    }
    if (delta.topics.deleted.size > 0) this.coordinator.onTopicsDeleted([...delta.topics.deleted.values()]);
    for (const topic of delta.topics.changed.values()) {
      if (topic.name !== offsetsTopic) continue;
      for (const [partition, { leader, leaderEpoch }] of topic.partitions) {
        if (leader === this.#options.nodeId) this.coordinator.onElection(partition, leaderEpoch);
        else this.coordinator.onResignation(partition, leaderEpoch);
      }
    }
  }

  /** Where clients reach a broker that is alive. */
  readonly endpointOf = (broker: NodeId): { readonly host: string; readonly port: number } | null => {
    const registration = this.#options.image().cluster.brokers.get(broker);
    if (registration === undefined || registration.fenced) return null;
    return brokerEndpoint(registration, this.#options.listener);
  };

  /** Every API of the broker's listener. */
  get registry(): ApiRegistry {
    const { env, channel, nodeId, brokerEpoch, configs, clusterId } = this.#options;
    const { image, listener } = this.#options;
    const registry: ApiRegistry = new ApiRegistry([
      ...this.#dataHandlers(),
      ...clusterHandlers({
        image,
        listener,
        clusterId,
        random: env.random,
        nodeId,
        staticConfigs: configs,
        config: () => this.#currentConfig(),
        forwarding: this.#forwarding,
        creation: this.#creation,
        producerIds: new ProducerIds({ controller: channel, tracer: env.tracer, nodeId, brokerEpoch }),
        ranges: () => registry.ranges('broker'),
        supportedFeatures,
      }),
    ]);
    return registry;
  }

  /** With the dynamic configs of the newest metadata. */
  #currentConfig(): BrokerConfig {
    const { image, configs, nodeId } = this.#options;
    const current = image();
    if (this.#config.image !== current.configs) {
      this.#config = { image: current.configs, value: brokerConfigOf(brokerConfigLayers(configs, current, nodeId)) };
    }
    return this.#config.value;
  }

  #dataHandlers(): Handler[] {
    const { image, listener, config, logs, env, logDir } = this.#options;
    const { replicas, coordinator, endpointOf } = this;
    const sessions = this.#sessions;
    const requests = new GroupRequests(env.tracer);
    return [
      produceHandler({ replicas, listener }),
      fetchHandler({ replicas, sessions, listener, maxBytes: config.fetchMaxBytes }),
      listOffsetsHandler({ replicas }),
      offsetCommitHandler({ coordinator, image }),
      offsetFetchHandler({ coordinator, image }),
      findCoordinatorHandler({
        coordinator,
        image,
        endpointOf,
        ensureOffsetsTopic: () => this.#creation.ensureOffsetsTopic(),
      }),
      joinGroupHandler({ coordinator, requests }),
      heartbeatHandler({ coordinator, requests }),
      leaveGroupHandler({ coordinator, requests }),
      syncGroupHandler({ coordinator, requests }),
      describeGroupsHandler({ coordinator }),
      listGroupsHandler({ coordinator }),
      deleteRecordsHandler({ replicas }),
      offsetForLeaderEpochHandler({ replicas }),
      describeLogDirsHandler({ replicas, logs, disk: env.disk, logDir }),
      deleteGroupsHandler({ coordinator }),
      offsetDeleteHandler({ coordinator, image }),
      describeProducersHandler({ replicas }),
      consumerGroupDescribeHandler({ coordinator }),
    ];
  }

  stop(): void {
    this.coordinator.stop();
    this.replicas.stop();
    this.#alterPartition.stop();
  }
}

/** The delta that leads from nothing to `image`. */
function deltaFromNothing(image: MetadataImage): MetadataDelta {
  const delta = new MetadataDelta(emptyMetadataImage);
  for (const record of snapshotRecords(image)) delta.replay(record);
  return delta;
}
