import { describe, expect, it } from 'vitest';
import { DiskError } from '../env/index.ts';
import { nodeCodecs } from '../env/node/compression.ts';
import { SeededRandom } from '../env/sim/index.ts';
import { fromUtf8, utf8 } from '../base/text.ts';
import { ErrorCode } from '../protocol/index.ts';
import { Compression, batchHeader, buildBatch, iterateBatches } from '../record/index.ts';
import { ListOffsetsTimestamp, UnexpectedAppendOffsetError } from './log-types.ts';
import {
  advance,
  appended,
  consume,
  fill,
  idempotent,
  batchOf,
  logConfig,
  openLog,
  records,
  refused,
  startMs,
  storageWorld,
} from './storage.testkit.ts';

describe('an append by the leader', () => {
  it('assigns offsets and epoch in the given bytes', () => {
    const log = openLog(storageWorld());
    const first = batchOf(3);
    const second = batchOf(2);
    expect(appended(log.appendAsLeader(first, 4))).toMatchObject({
      firstOffset: 0,
      lastOffset: 2,
      lastLeaderEpoch: 4,
      recordCount: 3,
    });
    expect(appended(log.appendAsLeader(second, 5))).toMatchObject({
      firstOffset: 3,
      lastOffset: 4,
      sizeInBytes: second.length,
    });
    expect(batchHeader(second)).toMatchObject({ baseOffset: 3, leaderEpoch: 5 });
    expect([log.logEndOffset, log.latestEpoch, log.highWatermark]).toEqual([5, 5, 0]);
    expect(log.epochEntries).toEqual([
      { epoch: 4, startOffset: 0 },
      { epoch: 5, startOffset: 3 },
    ]);
    expect(log.endOffsetForEpoch(4)).toEqual({ epoch: 4, endOffset: 3 });
  });

  it('refuses what LogValidator refuses, with its codes and words', () => {
    const log = openLog(storageWorld(), { config: logConfig({ maxMessageBytes: 2000, segmentBytes: 4000 }) });
    const broken = (change: (bytes: Uint8Array) => void): Uint8Array => {
      const bytes = batchOf(2);
      change(bytes);
      return bytes;
    };
    const withCrc = (change: (bytes: Uint8Array) => void): Uint8Array =>
      broken((bytes) => {
        change(bytes);
        batchHeader(bytes).updateCrc();
      });
    const cases: readonly (readonly [Uint8Array, number, string])[] = [
      [broken((bytes) => (bytes[70]! ^= 1)), ErrorCode.CORRUPT_MESSAGE, 'Record is corrupt (stored crc = '],
      [broken((bytes) => bytes.set([0, 0, 0, 0, 0, 0, 0, 5])), ErrorCode.INVALID_RECORD, 'should be 0, but it is 5'],
      [batchOf(1, {}, 'x'.repeat(2000)), ErrorCode.MESSAGE_TOO_LARGE, 'exceeds the maximum configured value of 2000'],
      [
        withCrc((bytes) => (bytes[60] = 9)),
        ErrorCode.INVALID_RECORD,
        'Inconsistent batch offset range [0, 1] and count of records 9',
      ],
      [
        withCrc((bytes) => (bytes[22]! |= 0x20)),
        ErrorCode.INVALID_RECORD,
        'Clients are not allowed to write control records',
      ],
      [batchOf(1, { producerId: 3, producerEpoch: 0 }), ErrorCode.INVALID_RECORD, 'Invalid sequence number -1'],
      [batchOf(1, {}, 'v', startMs + 3_600_001), ErrorCode.INVALID_TIMESTAMP, 'rejected due to invalid timestamp'],
      [
        batchOf(1, { timestampType: 'log-append-time' }),
        ErrorCode.INVALID_TIMESTAMP,
        'rejected due to invalid timestamp',
      ],
      [
        withCrc((bytes) => bytes.set([0, 0, 0, 5], 23) ?? bytes.set([0, 0, 0, 6], 57)),
        ErrorCode.INVALID_RECORD,
        'premature EOF reached',
      ],
      [new Uint8Array(0), ErrorCode.INVALID_RECORD, 'no batches'],
      [new Uint8Array([...batchOf(1), ...batchOf(1)]), ErrorCode.INVALID_RECORD, 'more than one batch'],
    ];
    for (const [bytes, error, words] of cases) {
      const { error: found, message } = refused(log.appendAsLeader(bytes, 0));
      expect([found, message]).toEqual([error, expect.stringContaining(words)]);
    }
    expect([log.logEndOffset, log.sizeInBytes]).toEqual([0, 0]);
  });

  it('takes any bytes as a batch or refuses them, and stays whole', () => {
    const random = new SeededRandom(11);
    let taken = 0;
    for (let round = 0; round < 60; round++) {
      const log = openLog(storageWorld(), { config: logConfig({ segmentBytes: 2000, indexIntervalBytes: 100 }) });
      for (let i = 0; i < 40; i++) {
        const bytes =
          round % 2 === 0 ? batchOf(1 + random.integer(4)) : idempotent(random.integer(3), 1 + random.integer(2));
        for (let flips = random.integer(4); flips > 0; flips--) {
          bytes[(random.chance(0.5) ? 16 : 61) + random.integer(bytes.length - 61)] = random.integer(256);
        }
        const header = batchHeader(bytes);
        if (header.sizeInBytes === bytes.length) header.updateCrc();
        const before = log.logEndOffset;
        const result = log.appendAsLeader(bytes, 0);
        if (result.kind === 'appended' && !result.duplicate) {
          taken++;
          expect([result.firstOffset, log.logEndOffset]).toEqual([before, result.lastOffset + 1]);
          expect(result.recordCount).toBeLessThanOrEqual(4);
        } else expect(log.logEndOffset).toBe(before);
      }
      const read = log.read(0, 2 ** 20, 'log-end', true);
      if (read.kind !== 'records') throw new Error(read.message);
      for (const batch of iterateBatches(read.records)) expect(batch.isCrcValid()).toBe(true);
    }
    expect(taken).toBeGreaterThan(500);
  });

  it('names each record without a key in a compacted topic', () => {
    const log = openLog(storageWorld(), { config: logConfig({ cleanupPolicy: { delete: false, compact: true } }) });
    const bytes = buildBatch(
      [
        { key: utf8('k'), value: null },
        { key: null, value: null },
      ],
      { compression: 1, codecs: nodeCodecs },
    );
    expect(refused(log.appendAsLeader(bytes, 0))).toMatchObject({
      error: ErrorCode.INVALID_RECORD,
      recordErrors: [
        { batchIndex: 1, message: expect.stringContaining('Compacted topic cannot accept message without key') },
      ],
    });
  });

  it('sets the time of the append where the topic asks for it', () => {
    const log = openLog(storageWorld({ nowMs: startMs + 50 }), {
      config: logConfig({ messageTimestampType: 'log-append-time' }),
    });
    const bytes = batchOf(2);
    expect(appended(log.appendAsLeader(bytes, 0))).toMatchObject({
      logAppendTimeMs: startMs + 50,
      maxTimestamp: startMs + 50,
    });
    expect(batchHeader(bytes).isCrcValid()).toBe(true);
    expect(log.fetchOffsetByTimestamp(startMs + 50)).toMatchObject({ offset: 0 });
  });

  it('compresses as the topic says, and keeps what the producer sent otherwise', () => {
    const world = storageWorld();
    const kept = openLog(world);
    appended(kept.appendAsLeader(batchOf(9, { compression: Compression.gzip, codecs: nodeCodecs }), 0));
    const changed = openLog(world, { path: 'data/z-0', config: logConfig({ compressionType: 'zstd' }) });
    appended(
      changed.appendAsLeader(batchOf(9, { compression: Compression.gzip, codecs: nodeCodecs }, 'v', startMs - 5), 0),
    );
    const codecs = [kept, changed].map((log) => {
      const read = log.read(0, 9999, 'log-end', true);
      return read.kind === 'records' ? batchHeader(read.records).compression : null;
    });
    expect(codecs).toEqual([Compression.gzip, Compression.zstd]);
    expect(consume(changed)).toEqual(records(9, 'v').map(({ value }) => fromUtf8(value!)));
    expect(changed.fetchOffsetByTimestamp(startMs)).toMatchObject({ offset: 5, timestamp: startMs });
  });

  it('leaves nothing behind when the disk is full', () => {
    const world = storageWorld();
    const log = openLog(world);
    const values = fill(log, 3);
    const release = world.simDisk.fail({ code: 'ENOSPC', operations: ['write'], pathContains: '.log' });
    expect(() => log.appendAsLeader(batchOf(5), 0)).toThrow(DiskError);
    release();
    expect([log.logEndOffset, consume(log)]).toEqual([15, values]);
    expect(appended(log.appendAsLeader(batchOf(1, {}, 'after-'), 0))).toMatchObject({ firstOffset: 15 });
    expect(consume(log)).toEqual([...values, 'after-0']);
  });
});

