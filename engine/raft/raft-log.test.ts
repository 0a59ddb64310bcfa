/** The log with its snapshots: what a replica is told, truncation, cleaning; in memory and in the files of a partition. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../base/text.ts';
import { SimWorld } from '../env/sim/index.ts';
import type { SimNode } from '../env/sim/index.ts';
import { CorruptRecordError, buildBatch, iterateBatches, noCodecs } from '../record/index.ts';
import { defaultRaftConfig } from './config.ts';
import { MemoryLogStore } from './memory-log-store.testkit.ts';
import { openRaftLog } from './open-raft.ts';
import { InconsistentLogError, RaftLog } from './raft-log.ts';
import { InvalidAppendError } from './replicated-log.ts';
import { writeSnapshotFile } from './snapshot-writer.ts';

const directory = 'meta/__cluster_metadata-0';
const recordedDir = new URL('../../../shared/golden/data/node-1/__cluster_metadata-0/', import.meta.url);

function batch(baseOffset: number, epoch: number, count: number): Uint8Array {
  const records = Array.from({ length: count }, (_, i) => ({
    timestamp: 1,
    key: null,
    value: utf8(`${baseOffset + i}`),
  }));
  return buildBatch(records, { baseOffset, leaderEpoch: epoch });
}

function openIn(node: SimNode, kind: 'memory' | 'files', retention: { bytes?: number; ms?: number } = {}): RaftLog {
  const { disk, clock, random, tracer } = node.env;
  const config = { ...defaultRaftConfig, retentionMaxBytes: retention.bytes ?? -1, retentionMaxMs: retention.ms ?? -1 };
  if (kind === 'files') {
    return openRaftLog({ context: { disk, clock, random, tracer, codecs: noCodecs }, path: directory, config });
  }
  disk.makeDirectory(directory);
  const { batchMaxBytes, retentionMaxMs, retentionMaxBytes } = config;
  const store = new MemoryLogStore();
  return new RaftLog({ disk, clock, tracer, directory, store, batchMaxBytes, retentionMaxMs, retentionMaxBytes });
}

/** Epoch 1: 0-4, epoch 2: 5-9, epoch 4: 10-14. */
function fill(log: RaftLog): void {
  log.appendAsFollower(batch(0, 1, 5), 9);
  log.appendAsFollower(batch(5, 2, 5), 9);
  log.appendAsFollower(batch(10, 4, 5), 9);
}

function snapshot(log: RaftLog, offset: number, epoch: number, logTimestamp = 0): void {
  const writer = log.createSnapshot({ offset, epoch }, logTimestamp)!;
  writer.append([utf8('state')]);
  writer.freeze();
}

