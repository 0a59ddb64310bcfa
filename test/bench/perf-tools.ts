/** The official perf tools against clusters in turns, for benchmarks that compare some. */
import { kafkaTool } from '../interop/kafka-tools.ts';
import { cpuSeconds } from './measure.ts';

export interface Cluster {
  readonly name: string;
  readonly bootstrapServers: string;
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

export interface ProduceCase {
  readonly name: string;
  readonly topic: string;
  readonly records: number;
  readonly bytes: number;
  readonly config: readonly string[];
}

export const toolTimeoutMs = 180_000;

export function tool(name: string, args: readonly string[]): Promise<string> {
  return kafkaTool(name, args, '', toolTimeoutMs);
}

export async function createTopic(cluster: Cluster, topic: string): Promise<void> {
  const where = ['--bootstrap-server', cluster.bootstrapServers];
  await tool('topics', [...where, '--create', '--topic', topic, '--partitions', '3', '--replication-factor', '3']);
}

/** MB/s as the tool says. */
export async function produce(cluster: Cluster, { topic, records, bytes, config }: ProduceCase): Promise<number> {
  const size = ['--num-records', String(records), '--record-size', String(bytes), '--throughput', '-1'];
  const properties = [`bootstrap.servers=${cluster.bootstrapServers}`, ...config];
  const output = await tool('producer-perf-test', ['--topic', topic, ...size, '--command-property', ...properties]);
  const rates = [...output.matchAll(/\(([\d.]+) MB\/sec\)/g)];
  return Number(rates.at(-1)?.[1]);
}

export interface Round<T> {
  readonly result: T;
  /** Of the brokers. */
  readonly cpuSeconds: number;
}

function cpuOf({ pids }: Cluster): number {
  return pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
}

/** Runs `measure` against each cluster in turns; the first round warms both up and is not counted. */
export async function inTurns<T>(
  clusters: readonly Cluster[],
  rounds: number,
  measure: (cluster: Cluster) => Promise<T>,
): Promise<Round<T>[][]> {
  const results: Round<T>[][] = clusters.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [at, cluster] of clusters.entries()) {
      const before = cpuOf(cluster);
      const result = await measure(cluster);
      if (round > 0) results[at]!.push({ result, cpuSeconds: cpuOf(cluster) - before });
    }
  }
  return results;
}
