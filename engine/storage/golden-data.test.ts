/** Kafka's recorded log directories, read by our logs. */
import { describe, expect, it } from 'vitest';
import { readFileSync, readdirSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { iterateBatches, iterateRecords } from '../record/index.ts';
import { nodeCodecs } from '../env/node/compression.ts';
import { LogDirectory } from './log-directory.ts';
import { goldenData, hasGolden, loadDirectory, logConfig, storageWorld } from './storage.testkit.ts';

const node1 = `${goldenData}/node-1`;
/** Text files whose lines come in no order, or with a date. */
const unordered = new Set([
  'recovery-point-offset-checkpoint',
  'log-start-offset-checkpoint',
  'replication-offset-checkpoint',
]);

describe.runIf(hasGolden)('a directory that Kafka left after a clean stop', () => {
  it('loads with the end offsets of its high watermark checkpoint and closes to the same bytes', () => {
    const world = storageWorld({ nowMs: 1_790_000_000_000 });
    loadDirectory(world.disk, node1, 'data');
    const before = world.simDisk.files('data');
    const directory = LogDirectory.open({
      context: world.context,
      path: 'data',
      configOf: () => logConfig({ retentionMs: -1, segmentBytes: 16384 }),
      producerIdExpirationMs: 2 ** 53,
    });
    expect(directory.verify({ clusterId: 'bGFiLWNsdXN0ZXItMDAwMQ', nodeId: 1 })).toMatchObject({ nodeId: 1 });
    directory.load();
    const ends = new Map([...directory.logs()].map((log) => [log.name, log.logEndOffset]));
    const highWatermarks = new Map(directory.readHighWatermarks());
    for (const name of highWatermarks.keys()) if (name.startsWith('__cluster_metadata')) highWatermarks.delete(name);
    expect(ends).toEqual(highWatermarks);
    directory.close({ brokerEpoch: 1026 });
    const after = world.simDisk.files('data');
    const differing = [...new Set([...before.keys(), ...after.keys()])].filter((path) => {
      if (path === '.lock') return false;
      const was = before.get(path);
      const is = after.get(path);
      if (was === undefined || is === undefined) return true;
      const lines = (bytes: Uint8Array): string[] => Buffer.from(bytes).toString().split('\n').sort();
      return unordered.has(path) ? lines(was).join() !== lines(is).join() : !Buffer.from(was).equals(Buffer.from(is));
    });
    // What Kafka's own load changes too: files on their way out, epochs that begin at the log end, snapshots of nothing.
    const expected = /\.deleted$|leader-epoch-checkpoint$/;
    expect(differing.filter((path) => !expected.test(path))).toEqual([
      'epochs-0/00000000000000000060.snapshot',
      'retained-0/00000000000000000500.snapshot',
      'retained-0/00000000000000000619.snapshot',
    ]);
    expect([...after.keys()].filter((path) => path.endsWith('.deleted') && !path.includes('-delete/'))).toEqual([]);
  });

  it('recovers after a SIGKILL to the offsets that Kafka found in the same files', () => {
    const world = storageWorld({ nowMs: 1_790_000_000_000 });
    for (const [path, content] of untar(gunzipSync(readFileSync(`${goldenData}/killed-node-1.tar.gz`)))) {
      if (path.endsWith('/')) world.disk.makeDirectory(path.slice(0, -1));
      else {
        const file = world.disk.open(path, 'truncate');
        file.write(content, 0, content.length, 0);
        file.close();
      }
    }
    const told = gunzipSync(readFileSync(`${goldenData}/killed-node-1.recovery.log.gz`)).toString();
    const pattern =
      /Completed load of Log\(dir=node-1\/(\S+), topicId=(\S+), topic=\S+, partition=\d+, highWatermark=(\d+), lastStableOffset=(\d+), logStartOffset=(\d+), logEndOffset=(\d+)\) with (\d+) segments/g;
    const expected = [...told.matchAll(pattern)].map(([, name, topicId, ...numbers]) => [
      name,
      topicId,
      ...numbers.map(Number),
    ]);
    expect(expected).toHaveLength(43);
    const directory = LogDirectory.open({ context: world.context, path: 'killed-node-1', configOf: () => logConfig() });
    expect(directory.hadCleanShutdown).toBe(false);
    directory.load();
    const found = [...directory.logs()].map((log) => [
      log.name,
      log.topicId,
      log.highWatermark,
      log.lastStableOffset,
      log.logStartOffset,
      log.logEndOffset,
      log.segmentCount,
    ]);
    expect(found.sort()).toEqual(expected.sort());
  });

  it('yields every record of every batch', () => {
    let count = 0;
    for (const partition of readdirSync(node1)) {
      if (!/-\d+$/.test(partition)) continue;
      for (const name of readdirSync(`${node1}/${partition}`).filter((file) => file.endsWith('.log'))) {
        const bytes = new Uint8Array(readFileSync(`${node1}/${partition}/${name}`));
        let end = 0;
        for (const batch of iterateBatches(bytes)) {
          expect(batch.isCrcValid()).toBe(true);
          count += [...iterateRecords(batch, nodeCodecs)].length;
          end = batch.position + batch.sizeInBytes;
        }
        expect(end).toBe(bytes.length);
      }
    }
    expect(count).toBeGreaterThan(5000);
  });
});

/** Entries of a tar archive (ustar), directories with a slash at the end. */
function untar(archive: Uint8Array): Map<string, Uint8Array> {
  const entries = new Map<string, Uint8Array>();
  const field = (at: number, length: number): string =>
    Buffer.from(archive.subarray(at, at + length))
      .toString()
      .replace(/\0.*$/s, '');
  for (let at = 0; at + 512 <= archive.length && archive[at] !== 0;) {
    const size = Number.parseInt(field(at + 124, 12).trim(), 8);
    entries.set(field(at, 100), archive.slice(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return entries;
}
