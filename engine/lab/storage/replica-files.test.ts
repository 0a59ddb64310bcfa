import { beforeEach, describe, expect, it } from 'vitest';
import { fromHex } from '../../base/text.ts';
import { nodeCodecs } from '../../env/node/compression.ts';
import { BatchHeader, Compression } from '../../record/index.ts';
import type { PartitionLog } from '../../storage/index.ts';
import { batchOf, logConfig, openLog, storageWorld, type StorageWorld } from '../../storage/storage.testkit.ts';
import { NoSuchReplicaFileError, ReplicaFiles } from './replica-files.ts';

const replica = { node: 1, topic: 't', partition: 0 };
const directory = 'broker-1/t-0';
const index = { indexIntervalBytes: 200, segmentBytes: 4000 };

let world: StorageWorld;
let log: PartitionLog;
let files: ReplicaFiles;
beforeEach(() => {
  world = storageWorld();
  log = openLog(world, { path: directory, config: logConfig(index) });
  files = new ReplicaFiles({ disk: world.disk, codecs: nodeCodecs });
});

function write(batches: number, recordsEach = 3): void {
  for (let i = 0; i < batches; i++) log.appendAsLeader(batchOf(recordsEach), 5);
}

describe('the files of a replica', () => {
  it('are listed with what each is for, segments in order', () => {
    write(100);
    log.flush();
    const { segments, files: listed, directory: told } = files.files(replica);
    expect(told).toBe(directory);
    expect(segments.length).toBeGreaterThan(2);
    expect(segments.map((each) => each.nextBaseOffset)).toEqual([
      ...segments.slice(1).map((each) => each.baseOffset),
      null,
    ]);
    expect(new Set(listed.map((file) => file.kind))).toEqual(
      new Set(['log', 'index', 'timeindex', 'leader-epoch-checkpoint', ...snapshotKind(listed)]),
    );
    expect(segments[0]!.indexEntries).toBeGreaterThan(5);
  });

  it('tell every batch once, page by page, and the last ones from the end', () => {
    write(100);
    log.flush();
    const offsets: number[] = [];
    for (const { baseOffset } of files.files(replica).segments) {
      let from: number | null = 0;
      while (from !== null) {
        const page = files.batches(replica, baseOffset, from, 7);
        offsets.push(...page.batches.map((batch) => batch.baseOffset));
        expect(page.batches.every((batch) => batch.crcMatches)).toBe(true);
        expect(page.invalidFrom).toBe(null);
        from = page.nextPosition;
      }
    }
    expect(offsets).toEqual(Array.from({ length: 100 }, (_, i) => i * 3));
    const active = files.files(replica).segments.at(-1)!.baseOffset;
    expect(files.batches(replica, active, 'end', 2).batches.map((batch) => batch.baseOffset)).toEqual([294, 297]);
  });

  it('find an offset as the broker does: index entry, scan, batch', () => {
    write(100);
    log.flush();
    for (const offset of [0, 1, 100, 151, 299]) {
      const way = files.find(replica, offset);
      expect(way.batch.baseOffset).toBe(offset - (offset % 3));
      expect(way.delta).toBe(offset % 3);
      if (way.entry !== null) {
        expect(way.entry.offset).toBeLessThanOrEqual(offset);
        expect(way.entry.position + way.scannedBytes).toBe(way.batch.position);
        expect(way.indexPositions[way.entry.slot]).toBe(way.entry.position);
      } else expect(way.scannedBytes).toBe(way.batch.position);
    }
  });

  it('name the bytes of each field and record', () => {
    write(1);
    log.flush();
    const { hex, header, records, batch, inner } = files.batch(replica, 0, 0);
    const bytes = fromHex(hex);
    expect(new BatchHeader(bytes, 0).isCrcValid()).toBe(true);
    expect(inner).toBe(null);
    expect(header.at(-1)).toEqual({ name: 'records', from: 57, to: 61, value: '3' });
    expect(header.find(({ name }) => name === 'partitionLeaderEpoch')?.value).toBe('5');
    expect(records.map(({ from, to }) => [from, to])).toEqual([
      [61, records[1]!.from],
      [records[1]!.from, records[2]!.from],
      [records[2]!.from, batch.bytes],
    ]);
    const key = records[1]!.fields.find(({ name }) => name === 'key')!;
    expect(new TextDecoder().decode(bytes.subarray(key.from, key.to))).toBe('k1');
    for (const { fields, from, to } of records) {
      expect(fields.map((field) => field.from)).toEqual([from, ...fields.slice(0, -1).map((field) => field.to)]);
      expect(fields.at(-1)!.to).toBe(to);
    }
  });

  it('unpack a compressed batch beside its stored bytes', () => {
    log.appendAsLeader(batchOf(3, { compression: Compression.gzip, codecs: nodeCodecs }), 5);
    log.flush();
    const { batch, inner, records } = files.batch(replica, 0, 0);
    expect(batch.compression).toBe('gzip');
    expect(records.map((record) => record.value?.text)).toEqual(['value-0', 'value-1', 'value-2']);
    const bytes = fromHex(inner!.hex);
    const { from, to } = records[2]!.fields.find(({ name }) => name === 'value')!;
    expect(new TextDecoder().decode(bytes.subarray(from, to))).toBe('value-2');
  });

  it('say where bytes begin that are no whole batch, and which batch does not have its checksum', () => {
    write(3);
    log.flush();
    const path = `${directory}/00000000000000000000.log`;
    const whole = world.disk.stat(path)!.size;
    const file = world.disk.open(path, 'write');
    file.write(new Uint8Array([1]), 0, 1, 100);
    file.truncate(whole - 1);
    file.close();
    const page = files.batches(replica, 0, 0, 10);
    expect(page.batches.map((batch) => batch.crcMatches)).toEqual([false, true]);
    expect(page.invalidFrom).toBe(page.batches[1]!.position + page.batches[1]!.bytes);
  });

  it('refuse what is not there by name', () => {
    write(1);
    log.flush();
    const why = (read: () => unknown): unknown => {
      try {
        return read();
      } catch (error) {
        return error instanceof NoSuchReplicaFileError ? `${error.thing} ${error.value}` : error;
      }
    };
    expect(why(() => files.files({ ...replica, node: 2 }))).toBe('partition t-0');
    expect(why(() => files.find(replica, 9))).toBe('offset 9');
    expect(why(() => files.batches(replica, 50, 0, 1))).toBe('segment 00000000000000000050.log');
    expect(why(() => files.batch(replica, 0, 7))).toBe('position 7');
  });
});

function snapshotKind(listed: readonly { kind: string }[]): string[] {
  return listed.some((file) => file.kind === 'snapshot') ? ['snapshot'] : [];
}
