/** A lab as wide as the window has to bear: many brokers, one topic of many partitions, producers and consumers. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { LabCommand } from '../../engine/contract/commands.ts';
import type { LabHost } from '../../engine/contract/host.ts';
import type { LabSnapshot } from '../../engine/contract/snapshot.ts';
import { startLab } from '../../engine/lab/index.ts';
import { freePorts, root, temporaryDirectory } from '../interop/lab-process.ts';
import { pause } from './measure.ts';

export interface WideLabOptions {
  readonly brokers: number;
  readonly partitions: number;
  readonly producers: number;
  readonly consumers: number;
  readonly recordsPerSecond: number;
}

export interface WideLab {
  readonly lab: LabHost;
  stop(): Promise<void>;
}

const topic = 'wide';
const settleLimitMs = 240_000;

const worker = (path: string): URL => new URL(`file://${join(root, 'engine/lab', path)}`);
const workers = {
  broker: worker('broker-worker.ts'),
  client: worker('clients/client-worker.ts'),
  journal: worker('journal/journal-worker.ts'),
  ledger: worker('ledger/ledger-worker.ts'),
  runs: worker('runs/run-worker.ts'),
};

export async function startWideLab(options: WideLabOptions): Promise<WideLab> {
  const { brokers } = options;
  const dataDir = temporaryDirectory('wide');
  const running = await startLab({
    dataDir,
    workers,
    brokers,
    port: await freePorts(brokers),
    set: {},
    defaultWorkload: false,
    journal: true,
    hasWindow: false,
    doorPort: 0,
    rendererDir: null,
  });
  const { lab } = running;
  const stop = async (): Promise<void> => {
    await running.stop();
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await lab.ready();
    const send = async (command: LabCommand): Promise<void> => {
      const result = await lab.execute(command);
      if (!result.ok)
        throw new Error(`${command.type}: ${result.error.thing} ${result.error.value}, ${result.error.hint}`);
    };
    await populate(options, send);
    await settled(() => lab.snapshot(), options);
    return { lab, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function populate(options: WideLabOptions, send: (command: LabCommand) => Promise<void>): Promise<void> {
  const { brokers, partitions, producers, consumers } = options;
  await send({ type: 'createTopic', name: topic, partitions, replicationFactor: Math.min(3, brokers) });
  for (let number = 1; number <= consumers; number++) {
    await send({ type: 'addConsumer', client: `reader-${number}`, group: 'readers', topics: [topic] });
  }
  const recordsPerSecond = Math.round(options.recordsPerSecond / producers);
  for (let number = 1; number <= producers; number++) {
    await send({ type: 'addProducer', client: `feed-${number}`, topic, recordsPerSecond, keyCount: 1000 });
  }
}

/** Until every partition has a leader and an owner. */
async function settled(snapshot: () => LabSnapshot, { partitions }: WideLabOptions): Promise<void> {
  const untilMs = performance.now() + settleLimitMs;
  for (;;) {
    const { partitions: all, consumers } = snapshot();
    const led = all.filter((partition) => partition.topic === topic && partition.leader >= 0).length;
    const owned = consumers.reduce((sum, consumer) => sum + consumer.partitions.length, 0);
    if (led === partitions && owned === partitions) return;
    if (performance.now() > untilMs) {
      throw new Error(`${led} of ${partitions} partitions led and ${owned} owned after ${settleLimitMs / 1000} s`);
    }
    await pause(250);
  }
}
