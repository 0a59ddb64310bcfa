/** The rules of voting, state by state, asked of one member directly. */
import { describe, expect, it } from 'vitest';
import { utf8 } from '../base/text.ts';
import { zeroUuid } from '../base/uuid.ts';
import { ErrorCode, errorName } from '../protocol/index.ts';
import type { VoteRequest } from '../protocol/index.ts';
import { formatQuorumState, parseQuorumState } from './quorum-state-store.ts';
import type { ElectionState } from './quorum-state-store.ts';
import { SimQuorum } from './quorum.testkit.ts';
import type { Member } from './quorum.testkit.ts';

const clusterId = 'bGFiLWNsdXN0ZXItMDAwMQ';
const statePath = 'meta/__cluster_metadata-0/quorum-state';

/** Member 1 of three; the others are not there. */
async function lone(state?: Omit<ElectionState, 'voters'>): Promise<{ quorum: SimQuorum; member: Member }> {
  const quorum = new SimQuorum({ seed: 1, voters: 3 });
  if (state !== undefined) {
    const { disk } = quorum.world.node('n1').env;
    disk.makeDirectory('meta/__cluster_metadata-0');
    disk.replaceFile(statePath, utf8(formatQuorumState({ ...state, voters: [1, 2, 3] })));
  }
  const member = quorum.startMember(1);
  await quorum.world.run(1);
  return { quorum, member };
}

interface Ask {
  readonly from?: number;
  readonly epoch: number;
  readonly lastEpoch?: number;
  readonly lastOffset?: number;
  readonly preVote?: boolean;
}

function voteRequest({ from = 2, epoch, lastEpoch = 0, lastOffset = 0, preVote = false }: Ask): VoteRequest {
  const partition = {
    partitionIndex: 0,
    replicaEpoch: epoch,
    replicaId: from,
    replicaDirectoryId: zeroUuid,
    voterDirectoryId: zeroUuid,
    lastOffsetEpoch: lastEpoch,
    lastOffset,
    preVote,
  };
  return { clusterId, voterId: 1, topics: [{ topicName: '__cluster_metadata', partitions: [partition] }] };
}

/** What the member answers: `granted`, `rejected` or the error's name. */
function ask(member: Member, what: Ask): string {
  const response = member.raft.handleVote(voteRequest(what), 2);
  if (response.errorCode !== ErrorCode.NONE) return errorName(response.errorCode);
  const partition = response.topics[0]!.partitions[0]!;
  if (partition.errorCode !== ErrorCode.NONE) return errorName(partition.errorCode);
  return partition.voteGranted ? 'granted' : 'rejected';
}

function stored(quorum: SimQuorum): ElectionState {
  const bytes = quorum.world
    .node('n1')
    .disk.attach(() => false)
    .readFile(statePath);
  return parseQuorumState(new TextDecoder().decode(bytes), statePath);
}

function begin(member: Member, leaderId: number, epoch: number): void {
  member.raft.handleBeginQuorumEpoch(
    {
      clusterId,
      voterId: 1,
      topics: [
        {
          topicName: '__cluster_metadata',
          partitions: [{ partitionIndex: 0, voterDirectoryId: zeroUuid, leaderId, leaderEpoch: epoch }],
        },
      ],
      leaderEndpoints: [],
    },
    1,
  );
}