describe('an append by a follower', () => {
  it('takes what the leader has, byte for byte, and refuses what does not continue the log', () => {
    const world = storageWorld();
    const leader = openLog(world);
    const values = fill(leader, 6);
    const follower = openLog(world, { path: 'data/f-0' });
    const read = leader.read(0, 99_999, 'log-end', true);
    if (read.kind !== 'records') throw new Error(read.message);
    expect(appended(follower.appendAsFollower(read.records))).toMatchObject({
      firstOffset: 0,
      lastOffset: 29,
      recordCount: 30,
    });
    expect(consume(follower)).toEqual(values);
    expect(() => follower.appendAsFollower(read.records)).toThrow(UnexpectedAppendOffsetError);
    expect(world.simDisk.files('data/f-0').get('00000000000000000000.log')).toEqual(
      world.simDisk.files('data/t-0').get('00000000000000000000.log'),
    );
  });

  it('leaves out batches of a later leader than the one it follows, and a cut last batch', () => {
    const world = storageWorld();
    const leader = openLog(world);
    appended(leader.appendAsLeader(batchOf(2), 1));
    appended(leader.appendAsLeader(batchOf(2), 1));
    appended(leader.appendAsLeader(batchOf(2), 2));
    const read = leader.read(0, 99_999, 'log-end', true);
    if (read.kind !== 'records') throw new Error(read.message);
    const follower = openLog(world, { path: 'data/f-0' });
    expect(appended(follower.appendAsFollower(read.records.slice(), 1))).toMatchObject({
      lastOffset: 3,
      lastLeaderEpoch: 1,
    });
    const other = openLog(world, { path: 'data/g-0' });
    expect(appended(other.appendAsFollower(read.records.slice(0, -1)))).toMatchObject({ lastOffset: 3 });
  });
});

