/**
 * What the journal costs the brokers: `kafka-producer-perf-test` against two labs in turns in one run, one with its
 * journal and one without, both with somebody watching. Only ratios mean anything. The promise is 0.9 at least.
 */
import { hasKafkaTools } from '../interop/kafka-tools.ts';
import { startLabProcess, type LabProcess } from '../interop/lab-process.ts';
import { watchLab } from './lab-door.ts';
import { median, print } from './measure.ts';
import { createTopic, inTurns, produce, type Cluster, type ProduceCase, type Round } from './perf-tools.ts';

const kilobyte = 1024;
const cases: readonly ProduceCase[] = [
  { name: '1 KB, acks=1', topic: 'one', records: 150_000, bytes: kilobyte, config: ['acks=1'] },
  { name: '1 KB, acks=all', topic: 'all', records: 150_000, bytes: kilobyte, config: ['acks=all'] },
  { name: '100 B, acks=all', topic: 'small', records: 500_000, bytes: 100, config: ['acks=all'] },
];

async function startLab(name: string, args: readonly string[]): Promise<Cluster> {
  const lab: LabProcess = await startLabProcess({ args: ['--no-default-workload', ...args] });
  const leave = await watchLab(lab.dataDir);
  const { bootstrapServers, pid } = lab;
  const stop = async (): Promise<void> => {
    leave();
    await lab.dispose();
  };
  return { name, bootstrapServers, pids: [pid], stop };
}

function row(name: string, [on, off]: readonly (readonly Round<number>[])[]): void {
  const rates = (rounds: readonly Round<number>[]): number[] => rounds.map(({ result }) => result);
  const cpu = (rounds: readonly Round<number>[]): string => median(rounds.map((each) => each.cpuSeconds)).toFixed(1);
  const list = (rounds: readonly Round<number>[]): string =>
    rates(rounds)
      .map((each) => each.toFixed(1))
      .join(' ');
  if (on === undefined || off === undefined) throw new Error('two sides are compared');
  const ratio = median(rates(on)) / median(rates(off));
  const best = Math.max(...rates(on)) / Math.max(...rates(off));
  print(
    `${name.padEnd(26)} on ${median(rates(on)).toFixed(1).padStart(6)}  off ${median(rates(off)).toFixed(1).padStart(6)}` +
      `  ratio ${ratio.toFixed(2)}, of the best ${best.toFixed(2)}   (${list(on)} | ${list(off)}; cpu ${cpu(on)} s | ${cpu(off)} s)`,
  );
}

export async function benchJournal(rounds: number): Promise<void> {
  if (!hasKafkaTools()) {
    print(
      'The perf tool needs Java 17, Maven and the launcher of the official tools (KAFKA_REFERENCE); not found here.',
    );
    return;
  }
  const labs: Cluster[] = [];
  try {
    labs.push(await startLab('with journal', []));
    labs.push(await startLab('without', ['--no-journal']));
    print(`MB/s with the journal on and off: median of ${rounds} warm rounds, in turns, after a cold one`);
    for (const test of cases) {
      for (const lab of labs) await createTopic(lab, test.topic);
      row(`produce ${test.name}`, await inTurns(labs, rounds, (lab) => produce(lab, test)));
    }
  } finally {
    for (const lab of labs) await lab.stop();
  }
}
