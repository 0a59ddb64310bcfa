/**
 * Brokers for the tests of clients: servers of the wire protocol in the simulated world, whose metadata and answers a
 * test decides. They keep what was produced; nothing is replicated, nothing is stored.
 */
import type { NodeId, PartitionIndex, TopicName, Uuid } from '../base/ids.ts';
import { required } from '../base/assert.ts';
import type { SimWorld } from '../env/sim/index.ts';
import { type ApiRange, ApiRegistry, type Handler, RpcServer } from '../net/index.ts';
import { handlerOf } from '../net/rpc.testkit.ts';
import {
  apiVersionsApi,
  ErrorCode,
  findCoordinatorApi,
  initProducerIdApi,
  metadataApi,
  type MetadataResponseInput,
  produceApi,
  type ProduceRequest,
  type RequestOf,
  type ResponseInputOf,
} from '../protocol/index.ts';
import {
  type BatchHeader,
  batchHeader,
  iterateBatches,
  iterateRecords,
  noCodecs,
  type RecordCodecs,
} from '../record/index.ts';
import { fromUtf8 } from '../base/text.ts';

export interface ScriptedTopic {
  readonly topicId: Uuid;
  /** Of each partition; -1: none. */
  leaders: NodeId[];
  epochs: number[];
}

/** A batch as it arrived. */
export interface ArrivedBatch {
  readonly broker: NodeId;
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  readonly atMs: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly values: readonly string[];
  readonly keys: readonly (string | null)[];
  readonly sizeInBytes: number;
}

export interface PartitionAnswer {
  readonly errorCode?: number;
  readonly errorMessage?: string;
  readonly baseOffset?: number;
  readonly logStartOffset?: number;
  readonly currentLeader?: { readonly leaderId: NodeId; readonly leaderEpoch: number };
  readonly recordErrors?: { readonly batchIndex: number; readonly batchIndexErrorMessage: string | null }[];
}

export const clientNode = 'client';

export function portOf(broker: NodeId): number {
  return 9092 + broker;
}

export class ScriptedCluster {
  readonly world: SimWorld;
  readonly topics = new Map<TopicName, ScriptedTopic>();
  /** Everything that was produced, refused or not. */
  readonly arrived: ArrivedBatch[] = [];
  readonly metadataRequests: { readonly broker: NodeId; readonly topics: readonly string[] | null }[] = [];
  /** Brokers in metadata. */
  brokers: NodeId[];
  /** What a partition's batch is answered; null: not at all. */
  onProduce: (batch: ArrivedBatch) => PartitionAnswer | Promise<PartitionAnswer> = () => ({});
  nextProducerId = 1000;
  /** Codes that the next InitProducerId requests are answered by. */
  readonly initProducerIdErrors: number[] = [];
  #handlers: readonly Handler[];
  readonly #codecs: RecordCodecs;
  readonly #servers = new Map<NodeId, RpcServer>();
  readonly #registries = new Map<NodeId, ApiRegistry>();
  readonly #logEnds = new Map<string, number>();

  /** `handlers` come in addition to those for metadata, producer ids, coordinators and produce. */
  constructor(world: SimWorld, brokers: readonly NodeId[], handlers: readonly Handler[] = [], codecs = noCodecs) {
    this.world = world;
    this.brokers = [...brokers];
    this.#handlers = handlers;
    this.#codecs = codecs;
  }

  /** Serves an API, instead of what these brokers do by themselves, from their next start on. */
  replaceHandler(handler: Handler): void {
    this.#handlers = [...this.#handlers, handler];
  }

  get bootstrap(): string {
    return this.brokers.map((id) => `127.0.0.1:${portOf(id)}`).join(',');
  }

  /** Leaders go round the brokers. */
  addTopic(name: TopicName, partitions: number): ScriptedTopic {
    const leaders = Array.from({ length: partitions }, (_, index) =>
      required(this.brokers[index % this.brokers.length], 'a broker'),
    );
    const topicId = `topic${name
      .replaceAll(/[^a-zA-Z0-9]/g, '')
      .padEnd(17, 'x')
      .slice(0, 16)}A`;
    const topic = { topicId, leaders, epochs: leaders.map(() => 0) };
    this.topics.set(name, topic);
    return topic;
  }

  moveLeader(name: TopicName, partition: PartitionIndex, to: NodeId): void {
    const topic = required(this.topics.get(name), name);
    topic.leaders[partition] = to;
    topic.epochs[partition] = (topic.epochs[partition] ?? 0) + 1;
  }

  async start(): Promise<void> {
    for (const id of this.brokers) await this.startBroker(id);
  }

