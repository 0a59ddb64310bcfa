/**
 * One member of the cluster: broker, controller or both (a combined node). Wires storage, the quorum, the controller and
 * the broker together over one `Env`, and gives them their order of start and end (Kafka's `KafkaRaftServer`,
 * `SharedServer`, `BrokerServer`, `ControllerServer`).
 *
 * Start: data directory, logs, quorum, registration, first metadata, listener, unfencing. Stop: controlled shutdown,
 * listener, groups, replicas, quorum, logs. A kill is none of its business: whoever holds the thread ends it.
 *
 * Invariant: nothing is served before the first metadata is in force.
 */
import { required } from '../base/assert.ts';
import type { DurationMs, Uuid } from '../base/ids.ts';
import type { LifecycleState } from '../base/telemetry.ts';
import { uuidFromBytes } from '../base/uuid.ts';
import { Controller } from '../controller/index.ts';
import type { Env } from '../env/index.ts';
import {
  normalizedStaticConfigs,
  parseBrokerConfig,
  brokerConfigLayers,
  resolveTopicConfig,
  type BrokerConfig,
} from '../metadata/config/index.ts';
import { emptyMetadataImage, type MetadataDelta, type MetadataImage } from '../metadata/index.ts';
import { RpcServer } from '../net/index.ts';
import type { RecordCodecs } from '../record/index.ts';
import { openRaft, type RaftNode } from '../raft/index.ts';
import { LogDirectory } from '../storage/index.ts';
import { BrokerLifecycle } from './broker-lifecycle.ts';
import { BrokerServices } from './broker-services.ts';
import { controllerRegistry } from './controller-listener.ts';
import { ControllerChannel } from './controller-channel.ts';
import { ControllerRegistration } from './controller-registration.ts';
import { supportedFeatures } from './features.ts';
import { MetadataFollower } from './metadata-follower.ts';
import { metadataView } from './metadata-view.ts';
import { endpointOf, parseAddresses, type NodeAddresses } from './node-config.ts';
import { groupSamples } from './group-samples.ts';
import { quorumSample } from './quorum-sample.ts';
import type { MetadataView, NodeSample } from './sample.ts';
import { controllerSettings, raftSettings } from './settings.ts';

export interface ClusterNodeOptions {
  readonly env: Env;
  readonly codecs: RecordCodecs;
  /** By Kafka's names. */
  readonly configs: Readonly<Record<string, string>>;
  readonly clusterId: string;
  /** Of a new data directory; an existing one has its own. */
  readonly directoryId: Uuid;
  readonly onMetadata?: (view: MetadataView) => void;
  /** An assertion failed or a handler threw: the node must die. */
  readonly onBug: (error: unknown) => void;
  /** Disk or configuration make it impossible to go on. */
  readonly onFault: (error: unknown) => void;
}

/** How long a stop waits for the controller's leave to go, and for the quorum to take over. */
const controlledShutdownLimitMs: DurationMs = 10_000;
const raftStopLimitMs: DurationMs = 1000;
const leaderlessCheckMs: DurationMs = 100;
const leaderlessLimitMs: DurationMs = 1000;

export class ClusterNode {
  readonly nodeId: number;
  readonly #options: ClusterNodeOptions;
  readonly #addresses: NodeAddresses;
  readonly #configs: ReadonlyMap<string, string>;
  readonly #config: BrokerConfig;
  readonly #directory: LogDirectory;
  readonly #metadata: MetadataFollower;
  readonly #incarnationId: Uuid;
  #raft: RaftNode | null = null;
  #controller: Controller | null = null;
  #controllerServer: RpcServer | null = null;
  #channel: ControllerChannel | null = null;
  #lifecycle: BrokerLifecycle | null = null;
  #registration: ControllerRegistration | null = null;
  #services: BrokerServices | null = null;
  #brokerServer: RpcServer | null = null;
  #state: LifecycleState = 'starting';
  #viewed = false;

