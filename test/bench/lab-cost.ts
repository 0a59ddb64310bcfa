/** What a lab costs: time to start, memory when idle, processor time when idle with many partitions. */
import { startLabProcess } from '../interop/lab-process.ts';
import { cpuSeconds, median, pause, print, residentMb } from './measure.ts';

const idleMs = 10_000;

export async function benchLabCost(rounds: number): Promise<void> {
  const starts: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const lab = await startLabProcess({ args: ['--no-default-workload'] });
    starts.push(lab.startedInMs);
    await lab.dispose();
  }
  print(
    `start, empty directory to three unfenced brokers: median ${median(starts).toFixed(0)} ms of ${rounds} (${starts.map((ms) => ms.toFixed(0)).join(', ')})`,
  );

  await benchSteady('idle, three brokers and the host', ['--no-default-workload']);
  await benchSteady('the default lab: a producer of 400 records/s and two consumers besides', []);

  const first = await startLabProcess({
    args: ['--no-default-workload', '--set', 'num.partitions=200', '--set', 'default.replication.factor=3'],
  });
  const { Kafka, logLevel } = await import('kafkajs');
  const admin = new Kafka({ brokers: first.bootstrapServers.split(','), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const createdMs = performance.now();
  await admin.createTopics({
    topics: [{ topic: 'wide', numPartitions: 200, replicationFactor: 3 }],
    waitForLeaders: true,
  });
  print(`create 200 partitions x 3: ${(performance.now() - createdMs).toFixed(0)} ms`);
  await admin.disconnect();
  await pause(5000);
  const wideBefore = cpuSeconds(first.pid);
  await pause(idleMs);
  const wide = ((cpuSeconds(first.pid) - wideBefore) / idleMs) * 1e5;
  print(`idle, 200 partitions x 3: ${residentMb(first.pid).toFixed(0)} MB resident, ${wide.toFixed(1)} % of one core`);
  await first.stop();
  const again = await startLabProcess({ dataDir: first.dataDir });
  print(`start with 200 partitions x 3 on disk: ${again.startedInMs.toFixed(0)} ms`);
  await again.dispose();
}

/** Memory and processor time of a lab that is left alone. */
async function benchSteady(what: string, args: readonly string[]): Promise<void> {
  const lab = await startLabProcess({ args });
  // Time for the group's first rebalance.
  await pause(12_000);
  const before = cpuSeconds(lab.pid);
  await pause(idleMs);
  const busy = ((cpuSeconds(lab.pid) - before) / idleMs) * 1e5;
  print(`${what}: ${residentMb(lab.pid).toFixed(0)} MB resident, ${busy.toFixed(1)} % of one core`);
  await lab.dispose();
}
