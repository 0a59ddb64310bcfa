import { describe, expect, it } from 'vitest';
import { noLeader } from '../../metadata/index.ts';
import { ErrorCode } from '../../protocol/index.ts';
import type { CreateTopicsRequest } from '../../protocol/index.ts';
import { brokerRecord, configRecordOf, decided, topicIdOf, topicRecords, viewAfter, viewOf } from '../view.testkit.ts';
import { decideCreatePartitions } from './create-partitions.ts';
import { decideCreateTopics, randomTopicId } from './create-topics.ts';
import { decideDeleteTopics } from './delete-topics.ts';
import { SeededRandom } from '../../env/sim/index.ts';

type Topic = CreateTopicsRequest['topics'][number];

const topic = (fields: Partial<Topic> & { readonly name: string }): Topic => ({
  numPartitions: 1,
  replicationFactor: 1,
  assignments: [],
  configs: [],
  ...fields,
});
const create = (...topics: Topic[]): CreateTopicsRequest => ({ topics, timeoutMs: 1000, validateOnly: false });
const manual = (...replicas: number[][]) => ({
  numPartitions: -1,
  replicationFactor: -1,
  assignments: replicas.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds })),
});

/** Error code and message of the only topic. */
function refusal(view: ReturnType<typeof viewOf>, it: Topic): [string, string | null | undefined] {
  const { records, reply } = decideCreateTopics(view, create(it));
  expect(records).toEqual([]);
  const { errorCode, errorMessage } = reply.topics[0]!;
  return [Object.entries(ErrorCode).find(([, code]) => code === errorCode)![0], errorMessage];
}

