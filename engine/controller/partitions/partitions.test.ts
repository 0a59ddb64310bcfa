import { describe, expect, it } from 'vitest';
import { noLeader } from '../../metadata/index.ts';
import { ErrorCode } from '../../protocol/index.ts';
import {
  brokerRecord,
  configRecordOf,
  decided,
  directoryOf,
  topicIdOf,
  topicRecords,
  viewAfter,
  viewOf,
} from '../view.testkit.ts';
import { decideAlterPartition } from './alter-partition.ts';
import { decideElectLeaders, decideLeaderBalance, decideUncleanElections } from './elections.ts';
import { decideListReassignments, decideReassignments } from './reassignments.ts';
import { decideReplicaDirectories } from './replica-directories.ts';

const orders = topicRecords('orders', { replicas: [1, 2, 3], leaderEpoch: 5, partitionEpoch: 7 });

interface Asked {
  readonly brokerId?: number;
  readonly brokerEpoch?: number;
  readonly partitionIndex?: number;
  readonly leaderEpoch?: number;
  readonly partitionEpoch?: number;
  readonly isr?: readonly number[];
  readonly epochs?: readonly number[];
  readonly recovering?: boolean;
  readonly topicId?: string;
}

const alter = (asked: Asked) => ({
  brokerId: asked.brokerId ?? 1,
  brokerEpoch: asked.brokerEpoch ?? 100 + (asked.brokerId ?? 1),
  topics: [
    {
      topicId: asked.topicId ?? topicIdOf('orders'),
      partitions: [
        {
          partitionIndex: asked.partitionIndex ?? 0,
          leaderEpoch: asked.leaderEpoch ?? 5,
          partitionEpoch: asked.partitionEpoch ?? 7,
          newIsr: [],
          newIsrWithEpochs: (asked.isr ?? [1, 2]).map((brokerId, i) => ({
            brokerId,
            brokerEpoch: asked.epochs?.[i] ?? 100 + brokerId,
          })),
          leaderRecoveryState: asked.recovering === true ? 1 : 0,
        },
      ],
    },
  ],
});