  async startBroker(id: NodeId): Promise<void> {
    const node = this.world.node(`broker ${id}`);
    const env = node.state === 'dead' ? node.restart() : node.env;
    const own: Handler[] = [
      handlerOf(apiVersionsApi, () => ({ errorCode: ErrorCode.NONE, apiKeys: this.#ranges(id) })),
      handlerOf(metadataApi, (request) => this.#metadata(id, request)),
      handlerOf(initProducerIdApi, () => {
        const errorCode = this.initProducerIdErrors.shift() ?? ErrorCode.NONE;
        return errorCode === ErrorCode.NONE
          ? { errorCode, producerId: this.nextProducerId++, producerEpoch: 0 }
          : { errorCode, producerId: -1, producerEpoch: -1 };
      }),
      handlerOf(findCoordinatorApi, ({ coordinatorKeys }) => ({
        coordinators: coordinatorKeys.map((key) => ({
          key,
          nodeId: id,
          host: '127.0.0.1',
          port: portOf(id),
          errorCode: ErrorCode.NONE,
          errorMessage: null,
        })),
      })),
      { ...handlerOf(produceApi, (request) => this.#produce(id, request)), pipelined: true },
    ];
    const given = this.#handlers;
    const kept = own.filter(({ api }) => given.every((other) => other.api.key !== api.key));
    const registry = new ApiRegistry([...kept, ...given]);
    this.#registries.set(id, registry);
    const server = new RpcServer({
      env,
      listener: 'broker',
      host: '127.0.0.1',
      port: portOf(id),
      registry,
      onBug: (error) => {
        throw error;
      },
    });
    this.#servers.set(id, server);
    await this.world.complete(server.listen());
  }

  #ranges(id: NodeId): ApiRange[] {
    return required(this.#registries.get(id), 'a registry').ranges('broker');
  }

  kill(id: NodeId): void {
    this.world.node(`broker ${id}`).kill();
  }

  /** Values by partition in the order in which they arrived at first. */
  values(topic: TopicName, partition: PartitionIndex): string[] {
    return this.arrived
      .filter((batch) => batch.topic === topic && batch.partition === partition)
      .flatMap(({ values }) => values);
  }

  #metadata(broker: NodeId, request: RequestOf<typeof metadataApi>): MetadataResponseInput {
    const asked = request.topics?.map(({ name }) => name ?? '') ?? null;
    this.metadataRequests.push({ broker, topics: asked });
    const brokers = this.brokers.map((nodeId) => ({ nodeId, host: '127.0.0.1', port: portOf(nodeId) }));
    const topics = (asked ?? [...this.topics.keys()]).map((name) => {
      const topic = this.topics.get(name);
      if (topic === undefined) return { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, name, partitions: [] };
      const partitions = topic.leaders.map((leaderId, partitionIndex) => ({
        errorCode: leaderId < 0 ? ErrorCode.LEADER_NOT_AVAILABLE : ErrorCode.NONE,
        partitionIndex,
        leaderId,
        leaderEpoch: topic.epochs[partitionIndex] ?? 0,
        replicaNodes: [...this.brokers],
        isrNodes: [...this.brokers],
      }));
      return { errorCode: ErrorCode.NONE, name, topicId: topic.topicId, partitions };
    });
    return { brokers, clusterId: 'scripted', controllerId: this.brokers[0] ?? -1, topics };
  }

  async #produce(broker: NodeId, request: ProduceRequest): Promise<ResponseInputOf<typeof produceApi> | null> {
    const responses = request.topicData.map(async ({ topicId, partitionData }) => {
      const [name] = [...this.topics].find(([, topic]) => topic.topicId === topicId) ?? [''];
      const answers = partitionData.map(async ({ index, records }) => {
        const batch = this.#arrive(broker, name, index, required(records, 'records'));
        return { index, baseOffset: -1, ...(await this.#answer(batch)) };
      });
      return { topicId, partitionResponses: await Promise.all(answers) };
    });
    const all = await Promise.all(responses);
    return request.acks === 0 ? null : { responses: all };
  }

  #arrive(broker: NodeId, topic: TopicName, partition: PartitionIndex, bytes: Uint8Array): ArrivedBatch {
    const header: BatchHeader = batchHeader(bytes);
    const records = [...iterateBatches(bytes)].flatMap((batch) => [...iterateRecords(batch, this.#codecs)]);
    const batch: ArrivedBatch = {
      broker,
      topic,
      partition,
      atMs: this.world.nowMs,
      producerId: header.producerId,
      producerEpoch: header.producerEpoch,
      baseSequence: header.baseSequence,
      values: records.map(({ value }) => (value === null ? '' : fromUtf8(value))),
      keys: records.map(({ key }) => (key === null ? null : fromUtf8(key))),
      sizeInBytes: header.sizeInBytes,
    };
    this.arrived.push(batch);
    return batch;
  }

  async #answer(batch: ArrivedBatch): Promise<PartitionAnswer & { errorCode: number }> {
    const key = `${batch.topic}-${batch.partition}`;
    const leader = this.topics.get(batch.topic)?.leaders[batch.partition];
    if (leader !== batch.broker) return { errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER };
    const { errorCode = ErrorCode.NONE, ...answer } = await this.onProduce(batch);
    if (errorCode !== ErrorCode.NONE) return { errorCode, ...answer };
    const baseOffset = this.#logEnds.get(key) ?? 0;
    this.#logEnds.set(key, baseOffset + batch.values.length);
    return { errorCode, baseOffset, ...answer };
  }
}