describe('creation of topics', () => {
  it('writes the topic, its configs and its partitions, in that order', () => {
    const configs = [{ name: 'retention.ms', value: '5' }];
    const { records, reply } = decideCreateTopics(
      viewOf(),
      create(topic({ name: 'orders', numPartitions: 2, replicationFactor: 3, configs })),
    );
    expect(records.map((record) => record.type)).toEqual([
      'TopicRecord',
      'ConfigRecord',
      'PartitionRecord',
      'PartitionRecord',
    ]);
    expect(reply.topics).toMatchObject([
      { name: 'orders', errorCode: 0, errorMessage: null, numPartitions: 2, replicationFactor: 3 },
    ]);
  });

  it('starts the ISR with the active replicas; the first of them leads', () => {
    const view = viewOf([brokerRecord(2, { fenced: true })]);
    const decision = decideCreateTopics(view, create(topic({ name: 'a', ...manual([2, 3], [1, 2]) })));
    const created = viewAfter(view, decision).image.topics.byName.get('a')!;
    expect([...created.partitions.values()].map((it) => [it.replicas, it.isr, it.leader, it.leaderEpoch])).toEqual([
      [[2, 3], [3], 3, 0],
      [[1, 2], [1], 1, 0],
    ]);
  });

  it('only rehearses with validateOnly', () => {
    const { records, reply } = decideCreateTopics(viewOf(), { ...create(topic({ name: 'a' })), validateOnly: true });
    expect([records, reply.topics[0]?.errorCode]).toEqual([[], 0]);
  });

  it('clears the ELR of a topic whose min.insync.replicas is set', () => {
    const configs = [{ name: 'min.insync.replicas', value: '2' }];
    const { records } = decideCreateTopics(viewOf(), create(topic({ name: 'a', configs })));
    expect(records.map((record) => record.type)).toEqual([
      'TopicRecord',
      'ConfigRecord',
      'ClearElrRecord',
      'PartitionRecord',
    ]);
  });

  it('takes the defaults of the cluster for -1', () => {
    const view = viewOf();
    const config = { ...view.config, defaultPartitions: 4, defaultReplicationFactor: 2 };
    const { reply } = decideCreateTopics(
      { ...view, config },
      create(topic({ name: 'a', numPartitions: -1, replicationFactor: -1 })),
    );
    expect(reply.topics[0]).toMatchObject({ numPartitions: 4, replicationFactor: 2 });
  });

  const fencedAll = [1, 2, 3].map((id) => brokerRecord(id, { fenced: true }));
  it.each<[string, Parameters<typeof viewOf>[0], Topic, [string, string]]>([
    [
      'empty',
      [],
      topic({ name: '' }),
      ['INVALID_TOPIC_EXCEPTION', 'Topic name is invalid: the empty string is not allowed'],
    ],
    ['dots', [], topic({ name: '..' }), ['INVALID_TOPIC_EXCEPTION', "Topic name is invalid: '..' is not allowed"]],
    [
      'collides',
      topicRecords('a.b', { replicas: [1] }),
      topic({ name: 'a_b' }),
      ['INVALID_TOPIC_EXCEPTION', "Topic 'a_b' collides with existing topic: a.b"],
    ],
    [
      'exists',
      topicRecords('a.b', { replicas: [1] }),
      topic({ name: 'a.b' }),
      ['TOPIC_ALREADY_EXISTS', "Topic 'a.b' already exists."],
    ],
    [
      'no replicas',
      [],
      topic({ name: 'a', replicationFactor: 0 }),
      ['INVALID_REPLICATION_FACTOR', 'Replication factor must be larger than 0, or -1 to use the default value.'],
    ],
    [
      'no partitions',
      [],
      topic({ name: 'a', numPartitions: 0 }),
      ['INVALID_PARTITIONS', 'Number of partitions was set to an invalid non-positive value.'],
    ],
    [
      'all fenced',
      fencedAll,
      topic({ name: 'a' }),
      [
        'INVALID_REPLICATION_FACTOR',
        'Unable to replicate the partition 1 time(s): All brokers are currently fenced, or have all their log directories cordoned.',
      ],
    ],
    [
      'null config',
      [],
      topic({ name: 'a', configs: [{ name: 'x', value: null }] }),
      ['INVALID_CONFIG', 'Null value not supported for topic configs: x'],
    ],
    [
      'unknown config',
      [],
      topic({ name: 'a', configs: [{ name: 'x', value: '1' }] }),
      ['INVALID_CONFIG', 'Unknown topic config name: x'],
    ],
    [
      'manual and factor',
      [],
      topic({ name: 'a', ...manual([1]), replicationFactor: 1 }),
      ['INVALID_REQUEST', 'A manual partition assignment was specified, but replication factor was not set to -1.'],
    ],
    [
      'manual and count',
      [],
      topic({ name: 'a', ...manual([1]), numPartitions: 1 }),
      ['INVALID_REQUEST', 'A manual partition assignment was specified, but numPartitions was not set to -1.'],
    ],
    [
      'unknown broker',
      [],
      topic({ name: 'a', ...manual([9]) }),
      [
        'INVALID_REPLICA_ASSIGNMENT',
        'The manual partition assignment includes broker 9, but no such broker is registered.',
      ],
    ],
    [
      'broker twice',
      [],
      topic({ name: 'a', ...manual([1, 1]) }),
      ['INVALID_REPLICA_ASSIGNMENT', 'The manual partition assignment includes the broker 1 more than once.'],
    ],
    [
      'uneven',
      [],
      topic({ name: 'a', ...manual([1], [1, 2]) }),
      [
        'INVALID_REPLICA_ASSIGNMENT',
        'The manual partition assignment includes a partition with 2 replica(s), but this is not consistent with previous partitions, which have 1 replica(s).',
      ],
    ],
    [
      'fenced only',
      [brokerRecord(1, { fenced: true })],
      topic({ name: 'a', ...manual([1]) }),
      [
        'INVALID_REPLICA_ASSIGNMENT',
        'All brokers specified in the manual partition assignment for partition 0 are fenced or in controlled shutdown.',
      ],
    ],
    [
      'gap',
      [],
      topic({ name: 'a', ...manual(), assignments: [{ partitionIndex: 1, brokerIds: [1] }] }),
      ['INVALID_REPLICA_ASSIGNMENT', 'partitions should be a consecutive 0-based integer sequence'],
    ],
  ])('refuses: %s', (_, records, it, expected) => {
    expect(refusal(viewOf(records), it)).toEqual(expected);
  });

  it('refuses a name given twice once, and the metadata topic, and creates the rest', () => {
    const { records, reply } = decideCreateTopics(
      viewOf(),
      create(topic({ name: 'a' }), topic({ name: 'b' }), topic({ name: 'a' }), topic({ name: '__cluster_metadata' })),
    );
    expect(reply.topics.map((it) => [it.name, it.errorCode, it.errorMessage])).toEqual([
      ['b', 0, null],
      ['a', ErrorCode.INVALID_REQUEST, 'Duplicate topic name.'],
      ['__cluster_metadata', ErrorCode.INVALID_REQUEST, 'Creation of internal topic __cluster_metadata is prohibited.'],
    ]);
    expect(records.length).toBe(2);
  });

  it('draws version 4 ids that do not look like an option', () => {
    const random = new SeededRandom(3);
    const ids = Array.from({ length: 500 }, () => randomTopicId(random));
    expect(new Set(ids).size).toBe(500);
    expect(ids.filter((id) => id.startsWith('-'))).toEqual([]);
  });
});