describe('AlterPartition', () => {
  it('gives the leader its ISR and the new partition epoch', () => {
    const decision = decided(decideAlterPartition(viewOf(orders), alter({})));
    expect(decision.reply.topics[0]!.partitions).toEqual([
      {
        partitionIndex: 0,
        errorCode: 0,
        leaderId: 1,
        leaderEpoch: 5,
        isr: [1, 2],
        leaderRecoveryState: 0,
        partitionEpoch: 8,
      },
    ]);
    expect(decision.records).toMatchObject([{ type: 'PartitionChangeRecord', isr: [1, 2], leader: -2 }]);
  });

  it('answers the ISR that is already there without a record', () => {
    const { records, reply } = decided(decideAlterPartition(viewOf(orders), alter({ isr: [1, 2, 3] })));
    expect(records).toEqual([]);
    expect(reply.topics[0]!.partitions[0]).toMatchObject({ errorCode: 0, partitionEpoch: 7 });
  });

  it.each<[string, Asked, keyof typeof ErrorCode]>([
    ['an unknown topic', { topicId: topicIdOf('absent') }, 'UNKNOWN_TOPIC_ID'],
    ['an unknown partition', { partitionIndex: 4 }, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['a leader epoch of the future', { leaderEpoch: 6 }, 'NOT_CONTROLLER'],
    ['a partition epoch of the future', { partitionEpoch: 8 }, 'NOT_CONTROLLER'],
    ['an old leader epoch', { leaderEpoch: 4 }, 'FENCED_LEADER_EPOCH'],
    ['somebody who does not lead', { brokerId: 2 }, 'INVALID_REQUEST'],
    ['an old partition epoch', { partitionEpoch: 6 }, 'INVALID_UPDATE_VERSION'],
    ['an ISR of strangers', { isr: [1, 9] }, 'INVALID_REQUEST'],
    ['an ISR without the leader', { isr: [2, 3] }, 'INVALID_REQUEST'],
    ['an ISR with a replica twice', { isr: [1, 1] }, 'INVALID_REQUEST'],
    ['a recovering leader with followers', { isr: [1, 2], recovering: true }, 'INVALID_REQUEST'],
    ['a leader that begins to recover', { isr: [1], recovering: true }, 'INVALID_REQUEST'],
    ['a restarted follower', { isr: [1, 2], epochs: [101, 99] }, 'INELIGIBLE_REPLICA'],
  ])('refuses %s', (_, asked, error) => {
    const { records, reply } = decided(decideAlterPartition(viewOf(orders), alter(asked)));
    expect([records, reply.topics[0]!.partitions[0]!.errorCode]).toEqual([[], ErrorCode[error]]);
  });

  it.each([
    ['fenced', { fenced: true }],
    ['shutting down', { inControlledShutdown: true }],
  ])('refuses a follower that is %s', (_, fields) => {
    const { reply } = decided(decideAlterPartition(viewOf([...orders, brokerRecord(2, fields)]), alter({})));
    expect(reply.topics[0]!.partitions[0]!.errorCode).toBe(ErrorCode.INELIGIBLE_REPLICA);
  });

  it('does not check epochs of -1', () => {
    const { reply } = decided(decideAlterPartition(viewOf(orders), alter({ epochs: [-1, -1] })));
    expect(reply.topics[0]!.partitions[0]!.errorCode).toBe(0);
  });

  it('refuses a broker of before as a whole', () => {
    expect(decideAlterPartition(viewOf(orders), alter({ brokerEpoch: 3 }))).toMatchObject({
      refused: { code: ErrorCode.STALE_BROKER_EPOCH },
    });
  });

  it('tells the leader that its change ended its leadership', () => {
    const moving = topicRecords('orders', {
      replicas: [3, 1, 2],
      isr: [1, 2],
      leader: 1,
      addingReplicas: [3],
      removingReplicas: [1, 2],
    });
    const view = viewOf(moving);
    const asked = alter({ isr: [1, 2, 3], leaderEpoch: 0, partitionEpoch: 0 });
    const decision = decided(decideAlterPartition(view, asked));
    expect(decision.reply.topics[0]!.partitions[0]!.errorCode).toBe(ErrorCode.NEW_LEADER_ELECTED);
    expect(viewAfter(view, decision).image.topics.byName.get('orders')!.partitions.get(0)).toMatchObject({
      replicas: [3],
      leader: 3,
    });
  });
});

describe('elections', () => {
  const elect = (electionType: number, partitions: number[] | null) => ({
    electionType,
    topicPartitions: partitions === null ? null : [{ topic: 'orders', partitions }],
    timeoutMs: 1,
  });
  const mixed = topicRecords(
    'orders',
    { replicas: [1, 2], leader: 2 },
    { replicas: [2, 1] },
    { replicas: [3, 1], isr: [1], leader: 1 },
    { replicas: [3], isr: [], leader: noLeader, elr: [] },
  );
  const results = (electionType: number, partitions: number[] | null, records = mixed) => {
    const { records: made, reply } = decided(decideElectLeaders(viewOf(records), elect(electionType, partitions)));
    return [
      made.length,
      reply.replicaElectionResults.flatMap((it) => it.partitionResult.map((p) => [p.partitionId, p.errorCode])),
    ];
  };

  it('brings the preferred leaders back where they are in sync', () => {
    expect(results(0, [0, 1, 2, 9])).toEqual([
      1,
      [
        [0, 0],
        [1, ErrorCode.ELECTION_NOT_NEEDED],
        [2, ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE],
        [9, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
      ],
    ]);
  });

  it('names only those that needed one when asked for all', () => {
    expect(results(0, null)[1]).toEqual([
      [0, 0],
      [2, ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE],
      [3, ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE],
    ]);
  });

  it('elects uncleanly only what has no leader', () => {
    expect(results(1, [0, 3])).toEqual([
      1,
      [
        [0, ErrorCode.ELECTION_NOT_NEEDED],
        [3, 0],
      ],
    ]);
    expect(results(1, [3], [...mixed, brokerRecord(3, { fenced: true })])[1]).toEqual([
      [3, ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE],
    ]);
  });

  it('refuses an unknown kind of election', () => {
    expect(decideElectLeaders(viewOf(), elect(7, null))).toEqual({
      refused: { code: ErrorCode.INVALID_REQUEST, message: 'Unknown election type 7' },
    });
  });

  it('balances leaders on its own', () => {
    expect(decideLeaderBalance(viewOf(mixed)).records).toMatchObject([{ partitionId: 0, leader: 1 }]);
  });

  it('elects unclean leaders on its own where the topic allows it', () => {
    expect(decideUncleanElections(viewOf(mixed)).records).toEqual([]);
    const allowed = viewOf([...mixed, configRecordOf(2, 'orders', 'unclean.leader.election.enable', 'true')]);
    expect(decideUncleanElections(allowed).records).toMatchObject([
      { partitionId: 3, leader: 3, isr: [3], leaderRecoveryState: 1 },
    ]);
  });
});

describe('reassignments', () => {
  const reassign = (replicas: number[] | null, allowReplicationFactorChange = true) => ({
    timeoutMs: 1,
    allowReplicationFactorChange,
    topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, replicas }] }],
  });
  const two = viewOf(topicRecords('orders', { replicas: [1, 2] }));

  it('begin, are listed, and can be cancelled', () => {
    const begun = viewAfter(two, decideReassignments(two, reassign([3, 1])));
    const partition = begun.image.topics.byName.get('orders')!.partitions.get(0)!;
    expect(partition).toMatchObject({ replicas: [3, 1, 2], addingReplicas: [3], removingReplicas: [2], leader: 1 });
    expect(partition.directories).toEqual([3, 1, 2].map(directoryOf));
    const list = { timeoutMs: 1, topics: null };
    expect(decideListReassignments(begun, list).reply.topics).toMatchObject([
      { name: 'orders', partitions: [{ partitionIndex: 0, addingReplicas: [3], removingReplicas: [2] }] },
    ]);
    const cancelled = viewAfter(begun, decideReassignments(begun, reassign(null)));
    expect(cancelled.image.topics.byName.get('orders')!.partitions.get(0)).toMatchObject({
      replicas: [1, 2],
      isr: [1, 2],
      addingReplicas: [],
      removingReplicas: [],
    });
    expect(decideListReassignments(cancelled, list).reply.topics).toEqual([]);
  });

  it.each([
    [reassign(null), ErrorCode.NO_REASSIGNMENT_IN_PROGRESS],
    [reassign([]), ErrorCode.INVALID_REPLICA_ASSIGNMENT],
    [reassign([9]), ErrorCode.INVALID_REPLICA_ASSIGNMENT],
    [reassign([1, 2, 3], false), ErrorCode.INVALID_REPLICATION_FACTOR],
  ])('are refused %#', (request, code) => {
    const { records, reply } = decideReassignments(two, request);
    expect([records, reply.responses[0]!.partitions[0]!.errorCode]).toEqual([[], code]);
  });
});

describe('directories of replicas', () => {
  it('are noted as the broker reports them', () => {
    const view = viewOf([
      brokerRecord(1, { logDirs: [directoryOf(1), directoryOf(8)] }),
      ...topicRecords('orders', { replicas: [1, 2], directories: ['AAAAAAAAAAAAAAAAAAAAAA', directoryOf(2)] }),
    ]);
    const ask = (partitionIndex: number) =>
      decided(
        decideReplicaDirectories(view, {
          brokerId: 1,
          brokerEpoch: 101,
          directories: [
            { id: directoryOf(8), topics: [{ topicId: topicIdOf('orders'), partitions: [{ partitionIndex }] }] },
          ],
        }),
      );
    expect(ask(0).records).toMatchObject([{ directories: [directoryOf(8), directoryOf(2)], leader: -2 }]);
    expect(ask(4).reply.directories[0]!.topics[0]!.partitions[0]!.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  });
});
