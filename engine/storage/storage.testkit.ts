/** A log's world for tests: simulated disk and clock, real codecs, and Kafka's recorded directories brought onto the disk. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { nodeCodecs } from '../env/node/compression.ts';
import { EventQueue, SeededRandom, SimDisk } from '../env/sim/index.ts';
import { SimClock } from '../env/sim/sim-clock.ts';
import { silentTracer } from '../env/index.ts';
import type { Disk } from '../env/index.ts';
import { buildBatch, iterateBatches, iterateRecords } from '../record/index.ts';
import type { BatchOptions, RecordInput } from '../record/index.ts';
import { fromUtf8, utf8 } from '../base/text.ts';
import { defaultLogConfig } from './log-config.ts';
import type { LogConfig } from './log-config.ts';
import type { Appended, AppendRefused, AppendResult, FetchIsolation, LogContext } from './log-types.ts';
import { PartitionLog } from './partition-log.ts';
import type { PartitionLogOptions } from './partition-log.ts';

export const goldenData = resolve(import.meta.dirname, '../../../shared/golden/data');
export const hasGolden = existsSync(`${goldenData}/node-1/meta.properties`);

export interface StorageWorld {
  readonly simDisk: SimDisk;
  readonly disk: Disk;
  readonly queue: EventQueue;
  readonly random: SeededRandom;
  readonly context: LogContext;
}

/** 2025-06-15T15:06:40Z, the create time of the recordings' first record. */
export const startMs = 1_750_000_000_000;

export function storageWorld(options: { nowMs?: number; seed?: number } = {}): StorageWorld {
  const queue = new EventQueue();
  const random = new SeededRandom(options.seed ?? 1);
  const simDisk = new SimDisk(() => startMs);
  const disk = simDisk.attach();
  const clock = new SimClock(queue, null, options.nowMs ?? startMs);
  return { simDisk, disk, queue, random, context: { disk, clock, random, tracer: silentTracer, codecs: nodeCodecs } };
}

/** Lets everything due within `ms` of virtual time happen. */
export function advance(world: StorageWorld, ms: number): void {
  const end = world.queue.nowMs + ms;
  for (let next = world.queue.nextAtMs(); next !== null && next <= end; next = world.queue.nextAtMs())
    world.queue.runNext();
  world.queue.nowMs = end;
}

export function logConfig(changes: Partial<LogConfig> = {}): LogConfig {
  return { ...defaultLogConfig, ...changes };
}

export function openLog(world: StorageWorld, options: Partial<PartitionLogOptions> = {}): PartitionLog {
  const path = options.path ?? 'data/t-0';
  return PartitionLog.open({
    context: world.context,
    path,
    topic: 't',
    partition: 0,
    topicId: null,
    config: logConfig(),
    hadCleanShutdown: true,
    ...options,
  });
}

/** `count` records `<prefix><i>` with create times from {@link startMs} on, unless told otherwise. */
export function records(count: number, prefix = 'value-', timestamp = startMs): RecordInput[] {
  return Array.from({ length: count }, (_, i) => ({
    timestamp: timestamp + i,
    key: utf8(`k${i}`),
    value: utf8(`${prefix}${i}`),
  }));
}

export function batchOf(count: number, options: BatchOptions = {}, prefix = 'value-', timestamp = startMs): Uint8Array {
  return buildBatch(records(count, prefix, timestamp), options);
}

export function appended(result: AppendResult): Appended {
  if (result.kind !== 'appended') throw new Error(`refused: ${result.error} ${result.message}`);
  return result;
}

export function refused(result: AppendResult): AppendRefused {
  if (result.kind !== 'refused') throw new Error(`appended ${result.firstOffset} to ${result.lastOffset}`);
  return result;
}

/** Copies a directory of the machine onto the simulated disk. */
export function loadDirectory(disk: Disk, from: string, to: string): void {
  disk.makeDirectory(to);
  for (const name of readdirSync(from)) {
    const stat = statSync(`${from}/${name}`);
    if (stat.isDirectory()) loadDirectory(disk, `${from}/${name}`, `${to}/${name}`);
    else {
      const content = readFileSync(`${from}/${name}`);
      const file = disk.open(`${to}/${name}`, 'truncate');
      file.write(content, 0, content.length, 0);
      file.close();
    }
  }
}

/** Values of all records from `offset` on, as a consumer reads them in fetches of `maxBytes`. */
export function consume(
  log: PartitionLog,
  offset = log.logStartOffset,
  isolation: FetchIsolation = 'log-end',
  maxBytes = 1000,
): string[] {
  const values: string[] = [];
  for (;;) {
    const read = log.read(offset, maxBytes, isolation, true);
    if (read.kind !== 'records') throw new Error(read.message);
    const before = offset;
    for (const batch of iterateBatches(read.records)) {
      for (const record of iterateRecords(batch, nodeCodecs)) {
        if (record.offset >= offset && !batch.isControl) values.push(fromUtf8(record.value ?? new Uint8Array(0)));
      }
      offset = batch.nextOffset;
    }
    if (offset === before) return values;
  }
}

export function fill(log: PartitionLog, batches: number, perBatch = 5): string[] {
  const values: string[] = [];
  for (let i = 0; i < batches; i++) {
    appended(log.appendAsLeader(batchOf(perBatch, {}, `b${i}-`, startMs + i * 100), 0));
    for (let j = 0; j < perBatch; j++) values.push(`b${i}-${j}`);
  }
  return values;
}

export const idempotent = (sequence: number, count = 1, epoch = 0, producerId = 9): Uint8Array =>
  batchOf(count, { producerId, producerEpoch: epoch, baseSequence: sequence }, `s${sequence}-`);