describe('a read', () => {
  it('ends at the high watermark for consumers and at the log end for replicas', () => {
    const log = openLog(storageWorld(), { config: logConfig({ segmentBytes: 700, indexIntervalBytes: 100 }) });
    const values = fill(log, 20);
    expect(log.segmentCount).toBe(4);
    expect(consume(log, 0, 'high-watermark')).toEqual([]);
    for (const offset of [5, 50, 100]) {
      log.updateHighWatermark(offset);
      expect(consume(log, 0, 'high-watermark')).toEqual(values.slice(0, offset));
      expect(consume(log, 0, 'log-end')).toEqual(values);
    }
  });

  it('is the same whatever the limit of bytes, from any offset', () => {
    const log = openLog(storageWorld(), { config: logConfig({ segmentBytes: 900, indexIntervalBytes: 50 }) });
    const values = fill(log, 30, 4);
    for (const maxBytes of [1, 100, 333, 100_000]) {
      for (let offset = 0; offset <= 120; offset += 7) {
        expect(consume(log, offset, 'log-end', maxBytes)).toEqual(values.slice(offset));
      }
    }
  });

  it('cuts a first batch that is too large unless one is asked for', () => {
    const log = openLog(storageWorld());
    fill(log, 1, 50);
    expect(log.read(0, 100, 'log-end', false)).toMatchObject({ firstEntryIncomplete: true, records: { length: 100 } });
    expect(log.read(0, 100, 'log-end', true)).toMatchObject({
      firstEntryIncomplete: false,
      records: { length: log.sizeInBytes },
    });
  });

  it('outside of the log is out of range', () => {
    const log = openLog(storageWorld());
    fill(log, 2);
    log.updateHighWatermark(10);
    expect(log.maybeIncrementLogStartOffset(7, 'test')).toBe(true);
    expect(log.maybeIncrementLogStartOffset(11, 'test')).toBe('out-of-range');
    expect(log.read(6, 100, 'log-end', true).kind).toBe('out-of-range');
    expect(log.read(11, 100, 'log-end', true).kind).toBe('out-of-range');
    expect(consume(log, 7)).toEqual(['b1-2', 'b1-3', 'b1-4']);
  });
});

