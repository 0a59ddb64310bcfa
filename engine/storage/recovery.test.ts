import { describe, expect, it } from 'vitest';
import { fromUtf8, utf8 } from '../base/text.ts';
import { DiskError } from '../env/index.ts';
import { nodeCodecs } from '../env/node/compression.ts';
import { ErrorCode } from '../protocol/index.ts';
import { SeededRandom } from '../env/sim/index.ts';
import { readGoldenDirectory } from '../record/golden.testkit.ts';
import { buildEndTransactionMarker, iterateBatches, iterateRecords } from '../record/index.ts';
import type { PartitionLog } from './partition-log.ts';
import { advance, appended, batchOf, logConfig, openLog, refused, startMs, storageWorld } from './storage.testkit.ts';
import type { StorageWorld } from './storage.testkit.ts';

/** As the recording's topic `txn` was made. */
const txnConfig = logConfig({
  segmentBytes: 8192,
  indexIntervalBytes: 512,
  segmentIndexBytes: 65_536,
  retentionMs: -1,
});
const golden = readGoldenDirectory(`${import.meta.dirname}/txn-0.golden.json`);
const longAgoMs = 2 ** 53;

function put(world: StorageWorld, directory: string, files: ReadonlyMap<string, Uint8Array>): void {
  world.disk.makeDirectory(directory);
  for (const [name, content] of files) {
    const file = world.disk.open(`${directory}/${name}`, 'truncate');
    file.write(content, 0, content.length, 0);
    file.close();
  }
}

function named(files: ReadonlyMap<string, Uint8Array>, ...suffixes: string[]): Map<string, Uint8Array> {
  return new Map([...files].filter(([name]) => suffixes.some((suffix) => name.endsWith(suffix))));
}

const all = ['.log', '.index', '.timeindex', '.txnindex', '.snapshot', 'leader-epoch-checkpoint'];

function values(log: PartitionLog): string[] {
  const found: string[] = [];
  for (let offset = log.logStartOffset; ;) {
    const read = log.read(offset, 4096, 'log-end', true);
    if (read.kind !== 'records') throw new Error(read.message);
    const from = offset;
    for (const batch of iterateBatches(read.records)) {
      if (!batch.isCrcValid()) throw new Error(`batch ${batch.baseOffset} is corrupt`);
      for (const record of iterateRecords(batch, nodeCodecs))
        found.push(`${record.offset}:${fromUtf8(record.value ?? utf8('-'))}`);
      offset = batch.nextOffset;
    }
    if (offset === from) return found;
  }
}

describe('the files of a log', () => {
  it('equal those of Kafka byte for byte after the same appends', () => {
    const world = storageWorld({ nowMs: 1_790_000_000_000 });
    const log = openLog(world, { config: txnConfig, producerIdExpirationMs: longAgoMs });
    const sorted = [...named(golden, '.log')].sort(([a], [b]) => a.localeCompare(b));
    for (const [, content] of sorted) {
      for (const batch of iterateBatches(content)) {
        appended(log.appendAsFollower(batch.batchBytes.slice()));
        log.updateHighWatermark(log.logEndOffset);
      }
    }
    // The recorded node became leader once more before it stopped.
    log.assignEpochStartOffset(8, 364);
    log.flush({ forceFlushActiveSegment: true });
    log.close();
    expect(named(world.simDisk.files('data/t-0'), ...all)).toEqual(named(golden, ...all));
  });

  it('are derived again from the logs alone', () => {
    const world = storageWorld({ nowMs: 1_790_000_000_000 });
    put(world, 'data/t-0', named(golden, '.log'));
    const log = openLog(world, { config: txnConfig, producerIdExpirationMs: longAgoMs, hadCleanShutdown: false });
    log.close();
    const kept = named(world.simDisk.files('data/t-0'), ...all);
    expect(named(kept, '.log', 'index')).toEqual(named(golden, '.log', 'index'));
    expect(log.epochEntries).toEqual([{ epoch: 0, startOffset: 0 }]);
    expect(kept.get('00000000000000000364.snapshot')).toEqual(golden.get('00000000000000000364.snapshot'));
  });

  it('are derived again when an index is missing after a clean stop', () => {
    const world = storageWorld({ nowMs: 1_790_000_000_000 });
    put(world, 'data/t-0', golden);
    world.disk.removeFile('data/t-0/00000000000000000103.index');
    world.disk.removeFile('data/t-0/00000000000000000193.timeindex');
    put(world, 'data/t-0', new Map([['00000000000000000283.txnindex', new Uint8Array(33)]]));
    openLog(world, { config: txnConfig, producerIdExpirationMs: longAgoMs }).close();
    const after = world.simDisk.files('data/t-0');
    for (const name of ['00000000000000000103.index', '00000000000000000283.txnindex']) {
      expect([name, after.get(name)]).toEqual([name, golden.get(name)]);
    }
  });
});

