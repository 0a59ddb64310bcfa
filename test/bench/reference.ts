/**
 * The official perf tools against the lab and against Apache Kafka, in turns in one run. Machines are noisy and the
 * tools' own JVM shares them: only ratios of warm rounds mean anything, and of those the best round of each side and the
 * processor time that its brokers took say more than the median when something else is running.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { hasKafkaTools, kafkaTool } from '../interop/kafka-tools.ts';
import { freePorts, startLabProcess, temporaryDirectory } from '../interop/lab-process.ts';
import { median, print } from './measure.ts';
import {
  createTopic,
  inTurns,
  produce,
  tool,
  toolTimeoutMs,
  type Cluster,
  type ProduceCase,
  type Round,
} from './perf-tools.ts';

const kilobyte = 1024;
const produceCases: readonly ProduceCase[] = [
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
    const pidFiles = readdirSync(directory).filter((name) => name.endsWith('.pid'));
    const pids = pidFiles.map((name) => Number(readFileSync(join(directory, name), 'utf8')));
    return { name: 'Apache Kafka', bootstrapServers: servers.trim(), pids, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startLab(): Promise<Cluster> {
  const lab = await startLabProcess({ args: ['--no-default-workload'] });
  const { bootstrapServers, pid } = lab;
  return { name: 'Brokerlab', bootstrapServers, pids: [pid], stop: () => lab.dispose() };
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

function row(name: string, sides: readonly (readonly Round<number>[])[]): void {
  const rates = sides.map((rounds) => rounds.map(({ result }) => result));
  const [lab, kafka] = [rates[0]!, rates[1]!];
  const [labCpu, kafkaCpu] = sides.map((rounds) => median(rounds.map((round) => round.cpuSeconds)));
  const list = (values: readonly number[]): string => values.map((each) => each.toFixed(1)).join(' ');
  const middle = [median(lab), median(kafka)] as const;
  const ratio = (middle[0] / middle[1]).toFixed(2);
  const best = (Math.max(...lab) / Math.max(...kafka)).toFixed(2);
  print(
    `${name.padEnd(40)} lab ${middle[0].toFixed(1).padStart(6)}  kafka ${middle[1].toFixed(1).padStart(6)}  ratio ${ratio}, of the best ${best}` +
      `   (${list(lab)} | ${list(kafka)}; brokers' cpu ${labCpu!.toFixed(1)} s | ${kafkaCpu!.toFixed(1)} s)`,
  );
}

async function compare(clusters: readonly Cluster[], rounds: number): Promise<void> {
  print(`MB/s by the official tools: median of ${rounds} warm rounds, in turns, after a cold one`);
  for (const test of produceCases) {
    for (const cluster of clusters) await createTopic(cluster, test.topic);
    row(`produce ${test.name}`, await inTurns(clusters, rounds, (cluster) => produce(cluster, test)));
  }
  const { records } = produceCases.find(({ topic }) => topic === consumedTopic)!;
  const consumed = await inTurns(clusters, rounds, (cluster) => consume(cluster, records * (rounds + 1)));
  const pick = (which: 'whole' | 'fetching'): Round<number>[][] =>
    consumed.map((side) => side.map((round) => ({ ...round, result: round.result[which] })));
  row('consume 1 KB, joining the group included', pick('whole'));
  row('consume 1 KB, fetching alone', pick('fetching'));
  for (const cluster of clusters) await createTopic(cluster, 'latency');
  const latencies = await inTurns(clusters, 1, endToEnd);
  for (const [at, cluster] of clusters.entries()) {
    const { middle, p99 } = latencies[at]![0]!.result;
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