describe('offsets by timestamp', () => {
  it('answer the special questions, and with the first record that is not older', () => {
    const log = openLog(storageWorld(), { config: logConfig({ segmentBytes: 700, indexIntervalBytes: 100 }) });
    fill(log, 20);
    const ask = (timestamp: number): unknown => log.fetchOffsetByTimestamp(timestamp);
    expect(ask(ListOffsetsTimestamp.earliest)).toEqual({ timestamp: -1, offset: 0, leaderEpoch: 0 });
    expect(ask(ListOffsetsTimestamp.latest)).toEqual({ timestamp: -1, offset: 100, leaderEpoch: 0 });
    expect(ask(ListOffsetsTimestamp.maxTimestamp)).toEqual({ timestamp: startMs + 1904, offset: 99, leaderEpoch: 0 });
    expect(ask(startMs + 702)).toEqual({ timestamp: startMs + 702, offset: 37, leaderEpoch: 0 });
    expect(ask(startMs + 705)).toEqual({ timestamp: startMs + 800, offset: 40, leaderEpoch: 0 });
    expect(ask(0)).toEqual({ timestamp: startMs, offset: 0, leaderEpoch: 0 });
    expect(ask(startMs + 9999)).toBeNull();
  });
});

describe('the high watermark', () => {
  it('moves forward with the leader, within the log, and back only when the log is cut', () => {
    const log = openLog(storageWorld());
    fill(log, 4);
    expect(log.maybeIncrementHighWatermark(log.offsetMetadata(10)!)).toMatchObject({ offset: 0 });
    expect(log.maybeIncrementHighWatermark(log.offsetMetadata(5)!)).toBeNull();
    expect([log.highWatermark, log.maybeUpdateHighWatermark(99), log.highWatermark]).toEqual([10, 20, 20]);
    log.truncateTo(12);
    expect([log.logEndOffset, log.highWatermark]).toEqual([12, 12]);
  });
});