describe('an unattached voter', () => {
  it('votes once in an epoch, for the first that asks, again for the same, and has written it before it answers', async () => {
    const { quorum, member } = await lone();
    expect(ask(member, { from: 2, epoch: 5 })).toBe('granted');
    expect(stored(quorum)).toMatchObject({ epoch: 5, votedId: 2, leaderId: null });
    expect(ask(member, { from: 3, epoch: 5 })).toBe('rejected');
    expect(ask(member, { from: 2, epoch: 5 })).toBe('granted');
  });

  it('still knows for whom it voted after power loss', async () => {
    const { quorum, member } = await lone();
    ask(member, { from: 2, epoch: 5 });
    quorum.crash(1);
    quorum.restart(1);
    await quorum.world.run(1);
    expect(ask(quorum.member(1), { from: 3, epoch: 5 })).toBe('rejected');
    expect(ask(quorum.member(1), { from: 2, epoch: 5 })).toBe('granted');
  });

  it('grants any number of pre-votes without binding itself', async () => {
    const { quorum, member } = await lone();
    expect(ask(member, { from: 2, epoch: 3, preVote: true })).toBe('granted');
    expect(ask(member, { from: 3, epoch: 3, preVote: true })).toBe('granted');
    expect(stored(quorum)).toMatchObject({ epoch: 3, votedId: null });
    expect(ask(member, { from: 3, epoch: 3 })).toBe('granted');
  });

  it('refuses an older epoch, naming its own', async () => {
    const { member } = await lone({ epoch: 7, leaderId: null, votedId: null });
    const { topics } = member.raft.handleVote(voteRequest({ epoch: 6 }), 2);
    expect(topics[0]!.partitions[0]).toMatchObject({
      errorCode: ErrorCode.FENCED_LEADER_EPOCH,
      leaderId: -1,
      leaderEpoch: 7,
      voteGranted: false,
    });
  });

  it('refuses a log that ends before its own, by epoch first and by offset then', async () => {
    const quorum = new SimQuorum({ seed: 2, voters: 3 });
    await quorum.start();
    const leader = await quorum.untilLeader();
    await quorum.untilCommitted(quorum.append(leader, 'a'));
    for (const { id } of quorum.alive) quorum.crash(id);
    quorum.restart(1);
    await quorum.world.run(1);
    const member = quorum.member(1);
    expect(member.raft.logEndOffset).toBe(2);
    expect(ask(member, { epoch: 9, lastEpoch: 1, lastOffset: 1 })).toBe('rejected');
    expect(ask(member, { epoch: 9, lastEpoch: 0, lastOffset: 100 })).toBe('rejected');
    expect(ask(member, { epoch: 9, lastEpoch: 1, lastOffset: 2 })).toBe('granted');
    expect(ask(member, { epoch: 10, lastEpoch: 2, lastOffset: 0 })).toBe('granted');
  });

  it('answers what cannot be with Kafka’s errors', async () => {
    const { member } = await lone();
    expect(ask(member, { epoch: 5, lastEpoch: 5 })).toBe('INVALID_REQUEST');
    expect(ask(member, { epoch: 5, lastOffset: -1 })).toBe('INVALID_REQUEST');
    const request = voteRequest({ epoch: 5 });
    expect(member.raft.handleVote({ ...request, clusterId: 'another' }, 2)).toMatchObject({
      errorCode: ErrorCode.INCONSISTENT_CLUSTER_ID,
    });
    expect(member.raft.handleVote({ ...request, topics: [] }, 2)).toMatchObject({
      errorCode: ErrorCode.INVALID_REQUEST,
    });
    const forAnother = member.raft.handleVote({ ...request, voterId: 3 }, 2);
    expect(forAnother.topics[0]!.partitions[0]).toMatchObject({ errorCode: ErrorCode.INVALID_VOTER_KEY });
    expect(member.raft.handleVote({ ...request, clusterId: null }, 2).errorCode).toBe(ErrorCode.NONE);
  });
});

