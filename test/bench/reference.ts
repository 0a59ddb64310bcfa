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
  readonly records: number;
  readonly bytes: number;
  readonly config: readonly string[];
}

const produceCases: readonly Case[] = [
  { name: '1 KB, acks=1', records: 150_000, bytes: 1024, config: ['acks=1'] },
  { name: '1 KB, acks=all', records: 150_000, bytes: 1024, config: ['acks=all'] },
  { name: '100 B, acks=all', records: 500_000, bytes: 100, config: ['acks=all'] },
  { name: '1 KB, acks=all, batches of 64 KB', records: 200_000, bytes: 1024, config: ['acks=all', 'batch.size=65536'] },
];

async function startReference(): Promise<Cluster> {
  const directory = temporaryDirectory('reference');
  const port = await freePorts();
  const args = ['up', directory, '--port', String(port), '--set', 'controlled.shutdown.enable=false'];
  // The launcher leaves its servers running in the background, with their output in files.
  const servers = await kafkaTool(args[0]!, args.slice(1));
  return {
    name: 'Apache Kafka',
    bootstrapServers: servers.trim(),
    async stop() {
      await kafkaTool('down', [directory, '--kill']);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function startLab(): Promise<Cluster> {
  const lab = await startLabProcess({ args: ['--no-default-workload'] });
  return { name: 'Brokerlab', bootstrapServers: lab.bootstrapServers, stop: () => lab.dispose() };
}

async function createTopic(cluster: Cluster, topic: string): Promise<void> {
  const where = ['--bootstrap-server', cluster.bootstrapServers];
  await kafkaTool('topics', [...where, '--create', '--topic', topic, '--partitions', '3', '--replication-factor', '3']);
}

/** MB/s as the tool says. */
async function produce(cluster: Cluster, topic: string, test: Case): Promise<number> {
  const output = await kafkaTool('producer-perf-test', [
    ...[
      '--topic',
      topic,
      '--num-records',
      String(test.records),
      '--record-size',
      String(test.bytes),
      '--throughput',
      '-1',
    ],
    ...['--command-property', `bootstrap.servers=${cluster.bootstrapServers}`],
    ...test.config.flatMap((each) => ['--command-property', each]),
  ]);
  const last = output
    .trim()
    .split('\n')
    .findLast((line) => line.includes('MB/sec'));
  return Number(/\(([\d.]+) MB\/sec\)/.exec(last ?? '')?.[1] ?? Number.NaN);
}

async function consume(cluster: Cluster, topic: string, records: number): Promise<number> {
  const output = await kafkaTool('consumer-perf-test', [
    ...['--bootstrap-server', cluster.bootstrapServers, '--topic', topic, '--num-records', String(records)],
  ]);
  const columns = output.trim().split('\n').at(-1)?.split(',') ?? [];
  return Number(columns[3]);
}

async function endToEnd(cluster: Cluster, topic: string): Promise<{ median: number; p99: number }> {
  const output = await kafkaTool('e2e-latency', [
    ...['--bootstrap-server', cluster.bootstrapServers, '--topic', topic, '--num-records', '3000'],
    ...['--producer-acks', 'all', '--record-size', '200'],
  ]);
  const percentiles = /50th = (\d+), 99th = (\d+)/.exec(output);
  return { median: Number(percentiles?.[1]), p99: Number(percentiles?.[2]) };
}

function row(name: string, lab: readonly number[], reference: readonly number[]): void {
  const [mine, theirs] = [median(lab), median(reference)];
  const list = (values: readonly number[]): string => values.map((each) => each.toFixed(1)).join(' ');
  print(
    `${name.padEnd(36)} lab ${mine.toFixed(1).padStart(7)}  kafka ${theirs.toFixed(1).padStart(7)}  ratio ${(mine / theirs).toFixed(2)}   (${list(lab)} | ${list(reference)})`,
  );
}

/** The first round warms both up and is not counted. */
export async function benchReference(rounds: number): Promise<void> {
  if (!hasKafkaTools()) {
    print(
      'The reference needs Java 17, Maven and the launcher of the official tools (KAFKA_REFERENCE); not found here.',
    );
    return;
  }
  const clusters = [await startLab(), await startReference()] as const;
  try {
    print(`MB/s by the official tools, ${rounds} warm rounds in turns after one cold round`);
    for (const [index, test] of produceCases.entries()) {
      const results: [number[], number[]] = [[], []];
      for (const [at, cluster] of clusters.entries()) {
        await createTopic(cluster, `bench-${index}`);
        await produce(cluster, `bench-${index}`, test);
        results[at]!.length = 0;
      }
      for (let round = 0; round < rounds; round++) {
        for (const [at, cluster] of clusters.entries())
          results[at]!.push(await produce(cluster, `bench-${index}`, test));
      }
      row(`produce ${test.name}`, results[0], results[1]);
    }
    const consumed: [number[], number[]] = [[], []];
    for (let round = 0; round <= rounds; round++) {
      for (const [at, cluster] of clusters.entries()) {
        const rate = await consume(cluster, 'bench-1', produceCases[1]!.records * (rounds + 1));
        if (round > 0) consumed[at]!.push(rate);
      }
    }
    row('consume 1 KB', consumed[0], consumed[1]);
    for (const cluster of clusters) {
      await createTopic(cluster, 'latency');
      await endToEnd(cluster, 'latency');
      const { median: middle, p99 } = await endToEnd(cluster, 'latency');
      print(`end to end, ${cluster.name}: median ${middle} ms, p99 ${p99} ms`);
    }
  } finally {
    for (const cluster of clusters) await cluster.stop();
  }
}
