/**
 * Brokers of a simulated world that replicate over the wire with real logs, and a controller written for the tests: it
 * keeps the metadata as a list of records, gives it to each broker after a while, answers AlterPartition, and fences
 * whom it is told to. No quorum, no heartbeats.
 */
import { BugError, required } from '../base/assert.ts';
import type { NodeId, Offset, PartitionIndex, TopicName, Uuid } from '../base/ids.ts';
import { utf8 } from '../base/text.ts';
import { zeroUuid } from '../base/uuid.ts';
import { fetchHandler } from '../broker/handlers/01-fetch.ts';
import { deleteRecordsHandler } from '../broker/handlers/21-delete-records.ts';
import { describeLogDirsHandler } from '../broker/handlers/35-describe-log-dirs.ts';
import { describeProducersHandler } from '../broker/handlers/61-describe-producers.ts';
import { listOffsetsHandler } from '../broker/handlers/02-list-offsets.ts';
import { offsetForLeaderEpochHandler } from '../broker/handlers/23-offset-for-leader-epoch.ts';
import { produceHandler } from '../broker/handlers/00-produce.ts';
import { nodeCodecs } from '../env/node/compression.ts';
import { SimWorld } from '../env/sim/index.ts';
import type { SimNode } from '../env/sim/index.ts';
import { MetadataDelta, emptyMetadataImage } from '../metadata/index.ts';
import type { MetadataImage, MetadataRecord, PartitionRegistration, RecordOf } from '../metadata/index.ts';
import { ApiRegistry, RpcChannel, RpcServer } from '../net/index.ts';
import { ErrorCode, produceApi } from '../protocol/index.ts';
import type { AlterPartitionRequestInput, AlterPartitionResponse, Api, ResponseOf } from '../protocol/index.ts';
import { buildBatch } from '../record/index.ts';
import { LogDirectory, defaultLogConfig } from '../storage/index.ts';
import type { LogConfig } from '../storage/index.ts';
import { AlterPartitionChannel } from './alter-partition-channel.ts';
import { FetchSessions } from './fetch-session.ts';
import type { Partition } from './partition.ts';
import { Replicas } from './replicas.ts';
import { defaultReplicationSettings } from './settings.ts';
import type { ReplicationSettings } from './settings.ts';

export interface ReplicationClusterOptions {
  readonly seed?: number;
  readonly brokers?: number;
  /** Wall time at the beginning. */
  readonly startMs?: number;
  readonly settings?: Partial<ReplicationSettings>;
  readonly logConfig?: Partial<LogConfig>;
}

const firstPort = 19_090;
const listener = 'PLAINTEXT';

export class ReplicationCluster {
  readonly world: SimWorld;
  readonly brokers = new Map<NodeId, TestBroker>();
  readonly controller: TestController;
  readonly settings: ReplicationSettings;
  logConfig: LogConfig;
  readonly #clients = new Map<NodeId, RpcChannel>();

  constructor(options: ReplicationClusterOptions = {}) {
    this.world = new SimWorld(options.seed ?? 1, options.startMs);
    this.settings = { ...defaultReplicationSettings, ...options.settings };
    this.logConfig = { ...defaultLogConfig, ...options.logConfig };
    this.controller = new TestController(this);
    for (let id = 1; id <= (options.brokers ?? 3); id++) this.brokers.set(id, new TestBroker(this, id));
  }

  /** Starts every broker and lets them learn of each other. */
  async start(): Promise<this> {
    for (const broker of this.brokers.values()) await this.world.complete(broker.start());
    await this.world.run(50);
    return this;
  }

  broker(id: NodeId): TestBroker {
    return required(this.brokers.get(id), `broker ${id}`);
  }

  /** Leaves its files as they are. */
  kill(id: NodeId): void {
    this.broker(id).node.kill();
    this.broker(id).running = false;
  }

  async restart(id: NodeId): Promise<void> {
    this.broker(id).node.restart();
    await this.world.complete(this.broker(id).start());
  }

  createTopic(topic: TopicName, assignment: readonly (readonly NodeId[])[], topicId?: Uuid): Uuid {
    return this.controller.createTopic(topic, assignment, topicId);
  }

  /** The replica on a running broker. */
  replica(id: NodeId, topic: TopicName, partition: PartitionIndex = 0): Partition {
    return required(this.broker(id).replicas.partition(topic, partition), `${topic}-${partition} on broker ${id}`);
  }