describe.each(['memory', 'files'] as const)('a log in %s', (kind) => {
  const opened = (retention = {}): { node: SimNode; log: RaftLog } => {
    const node = new SimWorld(1).node('n');
    return { node, log: openIn(node, kind, retention) };
  };

  it('tells a replica whether its end fits, or where to cut back', () => {
    const { log } = opened();
    expect(log.validateOffsetAndEpoch(0, 0)).toEqual({ kind: 'valid' });
    expect(log.lastFetchedEpoch).toBe(0);
    fill(log);
    expect(log.lastFetchedEpoch).toBe(4);
    expect(log.validateOffsetAndEpoch(15, 4)).toEqual({ kind: 'valid' });
    expect(log.validateOffsetAndEpoch(5, 1)).toEqual({ kind: 'valid' });
    expect(log.validateOffsetAndEpoch(7, 1)).toEqual({ kind: 'diverging', at: { offset: 5, epoch: 1 } });
    expect(log.validateOffsetAndEpoch(12, 3)).toEqual({ kind: 'diverging', at: { offset: 10, epoch: 2 } });
    expect(log.validateOffsetAndEpoch(16, 4)).toEqual({ kind: 'diverging', at: { offset: 15, epoch: 4 } });
  });

  it('sends who is before its start to the newest snapshot', () => {
    const { log } = opened({ bytes: 0 });
    fill(log);
    log.setHighWatermark(15);
    snapshot(log, 7, 2);
    snapshot(log, 12, 4);
    expect(log.validateOffsetAndEpoch(3, 1)).toEqual({ kind: 'snapshot', id: { offset: 12, epoch: 4 } });
    expect(log.clean(0)).toBe(true);
    expect(log.startOffset).toBe(12);
    expect(log.earliestSnapshotId()).toEqual({ offset: 12, epoch: 4 });
    expect(log.validateOffsetAndEpoch(8, 2)).toEqual({ kind: 'snapshot', id: { offset: 12, epoch: 4 } });
    expect(log.validateOffsetAndEpoch(12, 4)).toEqual({ kind: 'valid' });
    expect(log.endOffset).toBe(15);
    expect(log.clean(0)).toBe(false);
  });

  it('cleans by the age of what a snapshot holds, and keeps the newest', () => {
    const { log } = opened({ ms: 1000 });
    fill(log);
    log.setHighWatermark(15);
    snapshot(log, 5, 1, 100);
    snapshot(log, 10, 2, 900);
    snapshot(log, 15, 4, 1000);
    expect(log.clean(1050)).toBe(false);
    expect(log.clean(1500)).toBe(true);
    expect(log.earliestSnapshotId()).toEqual({ offset: 10, epoch: 2 });
    expect(log.clean(9999)).toBe(true);
    expect([log.earliestSnapshotId(), log.latestSnapshotId()]).toEqual(
      Array.from({ length: 2 }, () => ({ offset: 15, epoch: 4 })),
    );
  });

  it('cuts back to what it shares with a leader, but never below the high watermark', () => {
    const { log } = opened();
    fill(log);
    expect(log.truncateToEndOffset({ offset: 13, epoch: 4 })).toBe(10);
    expect(log.endOffset).toBe(10);
    expect(log.truncateToEndOffset({ offset: 7, epoch: 1 })).toBe(5);
    expect([log.endOffset, log.lastFetchedEpoch]).toEqual([5, 1]);
    log.setHighWatermark(5);
    expect(() => log.truncateTo(0)).toThrow('below the high watermark');
  });

  it('starts over at a snapshot that is ahead of it', () => {
    const { node, log } = opened();
    fill(log);
    const raw = log.storeSnapshot({ offset: 40, epoch: 6 })!;
    writeSnapshotFile(node.env.disk, 'copy', [utf8('state')], { id: { offset: 40, epoch: 6 }, nowMs: 0 });
    raw.append(node.env.disk.readFile('copy'));
    raw.freeze();
    expect(log.truncateToLatestSnapshot()).toBe(true);
    expect([log.startOffset, log.endOffset, log.lastFetchedEpoch, log.highWatermark]).toEqual([40, 40, 6, 40]);
    expect(log.truncateToLatestSnapshot()).toBe(false);
    log.appendAsFollower(batch(40, 6, 1), 6);
    expect(log.endOffset).toBe(41);
    expect([...log.openSnapshot({ offset: 40, epoch: 6 })!.batches()].flat()).toHaveLength(1);
  });

  it('refuses batches that do not continue it or are broken, and takes the whole ones of a cut answer', () => {
    const { log } = opened();
    fill(log);
    expect(() => log.appendAsFollower(batch(16, 4, 1), 4)).toThrow(InvalidAppendError);
    expect(() => log.appendAsFollower(batch(15, 3, 1), 4)).toThrow('not in 4..4');
    expect(() => log.appendAsFollower(batch(15, 5, 1), 4)).toThrow('not in 4..4');
    const broken = batch(15, 4, 1);
    broken[broken.length - 1]! ^= 1;
    expect(() => log.appendAsFollower(broken, 4)).toThrow(CorruptRecordError);
    const two = new Uint8Array([...batch(15, 4, 1), ...batch(16, 4, 1)]);
    log.appendAsFollower(two.subarray(0, two.length - 1), 4);
    expect(log.endOffset).toBe(16);
  });

  it('reads whole batches below a limit', () => {
    const { log } = opened();
    fill(log);
    const bases = (bytes: Uint8Array): number[] => [...iterateBatches(bytes)].map(({ baseOffset }) => baseOffset);
    expect(bases(log.read(0, 15, 1e6))).toEqual([0, 5, 10]);
    expect(bases(log.read(7, 15, 1e6))).toEqual([5, 10]);
    expect(bases(log.read(0, 12, 1e6))).toEqual([0, 5]);
    expect(bases(log.read(5, 15, 1))).toEqual([5]);
  });
});

describe('a log in files', () => {
  it('has after a restart what was flushed, its epochs and its snapshots', () => {
    const node = new SimWorld(3).node('n');
    const log = openIn(node, 'files', { bytes: 0 });
    fill(log);
    log.setHighWatermark(15);
    snapshot(log, 12, 4);
    log.flush();
    node.losePower();
    node.restart();
    const again = openIn(node, 'files');
    expect([again.endOffset, again.lastFetchedEpoch, again.firstUnflushedOffset]).toEqual([15, 4, 15]);
    expect(again.endOffsetForEpoch(2)).toEqual({ offset: 10, epoch: 2 });
    expect(again.latestSnapshotId()).toEqual({ offset: 12, epoch: 4 });
  });

  it('is refused when its head is gone and no snapshot replaces it', () => {
    const node = new SimWorld(4).node('n');
    const log = openIn(node, 'files');
    const raw = log.storeSnapshot({ offset: 40, epoch: 6 })!;
    raw.freeze();
    log.truncateToLatestSnapshot();
    log.close();
    node.env.disk.removeFile(`${directory}/00000000000000000040-0000000006.checkpoint`);
    expect(() => openIn(node, 'files')).toThrow(InconsistentLogError);
  });
});

describe.runIf(existsSync(recordedDir))('the metadata log that Kafka left', () => {
  it('is opened with its epochs and snapshots, and continued', () => {
    const node = new SimWorld(5).node('n');
    const { disk } = node.env;
    disk.makeDirectory(directory);
    for (const name of readdirSync(recordedDir))
      disk.replaceFile(`${directory}/${name}`, readFileSync(new URL(name, recordedDir)));
    const log = openIn(node, 'files');
    expect([log.startOffset, log.endOffset, log.lastFetchedEpoch]).toEqual([0, 1561, 5]);
    expect(log.endOffsetForEpoch(2)).toEqual({ offset: 1017, epoch: 2 });
    expect(log.latestSnapshotId()).toEqual({ offset: 1557, epoch: 5 });
    expect(log.earliestSnapshotId()).toEqual({ offset: 1129, epoch: 5 });
    log.initializeLeaderEpoch(6);
    log.appendAsLeader(batch(1561, 6, 1), 6);
    log.flush();
    log.close();
    expect(openIn(node, 'files').endOffset).toBe(1562);
  });
});
