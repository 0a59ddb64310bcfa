/**
 * One log directory used in turn by a broker of Apache Kafka and by our logs: what either wrote, the other goes on with.
 * And our dump of what we wrote, line for line against the official tool's. Runs where Java and Kafka are found.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { utf8 } from '../../engine/base/text.ts';
import { nodeCodecs } from '../../engine/env/node/compression.ts';
import { NodeClock, NodeDisk, NodeRandom } from '../../engine/env/node/index.ts';
import { silentTracer } from '../../engine/env/index.ts';
import { dumpLog, nodeSource } from '../../engine/lab/dump-log/index.ts';
import { buildBatch, buildEndTransactionMarker } from '../../engine/record/index.ts';
import type { BatchOptions } from '../../engine/record/index.ts';
import { LogDirectory, defaultLogConfig } from '../../engine/storage/index.ts';
import type { AppendResult, PartitionLog } from '../../engine/storage/index.ts';
import { hasKafkaTools, kafkaTool } from './kafka-tools.ts';
import { freePorts } from './lab-process.ts';

const config = { ...defaultLogConfig, segmentBytes: 12_000, indexIntervalBytes: 512 };

function openDirectory(path: string): LogDirectory {
  const context = {
    disk: new NodeDisk('/'),
    clock: new NodeClock(),
    random: new NodeRandom(),
    tracer: silentTracer,
    codecs: nodeCodecs,
  };
  const directory = LogDirectory.open({ context, path, configOf: () => config });
  directory.load();
  return directory;
}

function expectAppended(result: AppendResult): void {
  if (result.kind === 'refused') throw new Error(result.message);
}

/** `count` batches of five records in every codec in turn. */
function append(log: PartitionLog, count: number, options: BatchOptions): void {
  for (let i = 0; i < count; i++) {
    const records = Array.from({ length: 5 }, (_, j) => ({
      timestamp: Date.now(),
      key: utf8(`key-${i}`),
      value: utf8(`ours ${i * 5 + j}`),
      headers: [{ key: 'codec', value: utf8(String(i % 5)) }],
    }));
    const compression = ([0, 1, 2, 3, 4] as const)[i % 5]!;
    const batch = buildBatch(records, { ...options, compression, codecs: nodeCodecs, baseSequence: i * 5 });
    expectAppended(log.appendAsLeader(batch, log.latestEpoch ?? 0));
    log.updateHighWatermark(log.logEndOffset);
  }
}

describe.runIf(hasKafkaTools())('a log directory shared with Kafka', () => {
  let scratch = '';
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'brokerlab-shared-'));
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it('goes on with what Kafka wrote, and Kafka with what we wrote', async () => {
    const cluster = join(scratch, 'kafka');
    const port = await freePorts(1);
    const up = (): Promise<string> => kafkaTool('up', [cluster, '--nodes', '1', '--port', String(port)]);
    const down = (): Promise<string> => kafkaTool('down', [cluster]);
    const servers = ['--bootstrap-server', `127.0.0.1:${port}`];
    await up();
    await kafkaTool('topics', [...servers, '--create', '--topic', 'both', '--partitions', '1']);
    const lines = Array.from({ length: 300 }, (_, i) => `kafkas ${i}\n`).join('');
    await kafkaTool('console-producer', [...servers, '--topic', 'both'], lines);
    await down();

    const directory = openDirectory(join(cluster, 'node-1'));
    const log = directory.log('both-0')!;
    expect([directory.hadCleanShutdown, log.logEndOffset, log.activeProducers().length]).toEqual([true, 300, 1]);
    append(log, 100, { producerId: 4711, producerEpoch: 0 });
    expect(log.segmentCount).toBeGreaterThan(1);
    directory.writeHighWatermarks(new Map([['both-0', log.logEndOffset]]));
    directory.close({ brokerEpoch: directory.cleanShutdownBrokerEpoch });

    await up();
    const read = await kafkaTool('console-consumer', [
      ...servers,
      '--topic',
      'both',
      '--from-beginning',
      '--max-messages',
      '800',
    ]);
    const offsets = await kafkaTool('get-offsets', [...servers, '--topic', 'both']);
    await down();
    expect(read.trimEnd().split('\n')).toEqual([
      ...Array.from({ length: 300 }, (_, i) => `kafkas ${i}`),
      ...Array.from({ length: 500 }, (_, i) => `ours ${i}`),
    ]);
    expect(offsets.trim()).toBe('both:0:800');
    const told = readFileSync(join(cluster, 'node-1.out'), 'utf8').split('\n');
    expect(told.filter((line) => line.includes('both-0') && /WARN|ERROR|Recovering/.test(line))).toEqual([]);
  }, 180_000);

  it('is printed by our dump-log as by the official one', async () => {
    const path = join(scratch, 'ours');
    const directory = openDirectory(path);
    const log = directory.createLog('ours', 0, 'IZ49dwGmQ7-RZqOJsr8R1A', config);
    const producer = { producerId: 7, producerEpoch: 0 };
    append(log, 90, { ...producer, isTransactional: true });
    const marker = { ...producer, type: 'abort', coordinatorEpoch: 1, timestamp: Date.now() } as const;
    expectAppended(log.appendAsLeader(buildEndTransactionMarker(marker), 0, 'coordinator'));
    directory.close({ brokerEpoch: 1 });
    const files = readdirSync(join(path, 'ours-0'))
      .filter((name) => /\.(log|index|timeindex|txnindex|snapshot)$/.test(name))
      .map((name) => join(path, 'ours-0', name));
    expect(files.length).toBeGreaterThan(8);
    const lines: string[] = [];
    const options = { printData: true, deepIteration: true };
    dumpLog(files, options, nodeSource(), { out: (line) => lines.push(line), error: () => {} });
    const theirs = await kafkaTool('dump-log', ['--files', files.join(','), '--print-data-log']);
    expect(lines).toEqual(theirs.trimEnd().split('\n'));
  });
});
