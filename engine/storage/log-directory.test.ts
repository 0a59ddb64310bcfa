import { describe, expect, it } from 'vitest';
import { fromUtf8, utf8 } from '../base/text.ts';
import { LogDirectory, LogDirectoryError } from './log-directory.ts';
import type { LogDirectoryOptions } from './log-directory.ts';
import type { StorageWorld } from './storage.testkit.ts';
import { advance, appended, batchOf, logConfig, startMs, storageWorld } from './storage.testkit.ts';

const topicId = 'IZ49dwGmQ7-RZqOJsr8R1A';
const identity = { clusterId: 'bGFiLWNsdXN0ZXItMDAwMQ', nodeId: 1, directoryId: 'vOI8ljTC2tDBRDtXtR6i5g' };

function open(world: StorageWorld, options: Partial<LogDirectoryOptions> = {}): LogDirectory {
  return LogDirectory.open({ context: world.context, path: 'data', configOf: () => logConfig(), ...options });
}

function text(world: StorageWorld, path: string): string | null {
  const content = world.simDisk.files('data').get(path);
  return content === undefined ? null : fromUtf8(content);
}

function write(world: StorageWorld, path: string, content: string): void {
  const file = world.disk.open(path, 'truncate');
  file.write(utf8(content), 0, utf8(content).length, 0);
  file.close();
}

describe('the identity of a log directory', () => {
  it('is written once and held against the cluster and node that want to use it', () => {
    const world = storageWorld();
    const directory = open(world);
    expect(directory.metaProperties).toBeNull();
    expect(() => directory.verify(identity)).toThrow('data/meta.properties is missing');
    directory.format(identity);
    const again = open(world);
    expect(again.verify(identity)).toEqual(identity);
    expect(() => again.verify({ ...identity, nodeId: 2 })).toThrow('belongs to node 1, but this is node 2');
    expect(() => again.verify({ ...identity, clusterId: 'x' })).toThrow('belongs to cluster bGFiLWNsdXN0ZXItMDAwMQ');
  });

  it('is not made up for partitions that are there already', () => {
    const world = storageWorld();
    const directory = open(world);
    directory.createLog('orders', 0, topicId, logConfig());
    expect(() => directory.format(identity)).toThrow(
      'data/meta.properties is missing, but the directory holds orders-0',
    );
    expect(world.disk.stat('data/meta.properties')).toBeNull();
  });

  it('is refused when it says something else', () => {
    const world = storageWorld();
    open(world).format(identity);
    write(world, 'data/meta.properties', 'version=0\nbroker.id=1\n');
    expect(() => open(world)).toThrow(new LogDirectoryError('data/meta.properties: version is 0, 1 would be right'));
  });
});

