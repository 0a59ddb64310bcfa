/**
 * How fast one thread appends to and reads from partition logs on this machine's disk. Run with
 * `node test/bench/storage.ts [directory]`; prints a line for each case. Not a test: nothing depends on the numbers.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { nodeCodecs } from '../../engine/env/node/compression.ts';
import { NodeClock, NodeDisk, NodeRandom } from '../../engine/env/node/index.ts';
import { silentTracer } from '../../engine/env/index.ts';
import { buildBatch } from '../../engine/record/index.ts';
import type { LogContext, PartitionLog } from '../../engine/storage/index.ts';
import { LogDirectory, defaultLogConfig } from '../../engine/storage/index.ts';

const topicId = 'IZ49dwGmQ7-RZqOJsr8R1A';
const directory = mkdtempSync(`${process.argv[2] ?? tmpdir()}/brokerlab-bench-`);
const context: LogContext = {
  disk: new NodeDisk(directory),
  clock: new NodeClock(),
  random: new NodeRandom(),
  tracer: silentTracer,
  codecs: nodeCodecs,
};

function open(): LogDirectory {
  const opened = LogDirectory.open({ context, path: 'logs', configOf: () => defaultLogConfig });
  opened.load();
  return opened;
}

/** CPU time says more than wall time where other processes are busy. */
function timed<T>(what: string, run: () => { count: number; bytes?: number; result: T }): T {
  const start = performance.now();
  const cpuStart = process.cpuUsage();
  const { count, bytes, result } = run();
  const ms = performance.now() - start;
  const cpu = process.cpuUsage(cpuStart);
  const cpuUs = cpu.user + cpu.system;
  const rate = bytes === undefined ? '' : `${(bytes / 1e6 / (ms / 1000)).toFixed(0).padStart(7)} MB/s`;
  console.log(
    `${what.padEnd(52)}${ms.toFixed(1).padStart(9)} ms ${((ms * 1000) / count).toFixed(2).padStart(9)} us each${rate.padStart(13)}${(cpuUs / count).toFixed(2).padStart(10)} us CPU (${(cpu.user / count).toFixed(2)} user)`,
  );
  return result;
}

function batchOf(recordBytes: number, records: number, sequence: number): Uint8Array {
  const value = new Uint8Array(recordBytes).fill(120);
  return buildBatch(
    Array.from({ length: records }, (_, i) => ({ timestamp: Date.now() + i, key: null, value })),
    { producerId: 1000, producerEpoch: 0, baseSequence: sequence },
  );
}

/** Batches as they come from the network: each in bytes of its own. */
function append(log: PartitionLog, recordBytes: number, records: number, totalBytes: number): void {
  const size = batchOf(recordBytes, records, 0).length;
  const count = Math.ceil(totalBytes / size);
  const batches = Array.from({ length: count }, (_, i) => batchOf(recordBytes, records, i * records));
  timed(`append ${records} records of ${recordBytes} B (${size} B a batch)`, () => {
    for (const batch of batches) {
      const result = log.appendAsLeader(batch, 0);
      if (result.kind === 'refused') throw new Error(result.message);
      log.updateHighWatermark(log.logEndOffset);
    }
    return { count, bytes: count * size, result: undefined };
  });
}

function readAll(log: PartitionLog, maxBytes: number): void {
  timed(`read with fetches of ${maxBytes} B`, () => {
    let offset = 0;
    let count = 0;
    let bytes = 0;
    while (offset < log.highWatermark) {
      const read = log.read(offset, maxBytes, 'high-watermark', true);
      if (read.kind !== 'records') throw new Error(read.message);
      bytes += read.records.length;
      offset = lastOffset(read.records) + 1;
      count++;
    }
    return { count, bytes, result: undefined };
  });
}

function lastOffset(records: Uint8Array): number {
  const view = new DataView(records.buffer, records.byteOffset, records.length);
  let last = -1;
  for (let at = 0; at + 61 <= records.length; at += 12 + view.getInt32(at + 8)) {
    if (at + 12 + view.getInt32(at + 8) > records.length) break;
    last = Number(view.getBigInt64(at)) + view.getInt32(at + 23);
  }
  return last;
}

function tail(log: PartitionLog, rounds: number): void {
  const batches = Array.from({ length: rounds }, (_, i) => batchOf(1000, 1, 2 ** 20 + i));
  timed('append 1 KB, then read it as follower and consumer', () => {
    for (const batch of batches) {
      batch.fill(0xff, 43, 57);
      const from = log.logEndOffset;
      const crcFixed = buildBatch([{ timestamp: 1, key: null, value: new Uint8Array(1000) }]);
      log.appendAsLeader(crcFixed, 0);
      log.read(from, 1 << 20, 'log-end', true);
      log.updateHighWatermark(log.logEndOffset);
      log.read(from, 1 << 20, 'high-watermark', true);
    }
    return { count: rounds, result: undefined };
  });
}

try {
  let logs = open();
  for (let round = 0; round < 2; round++) {
    for (const [bytes, records, total] of [
      [100, 1, 8e6],
      [1000, 1, 4e7],
      [100, 160, 2e8],
      [1000, 16, 3e8],
      [1000, 64, 4e8],
    ] as const) {
      const key = `bench-${bytes}-${records}-${round}`;
      const log = logs.createLog(key, 0, topicId, defaultLogConfig);
      append(log, bytes, records, total);
      readAll(log, 1 << 20);
      if (records === 1) readAll(log, 10_000);
      if (records === 1) tail(log, 5000);
      logs.deleteLog(`${key}-0`);
    }
  }
  const many = 600;
  timed(`create ${many} partitions`, () => {
    for (let i = 0; i < many; i++) logs.createLog('many', i, topicId, defaultLogConfig);
    return { count: many, result: undefined };
  });
  timed(`become leader of ${many} partitions`, () => {
    for (let i = 0; i < many; i++) logs.log(`many-${i}`)!.assignEpochStartOffset(0, 0);
    return { count: many, result: undefined };
  });
  timed(`append to ${many} partitions for the first time`, () => {
    for (let i = 0; i < many; i++) logs.log(`many-${i}`)!.appendAsLeader(batchOf(1000, 1, 0), 0);
    return { count: many, result: undefined };
  });
  timed(`stop ${many} partitions cleanly`, () => {
    logs.close({ brokerEpoch: 1 });
    return { count: many, result: undefined };
  });
  logs = timed(`start ${many} partitions after a clean stop`, () => ({ count: many, result: open() }));
  timed(`stop ${many} idle partitions cleanly`, () => {
    logs.close({ brokerEpoch: 1 });
    return { count: many, result: undefined };
  });
  logs = open();
  logs.abandon();
  logs = timed(`recover ${many} partitions after an unclean stop`, () => ({ count: many, result: open() }));
  logs.abandon();
} finally {
  rmSync(directory, { recursive: true });
}
