/**
 * The official perf tools against the lab and against Apache Kafka, in turns in one run. Machines are noisy and the
 * tools' own JVM shares them: only the ratio of the warm rounds means anything.
 */
import { rmSync } from 'node:fs';
import { hasKafkaTools, kafkaTool } from '../interop/kafka-tools.ts';
import { freePorts, startLabProcess, temporaryDirectory } from '../interop/lab-process.ts';
import { median, print } from './measure.ts';

interface Cluster {
  readonly name: string;
  readonly bootstrapServers: string;
  stop(): Promise<void>;
}

interface Case {
  readonly name: string;
  readonly topic: string;
  readonly records: number;
  readonly bytes: number;
  readonly config: readonly string[];
}

const kilobyte = 1024;
const produceCases: readonly Case[] = [
  { name: '1 KB, acks=1', topic: 'one', records: 150_000, bytes: kilobyte, config: ['acks=1'] },
  { name: '1 KB, acks=all', topic: 'all', records: 150_000, bytes: kilobyte, config: ['acks=all'] },
  { name: '100 B, acks=all', topic: 'small', records: 500_000, bytes: 100, config: ['acks=all'] },
  {
    name: '1 KB, acks=all, batches of 64 KB',
    topic: 'large',
    records: 200_000,
    bytes: kilobyte,
    config: ['acks=all', 'batch.size=65536'],
  },
];
/** What `consume` reads: everything that its rounds wrote. */
const consumedTopic = 'all';
const latencyRecords = 3000;
const toolTimeoutMs = 180_000;

async function startReference(): Promise<Cluster> {
  const directory = temporaryDirectory('reference');
  const stop = async (): Promise<void> => {
    await kafkaTool('down', [directory, '--kill']);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const port = String(await freePorts());
    // The launcher leaves its servers running in the background, with their output in files.
    const servers = await kafkaTool('up', [directory, '--port', port], '', toolTimeoutMs);
    return { name: 'Apache Kafka', bootstrapServers: servers.trim(), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startLab(): Promise<Cluster> {
  const lab = await startLabProcess({ args: ['--no-default-workload'] });
  return { name: 'Brokerlab', bootstrapServers: lab.bootstrapServers, stop: () => lab.dispose() };
}

function tool(name: string, args: readonly string[]): Promise<string> {
  return kafkaTool(name, args, '', toolTimeoutMs);
}

async function createTopic(cluster: Cluster, topic: string): Promise<void> {
  const where = ['--bootstrap-server', cluster.bootstrapServers];
  await tool('topics', [...where, '--create', '--topic', topic, '--partitions', '3', '--replication-factor', '3']);
}

/** MB/s as the tool says. */
async function produce(cluster: Cluster, { topic, records, bytes, config }: Case): Promise<number> {
  const size = ['--num-records', String(records), '--record-size', String(bytes), '--throughput', '-1'];
  const properties = [`bootstrap.servers=${cluster.bootstrapServers}`, ...config];
  const output = await tool('producer-perf-test', ['--topic', topic, ...size, '--command-property', ...properties]);
  const rates = [...output.matchAll(/\(([\d.]+) MB\/sec\)/g)];
  return Number(rates.at(-1)?.[1]);
}

/** MB/s with the time that joining the group takes, and of the fetching alone. */
async function consume(cluster: Cluster, records: number): Promise<{ whole: number; fetching: number }> {
  const where = ['--bootstrap-server', cluster.bootstrapServers, '--topic', consumedTopic];
  const output = await tool('consumer-perf-test', [...where, '--num-records', String(records)]);
  const columns = output.trim().split('\n').at(-1)?.split(',') ?? [];
  return { whole: Number(columns[3]), fetching: Number(columns[8]) };
}

async function endToEnd(cluster: Cluster): Promise<{ middle: number; p99: number }> {
  const output = await tool('e2e-latency', [
    ...['--bootstrap-server', cluster.bootstrapServers, '--topic', 'latency'],
    ...['--num-records', String(latencyRecords), '--producer-acks', 'all', '--record-size', '200'],
  ]);
  const percentiles = /50th = (\d+), 99th = (\d+)/.exec(output);
  return { middle: Number(percentiles?.[1]), p99: Number(percentiles?.[2]) };
}

/** Runs `measure` against each cluster in turns; the first round warms both up and is not counted. */
async function inTurns<T>(
  clusters: readonly Cluster[],
  rounds: number,
  measure: (cluster: Cluster) => Promise<T>,
): Promise<T[][]> {
  const results: T[][] = clusters.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [at, cluster] of clusters.entries()) {
      const result = await measure(cluster);
      if (round > 0) results[at]!.push(result);
    }
  }
  return results;
}

function row(name: string, [lab, reference]: readonly (readonly number[])[]): void {
  const [mine, theirs] = [median(lab!), median(reference!)];
  const list = (values: readonly number[]): string => values.map((each) => each.toFixed(1)).join(' ');
  const figures = `lab ${mine.toFixed(1).padStart(6)}  kafka ${theirs.toFixed(1).padStart(6)}  ratio ${(mine / theirs).toFixed(2)}`;
  print(`${name.padEnd(40)} ${figures}   (${list(lab!)} | ${list(reference!)})`);
}

async function compare(clusters: readonly Cluster[], rounds: number): Promise<void> {
  print(`MB/s by the official tools: median of ${rounds} warm rounds, in turns, after a cold one`);
  for (const test of produceCases) {
    for (const cluster of clusters) await createTopic(cluster, test.topic);
    row(`produce ${test.name}`, await inTurns(clusters, rounds, (cluster) => produce(cluster, test)));
  }
  const { records } = produceCases.find(({ topic }) => topic === consumedTopic)!;
  const consumed = await inTurns(clusters, rounds, (cluster) => consume(cluster, records * (rounds + 1)));
  row(
    'consume 1 KB, joining the group included',
    consumed.map((each) => each.map(({ whole }) => whole)),
  );
  row(
    'consume 1 KB, fetching alone',
    consumed.map((each) => each.map(({ fetching }) => fetching)),
  );
  for (const cluster of clusters) await createTopic(cluster, 'latency');
  const latencies = await inTurns(clusters, 1, endToEnd);
  for (const [at, cluster] of clusters.entries()) {
    const { middle, p99 } = latencies[at]![0]!;
    print(`end to end, acks=all, ${cluster.name}: median ${middle} ms, p99 ${p99} ms`);
  }
}

export async function benchReference(rounds: number): Promise<void> {
  if (!hasKafkaTools()) {
    print(
      'The reference needs Java 17, Maven and the launcher of the official tools (KAFKA_REFERENCE); not found here.',
    );
    return;
  }
  const clusters: Cluster[] = [];
  const stopAll = async (): Promise<void> => {
    for (const cluster of clusters.splice(0)) await cluster.stop();
  };
  // Kafka's servers are no children of this process: an interrupted run has to end them, too.
  const interrupted = (): void => void stopAll().finally(() => process.exit(130));
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    clusters.push(await startReference());
    clusters.unshift(await startLab());
    await compare(clusters, rounds);
  } finally {
    await stopAll();
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
  }
}
