import { describe, expect, it } from 'vitest';
import { mergePartition } from '../../metadata/index.ts';
import type { PartitionRegistration } from '../../metadata/index.ts';
import { directoryOf, partitionOf } from '../view.testkit.ts';
import type { PartitionFields } from '../view.testkit.ts';
import { decidePartitionChange } from './partition-change.ts';
import type { PartitionChange } from './partition-change.ts';

const everybody = [1, 2, 3, 4, 5];

interface Case extends Partial<Omit<PartitionChange, 'partition'>> {
  readonly name: string;
  readonly partition: PartitionFields;
  /** Brokers that may lead; everybody when left out. */
  readonly alive?: readonly number[];
  /** Fields of the partition afterwards; null: no record. */
  readonly expected: Partial<PartitionRegistration> | null;
}

function after(it: Omit<Case, 'name' | 'expected'>): PartitionRegistration | null {
  const { partition: fields, alive, ...change } = it;
  const partition = partitionOf(fields);
  const record = decidePartitionChange({
    topicId: 'AAAAAAAAAAAAAAAAAAAA-A',
    partitionId: 0,
    partition,
    isAcceptableLeader: (broker) => (alive ?? everybody).includes(broker),
    minIsr: 2,
    elrEnabled: true,
    election: 'online',
    defaultDirectory: directoryOf,
    ...change,
  });
  return record === null ? null : mergePartition(partition, record);
}

const replicas = [1, 2, 3];