describe('deletion of topics', () => {
  const view = viewOf([...topicRecords('a', { replicas: [1] }), configRecordOf(2, 'a', 'retention.ms', '5')]);
  const request = (topics: { name: string | null; topicId: string }[]) => ({ topics, topicNames: [], timeoutMs: 1 });
  const zero = 'AAAAAAAAAAAAAAAAAAAAAA';

  it('takes partitions and configs along', () => {
    const decision = decideDeleteTopics(view, request([{ name: null, topicId: topicIdOf('a') }]));
    expect(decision.reply.responses).toMatchObject([{ name: 'a', topicId: topicIdOf('a'), errorCode: 0 }]);
    const { image } = viewAfter(view, decision);
    expect([image.topics.byId.size, image.configs.has('2:a')]).toEqual([0, false]);
  });

  it.each([
    ['neither name nor id', [{ name: null, topicId: zero }], 'Neither topic name nor id were specified.'],
    ['both', [{ name: 'a', topicId: topicIdOf('a') }], 'You may not specify both topic name and topic id.'],
    [
      'a name twice',
      [
        { name: 'a', topicId: zero },
        { name: 'a', topicId: zero },
      ],
      'Duplicate topic name.',
    ],
    [
      'a name and its id',
      [
        { name: 'a', topicId: zero },
        { name: null, topicId: topicIdOf('a') },
      ],
      'The provided topic name maps to an ID that was already supplied.',
    ],
  ])('refuses %s', (_, topics, message) => {
    const { records, reply } = decideDeleteTopics(view, request(topics));
    expect(records).toEqual([]);
    expect(reply.responses).toMatchObject([{ errorCode: ErrorCode.INVALID_REQUEST, errorMessage: message }]);
  });
});

describe('more partitions', () => {
  const view = viewOf(topicRecords('a', { replicas: [1, 2] }));
  const grow = (count: number, assignments: { brokerIds: number[] }[] | null = null) => ({
    topics: [{ name: 'a', count, assignments }],
    timeoutMs: 1,
    validateOnly: false,
  });

  it('go where the placer or the caller says, with as many replicas as the others', () => {
    const placed = viewAfter(view, decideCreatePartitions(view, grow(3))).image.topics.byName.get('a')!;
    expect([...placed.partitions.values()].map((it) => it.replicas.length)).toEqual([2, 2, 2]);
    const assigned = viewAfter(view, decideCreatePartitions(view, grow(2, [{ brokerIds: [3, 1] }]))).image;
    expect(assigned.topics.byName.get('a')!.partitions.get(1)).toMatchObject({ replicas: [3, 1], leader: 3 });
  });

  it.each([
    [grow(1), 'Topic already has 1 partition(s).'],
    [grow(0), 'The topic a currently has 1 partition(s); 0 would not be an increase.'],
    [
      grow(3, [{ brokerIds: [1, 2] }]),
      'Attempted to add 2 additional partition(s), but only 1 assignment(s) were specified.',
    ],
    [
      grow(2, [{ brokerIds: [1] }]),
      'The manual partition assignment includes a partition with 1 replica(s), but this is not consistent with previous partitions, which have 2 replica(s).',
    ],
  ])('are refused %#', (request, message) => {
    const { records, reply } = decideCreatePartitions(view, request);
    expect([records, reply.results[0]?.errorMessage]).toEqual([[], message]);
  });

  it('are refused where no replica could be in sync', () => {
    const fenced = viewOf([
      ...topicRecords('a', { replicas: [1], isr: [], leader: noLeader }),
      ...[1, 2, 3].map((id) => brokerRecord(id, { fenced: true })),
    ]);
    const { reply } = decideCreatePartitions(fenced, grow(2));
    expect(decided({ records: [], reply }).reply.results[0]).toMatchObject({
      errorCode: ErrorCode.INVALID_REPLICATION_FACTOR,
    });
  });
});
