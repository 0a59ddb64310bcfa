import { describe, expect, it } from 'vitest';
import type { TelemetryEvent } from '../base/telemetry.ts';
import { ErrorCode } from '../protocol/index.ts';
import { buildEndTransactionMarker } from '../record/index.ts';
import {
  appended,
  consume,
  fill,
  idempotent,
  batchOf,
  openLog,
  refused,
  startMs,
  storageWorld,
} from './storage.testkit.ts';

const transactional = (sequence: number, count = 1, producerId = 9): Uint8Array =>
  batchOf(count, { producerId, producerEpoch: 0, baseSequence: sequence, isTransactional: true }, `t${sequence}-`);
const marker = (type: 'commit' | 'abort', producerId = 9): Uint8Array =>
  buildEndTransactionMarker({ type, producerId, producerEpoch: 0, coordinatorEpoch: 1, timestamp: startMs });

describe('idempotent producers', () => {
  it('get the old offsets for a batch that is among the last five', () => {
    const told: TelemetryEvent[] = [];
    const world = storageWorld();
    const log = openLog({
      ...world,
      context: { ...world.context, tracer: { enabled: true, emit: (event) => void told.push(event), log: () => {} } },
    });
    for (let i = 0; i < 7; i++) appended(log.appendAsLeader(idempotent(i * 2, 2), 0));
    const answers = Array.from({ length: 7 }, (_, i) => log.appendAsLeader(idempotent(i * 2, 2), 0));
    expect(answers.slice(2).map((answer) => appended(answer))).toEqual(
      [4, 6, 8, 10, 12].map((firstOffset) =>
        expect.objectContaining({ firstOffset, lastOffset: firstOffset + 1, duplicate: true, sizeInBytes: 0 }),
      ),
    );
    expect(answers.slice(0, 2).map((answer) => refused(answer).error)).toEqual([45, 45]);
    expect(log.logEndOffset).toBe(14);
    const dropped = told.filter((event) => event.type === 'duplicate-dropped');
    expect(dropped.map(({ baseOffset, baseSequence, records }) => [baseOffset, baseSequence, records])).toEqual(
      [4, 6, 8, 10, 12].map((offset) => [offset, offset, 2]),
    );
  });

  it('are held to their sequence and epoch', () => {
    const log = openLog(storageWorld());
    appended(log.appendAsLeader(idempotent(5), 0));
    expect(refused(log.appendAsLeader(idempotent(7), 0))).toMatchObject({
      error: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
      message:
        'Out of order sequence number for producer 9 at offset 1 in partition t-0: 7 (incoming seq. number), 5 (current end sequence number)',
    });
    expect(refused(log.appendAsLeader(idempotent(3, 1, 1), 0)).error).toBe(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    appended(log.appendAsLeader(idempotent(0, 1, 1), 0));
    expect(refused(log.appendAsLeader(idempotent(6), 0))).toMatchObject({
      error: ErrorCode.INVALID_PRODUCER_EPOCH,
      message: 'Epoch of producer 9 at offset 2 in t-0 is 0, which is smaller than the last seen epoch 1',
    });
    expect(log.activeProducers()).toEqual([
      {
        producerId: 9,
        producerEpoch: 1,
        lastSequence: 0,
        lastTimestamp: startMs,
        coordinatorEpoch: -1,
        currentTransactionStartOffset: -1,
      },
    ]);
  });

  it('are forgotten after their time, and may go on with any sequence', () => {
    const world = storageWorld({ nowMs: startMs + 86_400_000 });
    const log = openLog(world);
    appended(log.appendAsLeader(idempotent(0), 0));
    log.removeExpiredProducers();
    expect(log.activeProducers()).toEqual([]);
    appended(log.appendAsLeader(idempotent(42), 0));
  });

  it('are remembered over a clean and an unclean stop', () => {
    for (const clean of [true, false]) {
      const world = storageWorld();
      const log = openLog(world);
      for (let i = 0; i < 3; i++) appended(log.appendAsLeader(idempotent(i), 0));
      if (clean) {
        log.flush({ forceFlushActiveSegment: true });
        log.close();
      }
      const again = openLog(world, { hadCleanShutdown: clean });
      expect(appended(again.appendAsLeader(idempotent(2), 0))).toMatchObject({ duplicate: true, firstOffset: 2 });
      expect(refused(again.appendAsLeader(idempotent(4), 0)).error).toBe(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    }
  });
});

describe('transactions', () => {
  it('hold the last stable offset back until they end and their marker is replicated', () => {
    const log = openLog(storageWorld());
    fill(log, 1, 2);
    appended(log.appendAsLeader(transactional(0, 2), 0));
    fill(log, 1, 2);
    log.updateHighWatermark(6);
    expect([log.lastStableOffset, log.highWatermark]).toEqual([2, 6]);
    expect(consume(log, 0, 'committed')).toEqual(['b0-0', 'b0-1']);
    appended(log.appendAsLeader(marker('commit'), 0, 'coordinator'));
    expect(log.lastStableOffset).toBe(2);
    log.updateHighWatermark(7);
    expect([log.lastStableOffset, log.offsetSnapshot().lastStableOffset.offset]).toEqual([7, 7]);
    expect(consume(log, 0, 'committed')).toEqual(['b0-0', 'b0-1', 't0-0', 't0-1', 'b0-0', 'b0-1']);
  });

  it('that were aborted are named to whoever reads committed records over them', () => {
    const world = storageWorld();
    const log = openLog(world);
    appended(log.appendAsLeader(transactional(0, 2), 0));
    appended(log.appendAsLeader(marker('abort'), 0, 'coordinator'));
    fill(log, 1);
    log.updateHighWatermark(8);
    const aborted = (offset: number): unknown => {
      const read = log.read(offset, 9999, 'committed', true);
      return read.kind === 'records' ? read.abortedTransactions : null;
    };
    expect([aborted(0), aborted(1), aborted(3)]).toEqual([
      [{ producerId: 9, firstOffset: 0 }],
      [{ producerId: 9, firstOffset: 0 }],
      [],
    ]);
    const again = openLog(world, { hadCleanShutdown: false });
    again.updateHighWatermark(8);
    expect(again.read(0, 9999, 'committed', true)).toMatchObject({
      abortedTransactions: [{ producerId: 9, firstOffset: 0 }],
    });
  });

  it('stay open over a restart', () => {
    const world = storageWorld();
    const log = openLog(world);
    fill(log, 1);
    appended(log.appendAsLeader(transactional(0), 0));
    log.close();
    const again = openLog(world);
    again.updateHighWatermark(6);
    expect(again.lastStableOffset).toBe(5);
    appended(again.appendAsLeader(marker('commit'), 0, 'coordinator'));
    again.updateHighWatermark(7);
    expect(again.lastStableOffset).toBe(7);
  });
});
