/** Snapshot files: names, contents against recorded ones, what is refused. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromHex, hex, utf8 } from '../base/text.ts';
import { SimWorld } from '../env/sim/index.ts';
import { buildControlBatch } from '../record/index.ts';
import golden from './golden-raft.json' with { type: 'json' };
import { listSnapshots, parseSnapshotName, removeLeftovers, snapshotName } from './snapshot-files.ts';
import { InvalidSnapshotError, SnapshotReader, readSnapshotFile } from './snapshot-reader.ts';
import { RawSnapshotFileWriter, RecordsSnapshotWriter, writeSnapshotFile } from './snapshot-writer.ts';

const recordedDir = new URL('../../../shared/golden/data/node-1/__cluster_metadata-0/', import.meta.url);
const newDisk = () => new SimWorld(1).node('n').env.disk;
const bootstrap = fromHex(golden.bootstrapCheckpoint);
const none = { offset: 0, epoch: 0 };

describe('a recorded bootstrap.checkpoint', () => {
  it('is read: header, six feature records, footer', () => {
    const reader = new SnapshotReader(bootstrap, none, 'bootstrap.checkpoint');
    expect(reader).toMatchObject({ lastContainedLogTimestampMs: 0, sizeBytes: bootstrap.length });
    const batches = [...reader.batches()];
    expect(batches.map((batch) => batch.map((record) => record.length))).toEqual([[23, 39, 20, 20, 22, 26]]);
  });

  it('is written again with the same bytes but for the times', () => {
    const disk = newDisk();
    const records = [...new SnapshotReader(bootstrap, none, 'x').batches()].flat();
    writeSnapshotFile(disk, 'bootstrap.checkpoint', records, { nowMs: 1 });
    const written = disk.readFile('bootstrap.checkpoint');
    // Three batches; base and max timestamp at 27..43 and the checksum at 17..21 of each.
    const timeless = (bytes: Uint8Array): string => {
      const copy = bytes.slice();
      for (const at of [0, 83, 336]) copy.fill(0, at + 17, at + 21).fill(0, at + 27, at + 43);
      return hex(copy);
    };
    expect(timeless(written)).toBe(timeless(bootstrap));
  });

  it.each([
    ['cut off', bootstrap.subarray(0, 300), 'ends within a batch'],
    ['without footer', bootstrap.subarray(0, 336), 'does not end with a snapshot footer'],
    ['without header', bootstrap.subarray(83), 'does not begin with a snapshot header'],
    ['empty', bootstrap.subarray(0, 0), 'does not begin with a snapshot header'],
    ['flipped', bootstrap.map((byte, at) => (at === 150 ? byte ^ 1 : byte)), 'is damaged'],
  ])('is refused when it is %s', (_, bytes, message) => {
    expect(() => new SnapshotReader(bytes, none, 'bootstrap.checkpoint')).toThrow(InvalidSnapshotError);
    expect(() => new SnapshotReader(bytes, none, 'bootstrap.checkpoint')).toThrow(message);
  });
});

describe.runIf(existsSync(recordedDir))('recorded snapshots', () => {
  const names = existsSync(recordedDir) ? readdirSync(recordedDir).filter((name) => name.endsWith('.checkpoint')) : [];

  it.each(names)('%s is read', (name) => {
    const id = parseSnapshotName(name)!;
    const reader = new SnapshotReader(readFileSync(new URL(name, recordedDir)), id, name);
    expect(reader.lastContainedLogTimestampMs).toBeGreaterThan(1_795_000_000_000);
    expect([...reader.batches()].flat().length).toBeGreaterThan(100);
    expect(snapshotName(id)).toBe(name);
  });
});

describe('a snapshot being written', () => {
  it('has its name only when it is complete, also after power loss', () => {
    const node = new SimWorld(1).node('n');
    let { disk } = node.env;
    disk.makeDirectory('d');
    disk.syncDirectory('');
    const id = { offset: 12, epoch: 3 };
    const path = `d/${snapshotName(id)}`;
    const content = { lastContainedLogTimestampMs: 5, nowMs: 7, batchMaxBytes: 200 };
    const unfinished = new RecordsSnapshotWriter(
      new RawSnapshotFileWriter(disk, `d/${snapshotName({ offset: 13, epoch: 3 })}`, id),
      content,
    );
    unfinished.append([utf8('lost')]);
    const writer = new RecordsSnapshotWriter(new RawSnapshotFileWriter(disk, path, id), content);
    const values = Array.from({ length: 20 }, (_, index) => `value ${index}`);
    writer.append(values.map(utf8));
    expect(disk.stat(path)).toBeNull();
    writer.freeze();
    node.losePower();
    ({ disk } = node.restart());
    removeLeftovers(disk, 'd');
    expect(listSnapshots(disk, 'd')).toEqual([id]);
    expect(disk.list('d')).toEqual([snapshotName(id)]);
    const reader = readSnapshotFile(disk, path, id);
    const batches = [...reader.batches()];
    expect(batches.length).toBeGreaterThan(1);
    expect(batches.flat().map((value) => new TextDecoder().decode(value))).toEqual(values);
    expect(reader.lastContainedLogTimestampMs).toBe(5);
  });

  it('leaves nothing when it is given up', () => {
    const disk = newDisk();
    const writer = new RawSnapshotFileWriter(disk, 'a.checkpoint', none);
    writer.append(utf8('x'));
    writer.close();
    writer.close();
    expect(disk.list('')).toEqual([]);
  });
});

describe('the first batch of a metadata log', () => {
  it('is the LeaderChange record that Kafka wrote', () => {
    const voter = (voterId: number) => ({ voterId, voterDirectoryId: null });
    const recorded = fromHex(golden.leaderChangeBatch);
    const timestamp = Number(new DataView(recorded.buffer).getBigInt64(27));
    const built = buildControlBatch(
      [
        {
          type: 'leader-change',
          version: 0,
          leaderId: 1,
          voters: [1, 2, 3].map(voter),
          grantingVoters: [3, 1].map(voter),
        },
      ],
      { baseOffset: 0, leaderEpoch: 1, timestamp },
    );
    expect(hex(built)).toBe(hex(recorded));
  });
});
