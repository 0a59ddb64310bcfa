import { beforeEach, describe, expect, it } from 'vitest';
import { crc32 } from '../../base/crc32.ts';
import { partitionForKey } from '../../base/murmur2.ts';
import { utf8 } from '../../base/text.ts';
import type { PartitionMetadata } from '../cluster/index.ts';
import { ExpressionPartitioner } from './index.ts';
import { cluster, failure, producer, ready, record, setUpProducers, world } from './producer.testkit.ts';

const partitions = (count: number): PartitionMetadata[] =>
  Array.from({ length: count }, (_, partition) => ({
    topic: 'orders',
    partition,
    leader: 1,
    leaderEpoch: 0,
    replicas: [1],
    isr: [1],
    offlineReplicas: [],
  }));
const chosen = (text: string, keys: readonly (string | null)[], count = 4): (number | null)[] => {
  const partitioner = new ExpressionPartitioner(text);
  return keys.map((key) =>
    partitioner.partition(
      { topic: 'orders', key: key === null ? null : utf8(key), value: utf8('v') },
      partitions(count),
    ),
  );
};

describe('a partitioner by an expression', () => {
  const keys = ['a', 'cust-7', '', '고객', '42'];

  it('has the default partitioner’s hash, another hash, and what stands in the record', () => {
    expect(chosen('murmur2(key) % partitions', keys)).toEqual(keys.map((key) => partitionForKey(utf8(key), 4)));
    expect(chosen('crc32(key) % partitions', keys)).toEqual(keys.map((key) => crc32(utf8(key)) % 4));
    expect(chosen('length(key) % partitions', keys)).toEqual([1, 2, 0, 2, 2]);
    expect(chosen('int(key) % partitions', ['42', 'x'])).toEqual([2, null]);
    expect(chosen('number % partitions', keys)).toEqual([0, 1, 2, 3, 0]);
    expect(crc32(utf8('123456789'))).toBe(0xcbf43926);
  });

  it('leaves a record without a key to the sticky partitioner', () => {
    expect(chosen('crc32(key) % partitions', [null])).toEqual([null]);
  });

  it.each([
    ['crc32(key', 'is no expression: column'],
    ['crc32(kee) % partitions', 'nothing is called "kee"'],
    ['sha1(key)', 'there is no function "sha1"'],
  ])('refuses %s when it is made', (text, reason) => {
    expect(() => new ExpressionPartitioner(text)).toThrow(reason);
  });

  it('fails a record for which it gives no number, or one below 0, with the Java client’s text', async () => {
    await setUpProducers();
    const of = (text: string): Promise<string> =>
      world.complete(failure(producer({}, new ExpressionPartitioner(text)).send(record('v'))));
    expect(await of('0 - 1')).toBe(
      'IllegalArgumentException: The partitioner generated an invalid partition number: -1. Partition number should ' +
        'always be non-negative.',
    );
    expect(await of('number == 1')).toContain('The partitioner "number == 1" gave false, no whole number.');
    expect(producer({}, new ExpressionPartitioner('number % 2')).effectiveConfigs['partitioner.class']).toBe(
      'number % 2',
    );
  });
});

describe('RoundRobinPartitioner', () => {
  const configs = { 'partitioner.class': 'org.apache.kafka.clients.producer.RoundRobinPartitioner' };
  beforeEach(setUpProducers);

  it('goes round the partitions whatever the key, and passes over one without a leader', async () => {
    const made = await ready(configs);
    const send = async (count: number): Promise<number[]> => {
      const sent = Array.from({ length: count }, () => made.send(record('v', { key: utf8('same') })));
      return (await world.complete(Promise.all(sent))).map(({ partition }) => partition);
    };
    expect(await send(6)).toEqual([0, 1, 2, 0, 1, 2]);
    cluster.moveLeader('orders', 1, -1);
    await world.run(400_000);
    // The seventh and eighth of two that are left.
    expect(new Set(await send(4))).toEqual(new Set([0, 2]));
  });

  it('does not decide for a record that names its partition', async () => {
    const made = await ready(configs);
    const { partition } = await world.complete(made.send(record('v', { partition: 2 })));
    expect(partition).toBe(2);
    expect(await world.complete(failure(made.send(record('v', { partition: -1 }))))).toContain('Invalid partition: -1');
  });
});