  /** Throws a config error or a `LogDirectoryError` for configs or a directory that cannot be used. */
  constructor(options: ClusterNodeOptions) {
    this.#options = options;
    const { env, codecs } = options;
    this.#addresses = parseAddresses(options.configs);
    this.nodeId = this.#addresses.nodeId;
    this.#configs = normalizedStaticConfigs(options.configs);
    this.#config = parseBrokerConfig(this.#configs);
    this.#incarnationId = uuidFromBytes(env.random.bytes(16));
    const layers = brokerConfigLayers(this.#configs, emptyMetadataImage, this.nodeId);
    this.#directory = LogDirectory.open({
      context: {
        disk: env.disk,
        clock: env.clock,
        random: env.random,
        tracer: env.tracer,
        codecs,
        onDiskFailure: (fault) => options.onFault(fault),
      },
      path: this.#addresses.logDir,
      // Overrides of topics are known with the first metadata, which is before anything is appended or removed.
      configOf: () => resolveTopicConfig(new Map(), layers),
      flushSchedulerIntervalMs: this.#config.logFlushSchedulerIntervalMs,
      retentionCheckIntervalMs: this.#config.logRetentionCheckIntervalMs,
      recoveryPointCheckpointIntervalMs: this.#config.logFlushOffsetCheckpointIntervalMs,
      logStartOffsetCheckpointIntervalMs: this.#config.logFlushStartOffsetCheckpointIntervalMs,
      producerIdExpirationMs: this.#config.producerIdExpirationMs,
      producerIdExpirationCheckIntervalMs: this.#config.producerIdExpirationCheckIntervalMs,
      ignoredTopics: ['__cluster_metadata'],
    });
    this.#metadata = new MetadataFollower({ tracer: env.tracer, nodeId: this.nodeId, tellSinceMs: env.clock.now() });
  }

  get state(): LifecycleState {
    return this.#state;
  }

  get image(): MetadataImage {
    return this.#metadata.image;
  }

  #become(state: LifecycleState, detail: string): void {
    this.#state = state;
    this.#options.env.tracer.emit({ type: 'lifecycle', state, detail });
  }

  /** Resolves when the broker is unfenced (a pure controller: when it has joined the quorum). */
  async start(): Promise<void> {
    this.#openDirectory();
    this.#become('recovering', 'data-directory');
    const previousBrokerEpoch = this.#directory.cleanShutdownBrokerEpoch;
    const raft = this.#openQuorum();
    this.#directory.load();
    this.#become('registering', 'log-recovered');
    await this.#controllerServer?.listen();
    const joined = new Promise<void>((resolve) => {
      this.#metadata.onLeaderChange(({ leaderId }) => {
        if (leaderId !== null) resolve();
      });
    });
    raft.start();
    await joined;
    this.#become('registering', 'quorum-joined');
    if (this.#addresses.client !== null && this.#addresses.isBroker) await this.#startBroker(previousBrokerEpoch);
    this.#become('running', 'unfenced');
  }

  #openDirectory(): void {
    const { clusterId, directoryId } = this.#options;
    const { nodeId } = this;
    if (this.#directory.metaProperties === null) this.#directory.format({ clusterId, nodeId, directoryId });
    else this.#directory.verify({ clusterId, nodeId });
  }

  #openQuorum(): RaftNode {
    const { env, codecs, clusterId, directoryId, onBug } = this.#options;
    const { nodeId } = this;
    const { voters, controllerListenerName: listenerName, isController, controller: address, logDir } = this.#addresses;
    const raft = openRaft({
      env,
      codecs,
      nodeId,
      directoryId: this.#directory.metaProperties?.directoryId ?? directoryId,
      clusterId,
      voters,
      listenerName,
      metadataLogDir: logDir,
      config: raftSettings(this.#config, this.#configs),
    });
    this.#raft = raft;
    if (isController && address !== null) {
      const config = controllerSettings(this.#config, this.#configs);
      const controller = new Controller({ env, raft, nodeId, clusterId, config });
      this.#controller = controller;
      this.#controllerServer = new RpcServer({
        env,
        listener: 'controller',
        host: address.host,
        port: address.port,
        registry: controllerRegistry(controller, raft, {
          nodeId,
          clusterId,
          listener: listenerName,
          configs: this.#configs,
        }),
        onBug,
      });
      raft.register(controller);
    }
    this.#metadata.onPublish((delta, image) => this.#published(delta, image));
    this.#metadata.onLeaderChange(() => this.#channel?.controllerChanged());
    raft.register(this.#metadata);
    this.#channel = new ControllerChannel({
      env,
      nodeId,
      activeController: () => endpointOf(voters, raft.leaderAndEpoch().leaderId),
    });
    if (isController && address !== null) {
      this.#registration = new ControllerRegistration({
        env,
        channel: this.#channel,
        nodeId,
        incarnationId: this.#incarnationId,
        listeners: [{ ...address, securityProtocol: 0 }],
        features: supportedFeatures,
      });
    }
    return raft;
  }

  #published(delta: MetadataDelta, image: MetadataImage): void {
    this.#services?.apply(delta, image);
    this.#lifecycle?.hurry(image);
    this.#registration?.check(image);
    const { onMetadata, clusterId } = this.#options;
    if (onMetadata === undefined) return;
    onMetadata(metadataView(this.#viewed ? delta : null, image, clusterId));
    this.#viewed = true;
  }

  async #startBroker(previousBrokerEpoch: number): Promise<void> {
    const { env, codecs, onBug, onFault, clusterId } = this.#options;
    const { nodeId } = this;
    const address = required(this.#addresses.client, 'the listener for clients');
    const channel = required(this.#channel, 'the channel to the controller');
    const directoryId = required(this.#directory.metaProperties, 'meta.properties').directoryId;
    const lifecycle = new BrokerLifecycle({
      env,
      channel,
      nodeId,
      clusterId,
      incarnationId: this.#incarnationId,
      listeners: [{ ...address, securityProtocol: 0 }],
      features: supportedFeatures,
      rack: this.#config.brokerRack,
      logDirs: [directoryId],
      previousBrokerEpoch,
      metadataOffset: () => this.#metadata.publishedOffset,
      heartbeatIntervalMs: this.#config.brokerHeartbeatIntervalMs,
    });
    this.#lifecycle = lifecycle;
    const services = new BrokerServices({
      env,
      codecs,
      nodeId,
      config: this.#config,
      configs: this.#configs,
      logs: this.#directory,
      logDir: this.#addresses.logDir,
      channel,
      clusterId,
      listener: address.name,
      brokerEpoch: () => lifecycle.epoch,
      image: () => this.#metadata.image,
      onStorageFault: onFault,
    });
    lifecycle.start();
    await lifecycle.caughtUp;
    this.#become('registering', 'registered');
    this.#services = services;
    services.start(this.#metadata.image);
    const server = new RpcServer({
      env,
      listener: 'broker',
      host: address.host,
      port: address.port,
      registry: services.registry,
      requestBytesMax: this.#config.socketRequestMaxBytes,
      idleMsMax: this.#config.connectionsMaxIdleMs,
      onBug,
    });
    this.#brokerServer = server;
    await server.listen();
    lifecycle.setReadyToUnfence();
    await lifecycle.unfenced;
  }

  /** Asks the controller to move the leaders away; the broker serves on until {@link stop}. */
  async leave(): Promise<void> {
    if (this.#state !== 'running' || this.#lifecycle === null) return;
    this.#become('shutting-down', 'controlled-shutdown');
    if (!this.#config.controlledShutdownEnable) return;
    this.#services?.replicas.beginControlledShutdown();
    const quorum = this.#quorumLost();
    await Promise.race([this.#lifecycle.shutdown(controlledShutdownLimitMs), quorum.lost]);
    quorum.stop();
  }

  /** Resolves when the quorum has had no leader for a while: nobody is left who could grant a controlled shutdown. */
  #quorumLost(): { readonly lost: Promise<void>; stop(): void } {
    const { clock } = this.#options.env;
    let stop = (): void => {};
    const lost = new Promise<void>((resolve) => {
      let leaderlessMs = 0;
      const timer = clock.every(leaderlessCheckMs, () => {
        leaderlessMs = this.#raft?.leaderAndEpoch().leaderId == null ? leaderlessMs + leaderlessCheckMs : 0;
        if (leaderlessMs >= leaderlessLimitMs) resolve();
      });
      stop = () => timer.cancel();
    });
    return { lost, stop };
  }

  /** Leaves, then ends everything in order; the data directory is marked as cleanly stopped. */
  async stop(): Promise<void> {
    await this.leave();
    const brokerEpoch = this.#lifecycle?.epoch ?? -1;
    this.#lifecycle?.stop();
    await this.#brokerServer?.close();
    this.#services?.stop();
    this.#registration?.stop();
    this.#channel?.stop();
    this.#controller?.stop();
    await this.#raft?.stop(raftStopLimitMs);
    await this.#controllerServer?.close();
    this.#directory.close({ brokerEpoch });
    this.#become('stopped', 'stopped');
  }

  get running(): boolean {
    return this.#state === 'running';
  }

  #groupSamples(): Pick<NodeSample, 'groups' | 'groupsGone'> {
    if (this.#services === null) return { groups: [], groupsGone: [] };
    return groupSamples(this.#services.coordinator, this.#options.env.clock);
  }

  /** Null until the node has joined the quorum. */
  sample(): NodeSample | null {
    const raft = this.#raft;
    if (raft === null) return null;
    const client = this.#brokerServer?.sample();
    const traffic = this.#services?.replicas.traffic;
    return {
      nodeId: this.nodeId,
      atMs: Math.floor(this.#options.env.clock.precise()),
      lifecycle: this.#state,
      brokerEpoch: this.#lifecycle?.epoch ?? -1,
      quorum: quorumSample(raft),
      replicas: this.#services?.replicas.sample() ?? [],
      heartbeats: this.#controller?.sample().heartbeats ?? [],
      diskBytes: this.#directory.sizeInBytes,
      traffic: {
        bytesIn: client?.bytesIn ?? 0,
        bytesOut: client?.bytesOut ?? 0,
        recordsIn: traffic?.recordsIn ?? 0,
        requests: client?.requests ?? 0,
        connections: client?.connections ?? 0,
      },
      ...this.#groupSamples(),
    };
  }
}