const cases: Case[] = [
  { name: 'nothing to change gives no record', partition: { replicas }, expected: null },
  {
    name: 'a shrunk ISR keeps leader and leader epoch',
    partition: { replicas },
    targetIsr: [1, 2],
    expected: { isr: [1, 2], leader: 1, leaderEpoch: 0, partitionEpoch: 1, elr: [] },
  },
  {
    name: 'the leader that leaves hands over to the next in-sync replica',
    partition: { replicas },
    alive: [2, 3],
    targetIsr: [2, 3],
    expected: { isr: [2, 3], leader: 2, leaderEpoch: 1 },
  },
  {
    name: 'a dead in-sync replica is passed over',
    partition: { replicas },
    alive: [3],
    targetIsr: [2, 3],
    expected: { isr: [2, 3], leader: 3 },
  },
  {
    name: 'who leaves the ISR below min.insync.replicas stays eligible',
    partition: { replicas, isr: [1, 2] },
    targetIsr: [1],
    expected: { isr: [1], elr: [2], lastKnownElr: [] },
  },
  {
    name: 'without ELR nobody does',
    partition: { replicas, isr: [1, 2] },
    elrEnabled: false,
    targetIsr: [1],
    expected: { isr: [1], elr: [] },
  },
  {
    name: 'the last one leaves: no leader, ELR and last known leader remember',
    partition: { replicas, isr: [3], leader: 3, elr: [1] },
    alive: [],
    targetIsr: [],
    expected: { isr: [], leader: -1, elr: [1, 3], lastKnownElr: [3], leaderEpoch: 1 },
  },
  {
    name: 'without ELR the last one stays in the ISR of a partition without leader',
    partition: { replicas, isr: [3], leader: 3 },
    elrEnabled: false,
    alive: [],
    targetIsr: [],
    expected: { isr: [3], leader: -1, elr: [], lastKnownElr: [] },
  },
  {
    name: 'an eligible replica that comes back leads cleanly',
    partition: { replicas, isr: [], leader: -1, elr: [1, 3], lastKnownElr: [3], leaderEpoch: 4 },
    alive: [1],
    expected: {
      isr: [1],
      leader: 1,
      elr: [3],
      lastKnownElr: [],
      leaderEpoch: 5,
      leaderRecoveryState: 'recovered',
    },
  },
  {
    name: 'a replica outside ISR and ELR may not lead',
    partition: { replicas, isr: [], leader: -1, elr: [3], lastKnownElr: [3] },
    alive: [2],
    expected: null,
  },
  {
    name: 'an unclean stop takes a replica out of ISR and ELR',
    partition: { replicas, isr: [3], leader: 3, elr: [1] },
    alive: [],
    targetIsr: [],
    uncleanShutdown: [3],
    expected: { isr: [], leader: -1, elr: [1], lastKnownElr: [3] },
  },
  {
    name: 'when all stopped uncleanly the last known leader leads again, recovering',
    partition: { replicas, isr: [], leader: -1, elr: [], lastKnownElr: [3] },
    alive: [1, 3],
    expected: { isr: [3], leader: 3, lastKnownElr: [], leaderRecoveryState: 'recovering' },
  },
  {
    name: 'the last known leader must live for that',
    partition: { replicas, isr: [], leader: -1, elr: [], lastKnownElr: [3] },
    alive: [1, 2],
    expected: null,
  },
  {
    name: 'an unclean election takes any replica that lives, alone and recovering',
    partition: { replicas, isr: [], leader: -1, elr: [3], lastKnownElr: [3] },
    election: 'unclean',
    alive: [2],
    expected: { isr: [2], leader: 2, elr: [], lastKnownElr: [], leaderRecoveryState: 'recovering' },
  },
  {
    name: 'an unclean election prefers the ISR',
    partition: { replicas, isr: [3], leader: -1 },
    election: 'unclean',
    minIsr: 1,
    expected: { isr: [3], leader: 3, leaderRecoveryState: 'recovered' },
  },
  {
    name: 'a preferred election moves the leader to the first replica',
    partition: { replicas, leader: 2 },
    election: 'preferred',
    expected: { leader: 1, leaderEpoch: 1, isr: replicas },
  },
  {
    name: 'a preferred election leaves the leader when the first replica is not in sync',
    partition: { replicas, isr: [2, 3], leader: 2 },
    election: 'preferred',
    expected: null,
  },
  {
    name: 'an online election does not move a leader that can stay',
    partition: { replicas, leader: 2 },
    expected: null,
  },
  {
    name: 'a grown ISR of min.insync.replicas ends the ELR',
    partition: { replicas, isr: [1], elr: [2] },
    targetIsr: [1, 3],
    expected: { isr: [1, 3], elr: [] },
  },
  {
    name: 'a recovered leader says so',
    partition: { replicas, isr: [1], leaderRecoveryState: 'recovering' },
    targetIsr: [1],
    targetRecoveryState: 'recovered',
    minIsr: 1,
    expected: { leaderRecoveryState: 'recovered', leaderEpoch: 0 },
  },
  {
    name: 'a reassignment begins with all replicas, old and new',
    partition: { replicas },
    targetReplicas: [4, 5, 1, 2, 3],
    targetRemoving: [2, 3],
    targetAdding: [4, 5],
    expected: { replicas: [4, 5, 1, 2, 3], removingReplicas: [2, 3], addingReplicas: [4, 5], leaderEpoch: 0 },
  },
  {
    name: 'a reassignment goes on while a new replica is not in sync',
    partition: { replicas: [4, 1, 2, 3], removingReplicas: [2, 3], addingReplicas: [4], isr: [1, 2, 3], leader: 1 },
    targetIsr: [1, 2],
    expected: { replicas: [4, 1, 2, 3], isr: [1, 2], addingReplicas: [4] },
  },
  {
    name: 'a reassignment ends when all that stay are in sync; who goes is fenced off by a new epoch',
    partition: { replicas: [4, 1, 2, 3], removingReplicas: [2, 3], addingReplicas: [4], isr: [1, 2, 3], leader: 1 },
    targetIsr: [1, 2, 3, 4],
    expected: {
      replicas: [4, 1],
      isr: [1, 4],
      removingReplicas: [],
      addingReplicas: [],
      leader: 1,
      leaderEpoch: 1,
      directories: [directoryOf(4), directoryOf(1)],
    },
  },
  {
    name: 'a leader that the reassignment removes hands over',
    partition: { replicas: [4, 1, 2], removingReplicas: [1, 2], addingReplicas: [4], isr: [1, 2], leader: 1 },
    targetIsr: [1, 2, 4],
    minIsr: 1,
    expected: { replicas: [4], isr: [4], leader: 4, leaderEpoch: 1 },
  },
  {
    name: 'replicas in another order are done at once',
    partition: { replicas },
    targetReplicas: [3, 1, 2],
    expected: { replicas: [3, 1, 2], leader: 1, leaderEpoch: 0, partitionEpoch: 1 },
  },
  {
    name: 'a reported directory takes its replica’s place',
    partition: { replicas, directories: ['AAAAAAAAAAAAAAAAAAAAAA', directoryOf(2), directoryOf(3)] },
    directories: new Map([[1, directoryOf(1)]]),
    expected: { directories: replicas.map(directoryOf) },
  },
];

describe('change of a partition', () => {
  it.each(cases)('$name', ({ expected, ...given }) => {
    const result = after(given);
    if (expected === null) expect(result).toBeNull();
    else expect(result).toMatchObject(expected);
  });

  it('keeps its promises for any state and any change', () => {
    const subsets = [[], [1], [2], [3], [1, 2], [1, 3], [2, 3], [1, 2, 3]];
    let changed = 0;
    for (const isr of subsets) {
      for (const elr of subsets.filter((it) => !it.some((broker) => isr.includes(broker)))) {
        for (const leader of [-1, ...isr]) {
          for (const alive of subsets) {
            for (const targetIsr of subsets) {
              for (const election of ['online', 'preferred', 'unclean'] as const) {
                const partition = { replicas, isr, elr, leader, lastKnownElr: leader === -1 ? [2] : [] };
                const result = after({ partition, alive, targetIsr, election });
                if (result === null) continue;
                changed++;
                expect(result.leader === -1 || result.isr.includes(result.leader)).toBe(true);
                expect(result.leader === -1 || result.leader === leader || alive.includes(result.leader)).toBe(true);
                expect(result.isr.some((broker) => result.elr.includes(broker))).toBe(false);
                if (result.leaderRecoveryState === 'recovering') expect(result.isr).toEqual([result.leader]);
              }
            }
          }
        }
      }
    }
    expect(changed).toBeGreaterThan(5000);
  });
});