describe('a log directory', () => {
  it('finds its logs again after a clean stop, with what Kafka keeps beside them', () => {
    const world = storageWorld();
    const directory = open(world);
    directory.load();
    const log = directory.createLog('orders', 2, topicId, logConfig());
    directory.createLog('__consumer_offsets', 0, topicId, logConfig());
    for (let i = 0; i < 4; i++) appended(log.appendAsLeader(batchOf(5), 3));
    log.updateHighWatermark(20);
    log.maybeIncrementLogStartOffset(7, 'test');
    directory.writeHighWatermarks(new Map([['orders-2', 20]]));
    directory.close({ brokerEpoch: 77 });
    expect({
      recovery: text(world, 'recovery-point-offset-checkpoint'),
      start: text(world, 'log-start-offset-checkpoint'),
      watermarks: text(world, 'replication-offset-checkpoint'),
      clean: text(world, '.kafka_cleanshutdown'),
      metadata: text(world, 'orders-2/partition.metadata'),
      epochs: text(world, 'orders-2/leader-epoch-checkpoint'),
      files: [...world.simDisk.files('data/orders-2').keys()].sort(),
    }).toEqual({
      recovery: '0\n2\norders 2 20\n__consumer_offsets 0 0\n',
      start: '0\n1\norders 2 7\n',
      watermarks: '0\n1\norders 2 20\n',
      clean: '{"version":0,"brokerEpoch":77}',
      metadata: `version: 0\ntopic_id: ${topicId}`,
      epochs: '0\n1\n3 7\n',
      files: [
        '00000000000000000000.index',
        '00000000000000000000.log',
        '00000000000000000000.timeindex',
        '00000000000000000020.snapshot',
        'leader-epoch-checkpoint',
        'partition.metadata',
      ],
    });
    const again = open(world);
    expect([again.hadCleanShutdown, again.cleanShutdownBrokerEpoch]).toEqual([true, 77]);
    again.load();
    expect(text(world, '.kafka_cleanshutdown')).toBeNull();
    const found = again.log('orders-2')!;
    expect([found.logStartOffset, found.logEndOffset, found.topicId, found.recoveryPoint]).toEqual([
      7,
      20,
      topicId,
      20,
    ]);
    expect(again.readHighWatermarks()).toEqual(new Map([['orders-2', 20]]));
    expect([...again.logs()].map(({ name }) => name).sort()).toEqual(['__consumer_offsets-0', 'orders-2']);
  });

  it('recovers its logs when nobody stopped it', () => {
    const world = storageWorld();
    const directory = open(world);
    directory.load();
    const log = directory.createLog('orders', 0, topicId, logConfig());
    for (let i = 0; i < 4; i++) appended(log.appendAsLeader(batchOf(5), 0));
    const again = open(world);
    again.load();
    expect([again.hadCleanShutdown, again.log('orders-0')!.logEndOffset, again.log('orders-0')!.recoveryPoint]).toEqual(
      [false, 20, 0],
    );
  });

  it('makes nothing of a checkpoint that is torn', () => {
    const world = storageWorld();
    const directory = open(world);
    directory.load();
    appended(directory.createLog('orders', 0, topicId, logConfig()).appendAsLeader(batchOf(5), 0));
    directory.checkpointRecoveryPoints();
    write(world, 'data/recovery-point-offset-checkpoint', '0\n5\norders 0 ');
    write(world, 'data/replication-offset-checkpoint', 'what?');
    const again = open(world);
    again.load();
    expect([again.log('orders-0')!.logEndOffset, again.readHighWatermarks().size]).toEqual([5, 0]);
  });

  it('refuses a directory that is none of its own', () => {
    const world = storageWorld();
    world.disk.makeDirectory('data/holiday pictures');
    expect(() => open(world).load()).toThrow("'holiday pictures' is not in the form of topic-partition");
  });

  it('renames a deleted log at once and removes it later, also after a restart', () => {
    const world = storageWorld();
    const directory = open(world);
    directory.load();
    for (const partition of [0, 1]) directory.createLog('orders', partition, topicId, logConfig());
    const names = (): string[] =>
      world.disk
        .list('data')
        .filter((name) => name.startsWith('orders'))
        .sort();
    directory.deleteLog('orders-0');
    expect([names(), directory.log('orders-0')]).toEqual([
      [expect.stringMatching(/^orders-0\.[0-9a-f]{32}-delete$/), 'orders-1'],
      null,
    ]);
    directory.createLog('orders', 0, 'AAAAAAAAAAAAAAAAAAAAAg', logConfig());
    advance(world, 60_000);
    expect(names()).toEqual(['orders-0', 'orders-1']);
    directory.deleteLog('orders-1');
    directory.removeStray('orders-0');
    const again = open(world);
    again.load();
    expect([...again.logs()]).toEqual([]);
    advance(world, 60_000);
    expect(names()).toEqual([expect.stringMatching(/^orders-0\.[0-9a-f]{32}-stray$/)]);
  });

  it('does its work on the clock until it is closed', () => {
    const world = storageWorld({ nowMs: startMs + 1_000_000 });
    const config = logConfig({ segmentBytes: 600, retentionMs: 1000, flushMs: 5000 });
    const directory = open(world, {
      configOf: () => config,
      flushSchedulerIntervalMs: 3000,
      retentionCheckIntervalMs: 30_000,
      initialTaskDelayMs: 1000,
    });
    directory.load();
    const log = directory.createLog('orders', 0, topicId, config);
    for (let i = 0; i < 9; i++) appended(log.appendAsLeader(batchOf(5), 0));
    directory.startPeriodicWork();
    expect(log.recoveryPoint).toBeLessThan(45);
    advance(world, 10_000);
    expect(log.recoveryPoint).toBe(45);
    log.updateHighWatermark(45);
    advance(world, 60_000);
    expect([log.sizeInBytes, log.logStartOffset]).toEqual([0, 45]);
    expect(text(world, 'recovery-point-offset-checkpoint')).toBe('0\n1\norders 0 45\n');
    directory.close({ brokerEpoch: 1 });
    advance(world, 60_000);
    expect(world.queue.nextAtMs()).toBeNull();
  });
});