describe('recovery', () => {
  it('cuts a torn tail at the last whole batch, wherever it is torn', () => {
    const tail = batchOf(3, {}, 'tail-');
    for (let cut = 0; cut < tail.length; cut += 7) {
      const world = storageWorld();
      const log = openLog(world);
      for (let i = 0; i < 3; i++) appended(log.appendAsLeader(batchOf(2, {}, `b${i}-`), 0));
      const expected = values(log);
      appended(log.appendAsLeader(tail.slice(), 0));
      const path = 'data/t-0/00000000000000000000.log';
      const file = world.disk.open(path, 'write');
      file.truncate(file.size() - tail.length + cut);
      file.close();
      const again = openLog(world, { hadCleanShutdown: false });
      expect([again.logEndOffset, values(again)]).toEqual([6, expected]);
      expect(appended(again.appendAsLeader(batchOf(1), 1))).toMatchObject({ firstOffset: 6 });
    }
  });

  it('cuts at a flipped bit and removes the segments behind it', () => {
    const world = storageWorld();
    const config = logConfig({ segmentBytes: 600 });
    const log = openLog(world, { config });
    for (let i = 0; i < 12; i++) appended(log.appendAsLeader(batchOf(4, {}, `b${i}-`), 0));
    const expected = values(log);
    const [, second] = log.segments.values;
    const file = world.disk.open(second!.path, 'write');
    file.write(new Uint8Array([0xff]), 0, 1, second!.size - 1);
    file.close();
    const again = openLog(world, { config, hadCleanShutdown: false });
    expect(again.segmentCount).toBe(2);
    expect(values(again)).toEqual(expected.slice(0, again.logEndOffset));
    expect(again.logEndOffset).toBeGreaterThan(second!.baseOffset);
  });

  it('knows a producer’s last five batches again, also when they lie in several segments', () => {
    for (const segmentBytes of [1_000_000, 300]) {
      const world = storageWorld();
      const config = logConfig({ segmentBytes });
      const log = openLog(world, { config });
      const sent = (number: number): Uint8Array =>
        batchOf(2, { producerId: 7, producerEpoch: 0, baseSequence: 2 * number }, `b${number}-`);
      for (let i = 0; i < 8; i++) appended(log.appendAsLeader(sent(i), 0));
      const again = openLog(world, { config, hadCleanShutdown: false });
      expect(again.segmentCount).toBe(log.segmentCount);
      const repeated = [3, 4, 5, 6, 7].map((number) => appended(again.appendAsLeader(sent(number), 1)));
      expect(repeated.map(({ duplicate, firstOffset }) => [duplicate, firstOffset])).toEqual(
        [3, 4, 5, 6, 7].map((number) => [true, 2 * number]),
      );
      expect(refused(again.appendAsLeader(sent(2), 1)).error).toBe(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
      expect(appended(again.appendAsLeader(sent(8), 1))).toMatchObject({ duplicate: false, firstOffset: 16 });
    }
  });

  it('believes what lies below the recovery point', () => {
    const world = storageWorld();
    const config = logConfig({ segmentBytes: 600 });
    const log = openLog(world, { config });
    for (let i = 0; i < 12; i++) appended(log.appendAsLeader(batchOf(4, {}, `b${i}-`), 0));
    advance(world, 0);
    const { recoveryPoint } = log;
    const first = log.segments.first;
    const file = world.disk.open(first.path, 'write');
    file.write(new Uint8Array([0xff]), 0, 1, first.size - 1);
    file.close();
    const again = openLog(world, { config, hadCleanShutdown: false, recoveryPoint });
    expect([recoveryPoint, again.logEndOffset, again.segmentCount]).toEqual([
      again.segments.active.baseOffset,
      48,
      log.segmentCount,
    ]);
  });

  it('finds leader epochs again when their file is torn', () => {
    const world = storageWorld();
    const log = openLog(world);
    for (let epoch = 0; epoch < 4; epoch++) appended(log.appendAsLeader(batchOf(2), epoch));
    log.flush();
    const { recoveryPoint, epochEntries } = log;
    put(world, 'data/t-0', new Map([['leader-epoch-checkpoint', utf8('0\n4\n0 0\n1')]]));
    const again = openLog(world, { hadCleanShutdown: false, recoveryPoint });
    expect(again.epochEntries).toEqual(epochEntries);
  });

  it('clears away what an interrupted removal or cleaning left', () => {
    const world = storageWorld();
    const log = openLog(world);
    appended(log.appendAsLeader(batchOf(2), 0));
    log.close();
    const leftovers = [
      '00000000000000000000.log.deleted',
      '00000000000000000099.log.cleaned',
      '00000000000000000077.index',
    ];
    put(world, 'data/t-0', new Map(leftovers.map((name) => [name, new Uint8Array(8)])));
    const again = openLog(world, { hadCleanShutdown: false });
    expect(again.logEndOffset).toBe(2);
    const names = [...world.simDisk.files('data/t-0').keys()];
    expect(names.filter((name) => leftovers.includes(name))).toEqual([]);
  });

  it('is not needed for a disk that was full at any write', () => {
    let refusals = 0;
    for (let capacity = 2000; capacity < 5000; capacity += 31) {
      const world = storageWorld({ seed: capacity });
      const config = logConfig({ segmentBytes: 700, indexIntervalBytes: 60 });
      const log = openLog(world, { config });
      world.simDisk.capacityBytes = capacity;
      const kept: string[] = [];
      for (let i = 0; i < 40; i++) {
        if (i === 35) world.simDisk.capacityBytes = 2 ** 40;
        const before = log.logEndOffset;
        try {
          appended(log.appendAsLeader(batchOf(3, {}, `b${i}-`), Math.floor(i / 9)));
          kept.push(...[0, 1, 2].map((j) => `${before + j}:b${i}-${j}`));
        } catch (error) {
          if (!(error instanceof DiskError)) throw error;
          refusals++;
          expect(log.logEndOffset).toBe(before);
        }
      }
      expect([capacity, values(log)]).toEqual([capacity, kept]);
      const { epochEntries } = log;
      log.flush({ forceFlushActiveSegment: true });
      log.close();
      const again = openLog(world, { config });
      expect([capacity, values(again), again.epochEntries]).toEqual([capacity, kept, epochEntries]);
    }
    expect(refusals).toBeGreaterThan(100);
  });

  it('keeps what was flushed and only whole batches of the rest, over 150 losses of power', () => {
    let lost = 0;
    for (let seed = 1; seed <= 150; seed++) lost += losePowerOnce(seed);
    expect(lost).toBeGreaterThan(500);
  });
});

/**
 * A random life of a log that ends with the power; then the log must be a prefix of what it was, down to the flush.
 * Number of records lost.
 */
function losePowerOnce(seed: number): number {
  const random = new SeededRandom(seed);
  const world = storageWorld({ seed });
  const config = logConfig({ segmentBytes: 900, indexIntervalBytes: 100 });
  let log = openLog(world, { config });
  let checkpoint = 0;
  let sequence = 0;
  const steps = 5 + random.integer(40);
  for (let step = 0; step < steps; step++) {
    const roll = random.integer(20);
    if (roll === 0) log.flush();
    else if (roll === 1) log.roll();
    else if (roll === 2) advance(world, 1);
    else if (roll === 3) {
      appended(
        log.appendAsLeader(
          buildEndTransactionMarker({
            type: 'abort',
            producerId: 2,
            producerEpoch: 0,
            coordinatorEpoch: 0,
            timestamp: startMs,
          }),
          1,
          'coordinator',
        ),
      );
    } else {
      const count = 1 + random.integer(6);
      const producer =
        roll % 2 === 0 ? {} : { producerId: 2, producerEpoch: 0, baseSequence: sequence, isTransactional: true };
      appended(
        log.appendAsLeader(batchOf(count, producer, `s${step}-`, startMs + step * 10), 1 + Math.floor(step / 10)),
      );
      if (roll % 2 === 1) sequence += count;
    }
    if (random.chance(0.2)) checkpoint = log.recoveryPoint;
  }
  const before = values(log);
  const flushed = log.recoveryPoint;
  world.simDisk.losePower(random);
  log = openLog(world, { config, hadCleanShutdown: false, recoveryPoint: checkpoint });
  const after = values(log);
  const where = `seed ${seed}, flushed ${flushed}, ended ${before.length}`;
  expect([where, after]).toEqual([where, before.slice(0, after.length)]);
  expect([where, log.logEndOffset >= flushed, log.logEndOffset]).toEqual([where, true, after.length]);
  const epochs = log.epochEntries.map(({ startOffset }) => startOffset);
  expect(epochs).toEqual([...new Set(epochs)].sort((a, b) => a - b));
  appended(log.appendAsLeader(batchOf(1), 99));
  return before.length - after.length;
}