  /** From a client's own connection. */
  async produce(
    id: NodeId,
    topic: TopicName,
    records: Uint8Array,
    options: { acks?: number; timeoutMs?: number; partition?: PartitionIndex } = {},
  ): Promise<{ error: ErrorCode; baseOffset: Offset }> {
    const { acks = -1, timeoutMs = 5000, partition = 0 } = options;
    const response = await this.send(id, produceApi, 12, {
      transactionalId: null,
      acks,
      timeoutMs,
      topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
    });
    const answer = response.responses[0]!.partitionResponses[0]!;
    return { error: answer.errorCode as ErrorCode, baseOffset: answer.baseOffset };
  }

  send<A extends Api>(
    id: NodeId,
    api: A,
    version: number,
    request: Parameters<typeof RpcChannel.prototype.send<A>>[1],
  ): Promise<ResponseOf<A>> {
    let channel = this.#clients.get(id);
    if (channel === undefined) {
      channel = new RpcChannel({
        env: this.world.node('client').env,
        host: '127.0.0.1',
        port: firstPort + id,
        clientId: 'client',
      });
      this.#clients.set(id, channel);
    }
    return channel.send(api, request, { version });
  }
}

/** One broker over its lives. */
export class TestBroker {
  readonly id: NodeId;
  readonly cluster: ReplicationCluster;
  readonly node: SimNode;
  replicas!: Replicas;
  logs!: LogDirectory;
  registry!: ApiRegistry;
  image: MetadataImage = emptyMetadataImage;
  running = false;
  epoch = -1;

  constructor(cluster: ReplicationCluster, id: NodeId) {
    this.id = id;
    this.cluster = cluster;
    this.node = cluster.world.node(`broker-${id}`);
  }

  async start(): Promise<void> {
    const { cluster, id } = this;
    const { env } = this.node;
    const { clock, tracer, random } = env;
    const context = { disk: env.disk, clock, random, tracer, codecs: nodeCodecs };
    this.logs = LogDirectory.open({ context, path: 'data', configOf: () => cluster.logConfig });
    this.logs.load();
    const { logs } = this;
    const brokerEpoch = (): number => this.epoch;
    this.replicas = new Replicas({
      nodeId: id,
      env,
      logs,
      settings: cluster.settings,
      logConfig: () => cluster.logConfig,
      brokerEpoch,
      alterPartition: new AlterPartitionChannel({
        nodeId: id,
        controller: cluster.controller.requestsOf(this),
        clock,
        tracer,
        brokerEpoch,
      }),
      interBrokerListener: listener,
      connect: (_source, host, port) => new RpcChannel({ env, host, port, clientId: `broker-${id}-fetcher-0` }),
      onStorageFault: (fault) => {
        throw new BugError(`broker ${id}: ${fault.message}`);
      },
    });
    const { replicas } = this;
    const sessions = new FetchSessions({ clock, random, slots: cluster.settings.fetchSessionSlots });
    const registry = new ApiRegistry([
      produceHandler({ replicas, listener }),
      fetchHandler({ replicas, sessions, listener, maxBytes: cluster.settings.fetchMaxBytesPerRequest }),
      listOffsetsHandler({ replicas }),
      deleteRecordsHandler({ replicas }),
      offsetForLeaderEpochHandler({ replicas }),
      describeLogDirsHandler({ replicas, logs, disk: env.disk, logDir: '/data' }),
      describeProducersHandler({ replicas }),
    ]);
    this.registry = registry;
    const server = new RpcServer({
      env,
      listener: 'broker',
      host: '127.0.0.1',
      port: firstPort + id,
      registry,
      onBug: (error) => {
        throw error;
      },
    });
    await server.listen();
    this.running = true;
    this.image = emptyMetadataImage;
    this.epoch = cluster.controller.register(id, firstPort + id);
    this.catchUp();
    this.replicas.start();
  }

  /** Applies what the controller has written since, as one delta. */
  catchUp(): void {
    const { records } = this.cluster.controller;
    const from = this.image.provenance.lastContainedOffset + 1;
    if (from >= records.length) return;
    const delta = new MetadataDelta(this.image);
    for (const record of records.slice(from)) delta.replay(record);
    this.image = delta.apply({
      lastContainedOffset: records.length - 1,
      lastContainedEpoch: 1,
      lastContainedLogTimestampMs: 0,
    });
    this.replicas.apply(delta, this.image);
  }
}

export class TestController {
  readonly records: MetadataRecord[] = [];
  /** How long a change takes to a broker. */
  latencyMs: readonly [min: number, max: number] = [1, 10];
  /** False: AlterPartition is not answered. */
  answers = true;
  image: MetadataImage = emptyMetadataImage;
  readonly #cluster: ReplicationCluster;
  #topics = 0;

