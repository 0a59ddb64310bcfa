/**
 * The data path alone: three brokers in worker threads over TCP and files, with fixed metadata and no controller. Tells
 * what produce with acks 1 and all costs by batch size, how long one acks=all round trip takes, what a consumer reads,
 * and what idle replication of many partitions costs.
 *
 *     node test/bench/data-path.ts [--partitions 6] [--seconds 3] [--cpu-profile DIR]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { fetchHandler } from '../../engine/broker/handlers/01-fetch.ts';
import { listOffsetsHandler } from '../../engine/broker/handlers/02-list-offsets.ts';
import { produceHandler } from '../../engine/broker/handlers/00-produce.ts';
import { nodeCodecs } from '../../engine/env/node/compression.ts';
import { nodeEnv } from '../../engine/env/node/index.ts';
import { emptyMetadataImage, MetadataDelta } from '../../engine/metadata/index.ts';
import type { MetadataRecord } from '../../engine/metadata/index.ts';
import { ApiRegistry, RpcChannel, RpcServer } from '../../engine/net/index.ts';
import { fetchApi, produceApi } from '../../engine/protocol/index.ts';
import { buildBatch } from '../../engine/record/index.ts';
import { defaultReplicationSettings, FetchSessions, Replicas } from '../../engine/replication/index.ts';
import { defaultLogConfig, LogDirectory } from '../../engine/storage/index.ts';

const host = '127.0.0.1';
const topic = 'bench';
const topicId = 'AAAAAAAAAAAAAAAAAAAAbQ';
const listener = 'PLAINTEXT';
const noUuid = 'AAAAAAAAAAAAAAAAAAAAAA';

interface WorkerInput {
  readonly id: number;
  readonly directory: string;
  readonly partitions: number;
}

type Ask =
  | { readonly type: 'follow'; readonly ports: readonly number[] }
  | { readonly type: 'cpu' }
  | { readonly type: 'profile'; readonly file: string | null };

function metadata(ports: readonly number[], partitions: number): MetadataRecord[] {
  const ids = ports.map((_, at) => at + 1);
  const records: MetadataRecord[] = ports.map((port, at) => ({
    type: 'RegisterBrokerRecord',
    version: 3,
    brokerId: at + 1,
    isMigratingZkBroker: false,
    incarnationId: noUuid,
    brokerEpoch: at,
    endPoints: [{ name: listener, host, port, securityProtocol: 0 }],
    features: [],
    rack: null,
    fenced: false,
    inControlledShutdown: false,
    logDirs: [],
    cordonedLogDirs: null,
  }));
  records.push({ type: 'TopicRecord', version: 0, name: topic, topicId });
  for (let partitionId = 0; partitionId < partitions; partitionId++) {
    const replicas = ids.map((_, at) => ids[(at + partitionId) % ids.length]!);
    records.push({
      type: 'PartitionRecord',
      version: 2,
      partitionId,
      topicId,
      replicas,
      isr: replicas,
      removingReplicas: [],
      addingReplicas: [],
      leader: replicas[0]!,
      leaderRecoveryState: 0,
      leaderEpoch: 0,
      partitionEpoch: 0,
      directories: replicas.map(() => noUuid),
      eligibleLeaderReplicas: null,
      lastKnownElr: null,
    });
  }
  return records;
}

async function serve({ id, directory, partitions }: WorkerInput): Promise<void> {
  const port = parentPort!;
  const env = nodeEnv(directory, () => {});
  const { clock, random, tracer, disk } = env;
  const context = { disk, clock, random, tracer, codecs: nodeCodecs };
  const logs = LogDirectory.open({ context, path: 'data', configOf: () => defaultLogConfig });
  logs.load();
  const replicas = new Replicas({
    nodeId: id,
    env,
    logs,
    settings: defaultReplicationSettings,
    logConfig: () => defaultLogConfig,
    brokerEpoch: () => id - 1,
    alterPartition: { alterPartition: () => new Promise(() => {}) },
    interBrokerListener: listener,
    connect: (_source, to, at) => new RpcChannel({ env, host: to, port: at, clientId: `broker-${id}-fetcher-0` }),
  });
  const sessions = new FetchSessions({ clock, random, slots: 1000 });
  const registry = new ApiRegistry([
    produceHandler({ replicas, listener }),
    fetchHandler({ replicas, sessions, listener, maxBytes: defaultReplicationSettings.fetchMaxBytesPerRequest }),
    listOffsetsHandler({ replicas }),
  ]);
  const onBug = (error: unknown): void => {
    throw error;
  };
  const server = new RpcServer({ env, listener: 'broker', host, port: 0, registry, onBug });
  await server.listen();
  let profiler: Session | null = null;
  port.on('message', async (ask: Ask) => {
    if (ask.type === 'cpu') return port.postMessage(process.threadCpuUsage());
    if (ask.type === 'profile') {
      if (ask.file === null) {
        profiler = new Session();
        profiler.connect();
        await profiler.post('Profiler.enable');
        await profiler.post('Profiler.start');
      } else {
        const { profile } = await profiler!.post('Profiler.stop');
        writeFileSync(ask.file, JSON.stringify(profile));
      }
      return port.postMessage('profiled');
    }
    const delta = new MetadataDelta(emptyMetadataImage);
    for (const record of metadata(ask.ports, partitions)) delta.replay(record);
    replicas.apply(
      delta,
      delta.apply({ lastContainedOffset: 0, lastContainedEpoch: 0, lastContainedLogTimestampMs: 0 }),
    );
    replicas.start();
    port.postMessage('following');
  });
  port.postMessage(server.port);
}

class Broker {
  readonly worker: Worker;
  readonly id: number;

  constructor(input: WorkerInput) {
    this.id = input.id;
    this.worker = new Worker(new URL(import.meta.url), { workerData: input });
    this.worker.on('error', (error) => {
      throw error;
    });
  }

  next<T>(): Promise<T> {
    return new Promise((resolve) => this.worker.once('message', resolve));
  }

  async ask<T>(ask: Ask): Promise<T> {
    const answer = this.next<T>();
    this.worker.postMessage(ask);
    return answer;
  }

  async cpuMs(): Promise<number> {
    const { user, system } = await this.ask<NodeJS.CpuUsage>({ type: 'cpu' });
    return (user + system) / 1000;
  }
}

class Cluster {
  readonly brokers: Broker[];
  readonly partitions: number;
  readonly channels: RpcChannel[] = [];
  readonly #directory = mkdtempSync(join(tmpdir(), 'data-path-'));

  constructor(partitions: number) {
    this.partitions = partitions;
    this.brokers = [1, 2, 3].map(
      (id) => new Broker({ id, directory: join(this.#directory, `broker-${id}`), partitions }),
    );
  }

  async start(): Promise<this> {
    const ports = await Promise.all(this.brokers.map((broker) => broker.next<number>()));
    await Promise.all(this.brokers.map((broker) => broker.ask({ type: 'follow', ports })));
    const env = nodeEnv(this.#directory, () => {});
    for (const port of ports) this.channels.push(new RpcChannel({ env, host, port, clientId: 'bench' }));
    await pause(1000);
    return this;
  }

  leaderOf(partition: number): RpcChannel {
    return this.channels[partition % 3]!;
  }

  async cpuMs(): Promise<number[]> {
    return Promise.all(this.brokers.map((broker) => broker.cpuMs()));
  }

  async stop(): Promise<void> {
    for (const channel of this.channels) channel.close();
    for (const { worker } of this.brokers) await worker.terminate();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function batchOf(bytes: number, recordBytes: number): Uint8Array {
  const value = new Uint8Array(recordBytes).fill(120);
  const count = Math.max(1, Math.floor(bytes / recordBytes));
  return buildBatch(Array.from({ length: count }, () => ({ timestamp: Date.now(), key: null, value })));
}

async function produceOnce(cluster: Cluster, partition: number, records: Uint8Array, acks: number): Promise<void> {
  const response = await cluster
    .leaderOf(partition)
    .send(
      produceApi,
      { acks, timeoutMs: 30_000, topicData: [{ name: topic, partitionData: [{ index: partition, records }] }] },
      { version: 12 },
    );
  const { errorCode } = response.responses[0]!.partitionResponses[0]!;
  if (errorCode !== 0) throw new Error(`produce answered ${errorCode}`);
}

async function throughput(cluster: Cluster, batchBytes: number, acks: number, seconds: number): Promise<string> {
  const records = batchOf(batchBytes, Math.min(1000, batchBytes));
  const cpuBefore = await cluster.cpuMs();
  const started = performance.now();
  const endMs = started + seconds * 1000;
  let requests = 0;
  const loop = async (partition: number): Promise<void> => {
    while (performance.now() < endMs) {
      await produceOnce(cluster, partition, records, acks);
      requests++;
    }
  };
  await Promise.all(Array.from({ length: Math.max(5, cluster.partitions) }, (_, at) => loop(at % cluster.partitions)));
  const elapsedMs = performance.now() - started;
  const cpu = (await cluster.cpuMs()).map((ms, at) => ms - cpuBefore[at]!);
  const total = cpu.reduce((sum, ms) => sum + ms, 0);
  const rate = (requests * records.length) / 1e6 / (elapsedMs / 1000);
  return `${rate.toFixed(1)} MB/s, ${Math.round((requests * 1000) / elapsedMs)} requests/s, ${((total * 1000) / requests).toFixed(0)} µs of CPU a request over three brokers`;
}

async function latency(cluster: Cluster, acks: number, rounds: number): Promise<string> {
  const records = batchOf(100, 100);
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = performance.now();
    await produceOnce(cluster, 0, records, acks);
    times.push(performance.now() - before);
    await pause(2);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): string => times[Math.floor(times.length * share)]!.toFixed(2);
  return `median ${at(0.5)} ms, p90 ${at(0.9)}, p99 ${at(0.99)}`;
}

async function consume(cluster: Cluster): Promise<string> {
  let fetchOffset = 0;
  let bytes = 0;
  const started = performance.now();
  while (performance.now() - started < 3000) {
    const response = await cluster.leaderOf(0).send(
      fetchApi,
      {
        maxWaitMs: 100,
        minBytes: 1,
        maxBytes: 52_428_800,
        topics: [{ topicId, partitions: [{ partition: 0, fetchOffset, partitionMaxBytes: 1_048_576 }] }],
      },
      { version: 16 },
    );
    const { records } = response.responses[0]!.partitions[0]!;
    if (records === null || records.length === 0) break;
    const view = new DataView(records.buffer, records.byteOffset, records.length);
    for (let at = 0; at + 61 <= records.length; at += 12 + view.getInt32(at + 8)) {
      if (at + 12 + view.getInt32(at + 8) > records.length) break;
      fetchOffset = Number(view.getBigInt64(at)) + view.getInt32(at + 23) + 1;
    }
    bytes += records.length;
  }
  return `${(bytes / 1e6 / ((performance.now() - started) / 1000)).toFixed(1)} MB/s`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      partitions: { type: 'string', default: '6' },
      seconds: { type: 'string', default: '3' },
      'cpu-profile': { type: 'string' },
    },
  });
  const seconds = Number(values.seconds);
  const profile = async (cluster: Cluster, file: string | null): Promise<void> => {
    if (values['cpu-profile'] === undefined) return;
    await cluster.brokers[0]!.ask({ type: 'profile', file: file === null ? null : join(values['cpu-profile'], file) });
  };
  const cluster = await new Cluster(Number(values.partitions)).start();
  const tell = (what: string, result: string): void => void process.stdout.write(`${what.padEnd(34)} ${result}\n`);
  tell('one at a time, acks=1', await latency(cluster, 1, 200));
  tell('one at a time, acks=all', await latency(cluster, -1, 300));
  for (const acks of [1, -1]) {
    for (const batchBytes of [1000, 16_000, 64_000]) {
      const name = `acks=${acks === -1 ? 'all' : acks} batches of ${batchBytes}`;
      await throughput(cluster, batchBytes, acks, 1);
      await profile(cluster, null);
      tell(name, await throughput(cluster, batchBytes, acks, seconds));
      await profile(cluster, `produce-${acks}-${batchBytes}.cpuprofile`);
    }
  }
  tell('one consumer of one partition', await consume(cluster));
  await cluster.stop();

  const many = await new Cluster(200).start();
  await pause(2000);
  await profile(many, null);
  const before = await many.cpuMs();
  await pause(5000);
  const idle = (await many.cpuMs()).map((ms, at) => (((ms - before[at]!) / 5000) * 100).toFixed(2));
  await profile(many, 'idle.cpuprofile');
  tell('200 partitions x 3 idle', `${idle.join(', ')} % of a core a broker`);
  await many.stop();
}

if (isMainThread) await main();
else await serve(workerData as WorkerInput);
