/** Partitions with batches that a test writes, served over the wire by a scripted cluster: ListOffsets and Fetch. */
import { required } from '../../base/assert.ts';
import { concatBytes, utf8 } from '../../base/text.ts';
import { ClusterClient, parseBootstrapServers } from '../../client/index.ts';
import { clientNode, portOf, ScriptedCluster } from '../../client/scripted-cluster.testkit.ts';
import { nodeCodecs } from '../../env/node/compression.ts';
import type { SimWorld } from '../../env/sim/index.ts';
import { handlerOf } from '../../net/rpc.testkit.ts';
import { ErrorCode, fetchApi, listOffsetsApi } from '../../protocol/index.ts';
import { batchHeader, buildBatch, iterateBatches, type BatchOptions, type RecordInput } from '../../record/index.ts';
import { PartitionReader } from './partition-reader.ts';

export interface ScriptedLog {
  batches: Uint8Array[];
  logStartOffset: number;
  highWatermark: number;
}

export class ScriptedLogs {
  readonly world: SimWorld;
  readonly cluster: ScriptedCluster;
  /** Offsets that were fetched, in order: `orders-0@12`. */
  readonly fetched: string[] = [];
  readonly #logs = new Map<string, ScriptedLog>();

  constructor(world: SimWorld) {
    this.world = world;
    this.cluster = new ScriptedCluster(world, [1, 2, 3], [this.#listOffsets(), this.#fetch()]);
  }

  async start(topics: Readonly<Record<string, number>>): Promise<void> {
    for (const [name, partitions] of Object.entries(topics)) this.cluster.addTopic(name, partitions);
    await this.cluster.start();
  }

  #log(key: string): ScriptedLog {
    let log = this.#logs.get(key);
    if (log === undefined) this.#logs.set(key, (log = { batches: [], logStartOffset: 0, highWatermark: 0 }));
    return log;
  }

  log(topic: string, partition: number): ScriptedLog {
    return this.#log(`${topic}-${partition}`);
  }

  /** Appends a committed batch at the end, or at `baseOffset`. Returns its base offset. */
  append(
    topic: string,
    partition: number,
    records: readonly (RecordInput | string)[],
    options: BatchOptions = {},
  ): number {
    const log = this.log(topic, partition);
    const baseOffset = options.baseOffset ?? log.highWatermark;
    const timestamp = this.world.clock.now();
    const inputs = records.map((each) =>
      typeof each === 'string' ? { key: null, value: utf8(each), timestamp } : { timestamp, ...each },
    );
    const batch = buildBatch(inputs, { codecs: nodeCodecs, leaderEpoch: 0, ...options, baseOffset });
    log.batches.push(batch);
    log.highWatermark = baseOffset + inputs.length;
    return baseOffset;
  }

  #listOffsets() {
    return handlerOf(listOffsetsApi, ({ topics }, { localPort }) => ({
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, timestamp }) => {
          if (!this.#leads(localPort, name, partitionIndex)) {
            return { partitionIndex, errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER };
          }
          const log = this.log(name, partitionIndex);
          const offset =
            timestamp === -1 ? log.highWatermark : timestamp === -2 ? log.logStartOffset : atTime(log, timestamp);
          return { partitionIndex, errorCode: ErrorCode.NONE, offset };
        }),
      })),
    }));
  }

  #fetch() {
    return handlerOf(fetchApi, ({ topics }, { localPort }) => ({
      errorCode: ErrorCode.NONE,
      responses: topics.map(({ topicId, partitions }) => {
        const [name] = [...this.cluster.topics].find(([, topic]) => topic.topicId === topicId) ?? [''];
        return {
          topicId,
          partitions: partitions.map(({ partition, fetchOffset, partitionMaxBytes }) =>
            this.#fetchPartition(localPort, name, partition, fetchOffset, partitionMaxBytes),
          ),
        };
      }),
    }));
  }

  #fetchPartition(port: number, topic: string, partitionIndex: number, offset: number, bytesMax: number) {
    const none = { partitionIndex, highWatermark: -1, abortedTransactions: null, records: null };
    if (!this.#leads(port, topic, partitionIndex)) return { ...none, errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER };
    const { batches, logStartOffset, highWatermark } = this.log(topic, partitionIndex);
    if (offset < logStartOffset || offset > highWatermark) {
      return { ...none, errorCode: ErrorCode.OFFSET_OUT_OF_RANGE };
    }
    this.fetched.push(`${topic}-${partitionIndex}@${offset}`);
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for (const batch of batches.filter((each) => batchHeader(each).lastOffset >= offset)) {
      if (parts.length > 0 && bytes + batch.length > bytesMax) break;
      parts.push(batch);
      bytes += batch.length;
    }
    return { ...none, errorCode: ErrorCode.NONE, highWatermark, records: concatBytes(parts) };
  }

  /** The broker that listens there. */
  #leads(port: number, topic: string, partition: number): boolean {
    const leader = this.cluster.topics.get(topic)?.leaders[partition] ?? -1;
    return leader >= 0 && portOf(leader) === port;
  }

  /** What a host makes to read with. */
  client(): { readonly cluster: ClusterClient; readonly reader: PartitionReader } {
    const { env } = this.world.node(clientNode);
    const cluster = new ClusterClient({
      env,
      bootstrapServers: parseBootstrapServers(this.cluster.bootstrap.split(',')),
      clientId: 'test',
      requestTimeoutMs: 5000,
      metadataMaxAgeMs: 10_000,
      retryBackoffMs: 100,
      retryBackoffMaxMs: 1000,
      reconnectBackoffMs: 50,
      reconnectBackoffMaxMs: 1000,
      connectTimeoutMs: 2000,
      allowAutoTopicCreation: false,
    });
    cluster.followTopics(null);
    return { cluster, reader: new PartitionReader({ cluster, now: () => env.clock.monotonic(), timeoutMs: 6000 }) };
  }
}

/** Of the first record at or after it; -1 when there is none. */
function atTime(log: ScriptedLog, timestamp: number): number {
  const found = log.batches
    .flatMap((batch) => [...iterateBatches(batch)])
    .find((batch) => batch.maxTimestamp >= timestamp);
  return found === undefined ? -1 : required(found, 'a batch').baseOffset;
}