  constructor(cluster: ReplicationCluster) {
    this.#cluster = cluster;
  }

  /** Appends to the metadata log. Returns the offset of the first record. */
  write(...records: MetadataRecord[]): Offset {
    const offset = this.records.length;
    this.records.push(...records);
    const delta = new MetadataDelta(this.image);
    for (const record of records) delta.replay(record);
    const lastContainedOffset = this.records.length - 1;
    this.image = delta.apply({ lastContainedOffset, lastContainedEpoch: 1, lastContainedLogTimestampMs: 0 });
    for (const broker of this.#cluster.brokers.values()) this.#publish(broker);
    return offset;
  }

  partition(topic: TopicName, partition: PartitionIndex = 0): PartitionRegistration {
    return required(this.image.topics.byName.get(topic)?.partitions.get(partition), `${topic}-${partition}`);
  }

  createTopic(
    topic: TopicName,
    assignment: readonly (readonly NodeId[])[],
    topicId: Uuid = `topic${String(this.#topics++).padStart(16, '0')}Q`,
  ): Uuid {
    this.write(
      { type: 'TopicRecord', version: 0, name: topic, topicId },
      ...assignment.map((replicas, partitionId): MetadataRecord => {
        const isr = replicas.filter((id) => this.#isActive(id));
        return {
          type: 'PartitionRecord',
          version: 2,
          partitionId,
          topicId,
          replicas: [...replicas],
          isr,
          removingReplicas: [],
          addingReplicas: [],
          leader: isr[0] ?? -1,
          leaderRecoveryState: 0,
          leaderEpoch: 0,
          partitionEpoch: 0,
          directories: replicas.map(() => zeroUuid),
          eligibleLeaderReplicas: null,
          lastKnownElr: null,
        };
      }),
    );
    return topicId;
  }

  deleteTopic(topic: TopicName): void {
    const { id } = required(this.image.topics.byName.get(topic), topic);
    this.write({ type: 'RemoveTopicRecord', version: 0, topicId: id });
  }

  /** Returns the broker's epoch. Its ISR memberships of an earlier life are gone. */
  register(id: NodeId, port: number): number {
    if (this.image.cluster.brokers.has(id)) this.fence(id);
    const brokerEpoch = this.records.length;
    this.write({
      type: 'RegisterBrokerRecord',
      version: 3,
      brokerId: id,
      isMigratingZkBroker: false,
      incarnationId: zeroUuid,
      brokerEpoch,
      endPoints: [{ name: listener, host: '127.0.0.1', port, securityProtocol: 0 }],
      features: [],
      rack: null,
      fenced: false,
      inControlledShutdown: false,
      logDirs: [],
      cordonedLogDirs: null,
    });
    this.#electWhereNeeded();
    return brokerEpoch;
  }

  /** As after `broker.session.timeout.ms`: out of every ISR at once, leaders elsewhere. The last ISR member stays. */
  fence(id: NodeId): void {
    const registration = required(this.image.cluster.brokers.get(id), `broker ${id}`);
    if (!registration.fenced) {
      this.write({
        type: 'BrokerRegistrationChangeRecord',
        version: 2,
        brokerId: id,
        brokerEpoch: registration.epoch,
        fenced: 1,
        inControlledShutdown: 0,
        logDirs: [],
        cordonedLogDirs: null,
      });
    }
    for (const topic of this.image.topics.byId.values()) {
      for (const [partitionId, partition] of topic.partitions) {
        if (!partition.isr.includes(id)) continue;
        const isr = partition.isr.filter((member) => member !== id);
        if (isr.length === 0) {
          if (partition.leader !== -1) this.change(topic.name, partitionId, { leader: -1 });
        } else {
          const leads = partition.leader === id;
          this.change(topic.name, partitionId, { isr, ...(leads ? { leader: this.#electable(partition, isr) } : {}) });
        }
      }
    }
  }

  elect(topic: TopicName, leader: NodeId, partition: PartitionIndex = 0): void {
    this.change(topic, partition, { leader });
  }

  change(
    topic: TopicName,
    partitionId: PartitionIndex,
    change: Partial<Pick<RecordOf<'PartitionChangeRecord'>, 'isr' | 'leader' | 'replicas'>>,
  ): void {
    const { id } = required(this.image.topics.byName.get(topic), topic);
    this.write({
      type: 'PartitionChangeRecord',
      version: 2,
      partitionId,
      topicId: id,
      isr: null,
      leader: -2,
      replicas: null,
      removingReplicas: null,
      addingReplicas: null,
      leaderRecoveryState: -1,
      directories: null,
      eligibleLeaderReplicas: null,
      lastKnownElr: null,
      ...change,
    });
  }

  /** The channel of one broker's life to this controller. */
  requestsOf(broker: TestBroker) {
    const { clock } = broker.node.env;
    return {
      send: <A extends Api>(_api: A, request: unknown): Promise<ResponseOf<A>> =>
        new Promise((resolve) => {
          clock.after(this.#delayMs(), () => {
            if (!this.answers) return;
            const response = this.#alterPartition(request as AlterPartitionRequestInput);
            clock.after(this.#delayMs(), () => resolve(response as ResponseOf<A>));
          });
        }),
    };
  }

  #alterPartition(request: AlterPartitionRequestInput): AlterPartitionResponse {
    const registration = this.image.cluster.brokers.get(request.brokerId);
    if (registration === undefined || registration.epoch !== request.brokerEpoch) {
      return { throttleTimeMs: 0, errorCode: ErrorCode.STALE_BROKER_EPOCH, topics: [] };
    }
    const topics = request.topics.map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions.map((wanted) => {
        const isr = (wanted.newIsrWithEpochs ?? []).map(
          ({ brokerId, brokerEpoch }) => [brokerId, brokerEpoch ?? -1] as const,
        );
        const topic = this.image.topics.byId.get(topicId);
        const before = topic?.partitions.get(wanted.partitionIndex);
        const errorCode = this.#refusal(request.brokerId, before, wanted, isr);
        if (errorCode === ErrorCode.NONE) {
          const ids = isr.map(([id]) => id);
          this.change(required(topic, topicId).name, wanted.partitionIndex, { isr: ids });
        }
        const now = this.image.topics.byId.get(topicId)?.partitions.get(wanted.partitionIndex);
        return {
          partitionIndex: wanted.partitionIndex,
          errorCode,
          leaderId: now?.leader ?? -1,
          leaderEpoch: now?.leaderEpoch ?? -1,
          isr: [...(now?.isr ?? [])],
          leaderRecoveryState: 0,
          partitionEpoch: now?.partitionEpoch ?? -1,
        };
      }),
    }));
    return { throttleTimeMs: 0, errorCode: 0, topics };
  }

  #refusal(
    broker: NodeId,
    partition: PartitionRegistration | undefined,
    wanted: { readonly leaderEpoch: number; readonly partitionEpoch: number },
    isr: readonly (readonly [NodeId, number])[],
  ): ErrorCode {
    if (partition === undefined) return ErrorCode.UNKNOWN_TOPIC_ID;
    if (wanted.leaderEpoch < partition.leaderEpoch) return ErrorCode.FENCED_LEADER_EPOCH;
    if (partition.leader !== broker) return ErrorCode.INVALID_REQUEST;
    if (wanted.partitionEpoch < partition.partitionEpoch) return ErrorCode.INVALID_UPDATE_VERSION;
    const ineligible = isr.some(([id, epoch]) => {
      if (!this.#isActive(id)) return true;
      return epoch !== -1 && this.image.cluster.brokers.get(id)!.epoch !== epoch;
    });
    return ineligible ? ErrorCode.INELIGIBLE_REPLICA : ErrorCode.NONE;
  }

  #electWhereNeeded(): void {
    for (const topic of this.image.topics.byId.values()) {
      for (const [partitionId, partition] of topic.partitions) {
        if (partition.leader !== -1) continue;
        const leader = this.#electable(partition, partition.isr);
        if (leader !== -1) this.change(topic.name, partitionId, { leader });
      }
    }
  }

  #electable(partition: PartitionRegistration, isr: readonly NodeId[]): NodeId {
    return partition.replicas.find((id) => isr.includes(id) && this.#isActive(id)) ?? -1;
  }

  #isActive(id: NodeId): boolean {
    return this.image.cluster.brokers.get(id)?.fenced === false;
  }

  #publish(broker: TestBroker): void {
    if (!broker.running) return;
    const { replicas } = broker;
    broker.node.env.clock.after(this.#delayMs(), () => {
      if (broker.replicas === replicas) broker.catchUp();
    });
  }

  #delayMs(): number {
    const [min, max] = this.latencyMs;
    return min + this.#cluster.world.random.next() * (max - min);
  }
}

/** A batch of one record for each text. */
export function batch(...values: readonly string[]): Uint8Array {
  return buildBatch(values.map((value) => ({ timestamp: 1_750_000_000_000, key: null, value: utf8(value) })));
}