describe('a follower', () => {
  it('grants pre-votes until it has fetched from its leader, and no vote of its epoch', async () => {
    const { member } = await lone({ epoch: 4, leaderId: 2, votedId: null });
    expect(member.raft.sample()).toMatchObject({ role: 'follower', leaderId: 2, epoch: 4 });
    expect(ask(member, { from: 3, epoch: 4, preVote: true })).toBe('granted');
    expect(ask(member, { from: 3, epoch: 4 })).toBe('rejected');
    const quorum = new SimQuorum({ seed: 3, voters: 3 });
    await quorum.start();
    await quorum.untilLeader();
    await quorum.untilCommitted(0);
    const follower = quorum.alive.find(({ raft }) => raft.sample().role === 'follower')!;
    const { epoch } = follower.raft.leaderAndEpoch();
    const request = voteRequest({ from: 3, epoch, lastEpoch: 1, lastOffset: 100, preVote: true });
    const { topics } = follower.raft.handleVote({ ...request, voterId: follower.id }, 2);
    expect(topics[0]!.partitions[0]).toMatchObject({ voteGranted: false, leaderEpoch: epoch });
  });

  it('leaves its leader for a candidate of a newer epoch', async () => {
    const { quorum, member } = await lone({ epoch: 4, leaderId: 2, votedId: null });
    expect(ask(member, { from: 3, epoch: 5, lastEpoch: 4 })).toBe('granted');
    expect(stored(quorum)).toMatchObject({ epoch: 5, leaderId: null, votedId: 3 });
  });

  it('stands at once when its leader ends the epoch and prefers it, later when it prefers another', async () => {
    const resign = async (preferred: number[]): Promise<string> => {
      const { quorum, member } = await lone({ epoch: 4, leaderId: 2, votedId: null });
      const partition = {
        partitionIndex: 0,
        leaderId: 2,
        leaderEpoch: 4,
        preferredSuccessors: [],
        preferredCandidates: preferred.map((candidateId) => ({ candidateId, candidateDirectoryId: zeroUuid })),
      };
      const topics = [{ topicName: '__cluster_metadata', partitions: [partition] }];
      member.raft.handleEndQuorumEpoch({ clusterId, topics, leaderEndpoints: [] }, 1);
      await quorum.world.run(100);
      return member.raft.sample().role;
    };
    expect(await resign([1, 3])).toBe('prospective');
    expect(await resign([3, 1])).toBe('follower');
  });
});

describe('a prospective voter', () => {
  it('keeps its epoch and its vote while it asks, and may still vote for another', async () => {
    const { quorum, member } = await lone();
    await quorum.world.until(() => member.raft.sample().role === 'prospective', 3000, 'prospective');
    expect(member.raft.sample()).toMatchObject({ epoch: 0, votedId: null });
    expect(ask(member, { from: 3, epoch: 0, preVote: true })).toBe('granted');
    expect(ask(member, { from: 3, epoch: 1 })).toBe('granted');
  });

  it('follows the leader of a newer epoch that announces itself', async () => {
    const { quorum, member } = await lone();
    await quorum.world.until(() => member.raft.sample().role === 'prospective', 3000, 'prospective');
    begin(member, 3, 2);
    expect(member.raft.sample()).toMatchObject({ role: 'follower', leaderId: 3, epoch: 2 });
  });
});

describe('a candidate', () => {
  it('is taken up again after a restart, votes for nobody else, but grants pre-votes', async () => {
    const { member } = await lone({ epoch: 4, leaderId: null, votedId: 1 });
    expect(member.raft.sample()).toMatchObject({ role: 'candidate', epoch: 4, votedId: 1 });
    expect(ask(member, { from: 2, epoch: 4 })).toBe('rejected');
    expect(ask(member, { from: 2, epoch: 4, preVote: true })).toBe('granted');
  });
});

describe('a leader that was restarted', () => {
  it('has resigned its epoch: it votes for nobody in it, grants pre-votes, and goes on to the next epoch', async () => {
    const { quorum, member } = await lone({ epoch: 4, leaderId: 1, votedId: null });
    expect(member.raft.sample()).toMatchObject({ role: 'resigned', epoch: 4, leaderId: null });
    expect(ask(member, { from: 2, epoch: 4 })).toBe('rejected');
    expect(ask(member, { from: 2, epoch: 4, preVote: true })).toBe('granted');
    await quorum.world.until(() => member.raft.sample().epoch === 5, 3000, 'the next epoch');
    expect(member.raft.sample().role).not.toBe('leader');
  });
});

describe('a claim of leadership', () => {
  it('is ignored when it contradicts the known leader, comes from no voter or names this node', async () => {
    const { member } = await lone({ epoch: 4, leaderId: 2, votedId: null });
    begin(member, 3, 4);
    begin(member, 9, 6);
    begin(member, 1, 6);
    begin(member, 3, 3);
    expect(member.raft.sample()).toMatchObject({ role: 'follower', leaderId: 2, epoch: 4 });
  });
});