describe('truncation', () => {
  it('cuts records, indexes, epochs and producers to any batch, and the log goes on from there', () => {
    for (const offset of [0, 4, 12, 40, 76, 100]) {
      const world = storageWorld();
      const log = openLog(world, { config: logConfig({ segmentBytes: 700, indexIntervalBytes: 100 }) });
      for (let i = 0; i < 25; i++) appended(log.appendAsLeader(idempotent(i * 4, 4), Math.floor(i / 5)));
      const whole = consume(log);
      expect(log.truncateTo(offset)).toBe(offset < 100);
      expect([log.logEndOffset, consume(log)]).toEqual([offset, whole.slice(0, offset)]);
      expect(log.latestEpoch).toBe(offset === 0 ? null : Math.floor((offset - 1) / 20));
      expect(appended(log.appendAsLeader(idempotent(offset, 4), 9))).toMatchObject({
        firstOffset: offset,
        duplicate: false,
      });
      const again = openLog(world, { hadCleanShutdown: false });
      expect(consume(again)).toEqual(consume(log));
    }
  });

  it('to nothing begins anew anywhere', () => {
    const world = storageWorld();
    const log = openLog(world);
    fill(log, 3);
    log.truncateFullyAndStartAt(1000);
    expect([log.logStartOffset, log.highWatermark, log.logEndOffset]).toEqual([1000, 1000, 1000]);
    appended(log.appendAsLeader(batchOf(1, {}, 'new-'), 3));
    expect([consume(log), log.epochEntries]).toEqual([['new-0'], [{ epoch: 3, startOffset: 1000 }]]);
    advance(world, 60_000);
    expect([...world.simDisk.files('data/t-0').keys()].filter((name) => name.endsWith('.deleted'))).toEqual([]);
  });
});

describe('segments', () => {
  it('are rolled by size, by record time and when asked, and flushed behind the roll', () => {
    const world = storageWorld();
    const log = openLog(world, { config: logConfig({ segmentBytes: 1000, segmentMs: 60_000 }) });
    fill(log, 10);
    const bySize = log.segmentCount;
    expect(bySize).toBe(2);
    appended(log.appendAsLeader(batchOf(1, {}, 'late-', startMs + 70_000), 0));
    expect(log.segmentCount).toBe(bySize + 1);
    log.roll();
    log.roll();
    expect(log.segmentCount).toBe(bySize + 2);
    expect(log.recoveryPoint).toBe(51);
  });

  it('are rolled when their index is full', () => {
    const log = openLog(storageWorld(), { config: logConfig({ segmentIndexBytes: 40, indexIntervalBytes: 0 }) });
    fill(log, 20);
    expect(log.segmentCount).toBeGreaterThan(4);
    expect(consume(log)).toHaveLength(100);
  });

  it('go by size, time and log start, but never above the high watermark', () => {
    const world = storageWorld({ nowMs: startMs + 10_000_000 });
    const config = logConfig({ segmentBytes: 700, retentionBytes: 1500, retentionMs: -1 });
    const log = openLog(world, { config });
    fill(log, 30);
    const before = log.segmentCount;
    expect(log.deleteOldSegments()).toBe(0);
    log.updateHighWatermark(150);
    expect(log.deleteOldSegments()).toBeGreaterThan(before - 5);
    expect(log.sizeInBytes).toBeGreaterThanOrEqual(1500);
    expect(log.logStartOffset).toBe(log.segments.first.baseOffset);
    const deleted = (): number =>
      [...world.simDisk.files('data/t-0').keys()].filter((name) => name.endsWith('.deleted')).length;
    expect(deleted()).toBeGreaterThan(0);
    advance(world, 60_000);
    expect(deleted()).toBe(0);
    log.updateConfig(logConfig({ segmentBytes: 700, retentionMs: 1000 }));
    expect(log.deleteOldSegments()).toBeGreaterThan(0);
    expect([log.logStartOffset, log.segmentCount, log.sizeInBytes]).toEqual([150, 1, 0]);
    expect(appended(log.appendAsLeader(batchOf(1), 0))).toMatchObject({ firstOffset: 150 });
  });

  it('of a compacted log only go below the log start offset', () => {
    const log = openLog(storageWorld({ nowMs: startMs * 2 }), {
      config: logConfig({ segmentBytes: 700, retentionBytes: 1, cleanupPolicy: { delete: false, compact: true } }),
    });
    fill(log, 20);
    log.updateHighWatermark(100);
    expect(log.deleteOldSegments()).toBe(0);
    log.maybeIncrementLogStartOffset(60, 'test');
    expect(log.deleteOldSegments()).toBeGreaterThan(0);
    expect(log.segments.first.baseOffset).toBeLessThanOrEqual(60);
    expect(log.logStartOffset).toBe(60);
  });
});
