/** What leader and non-leaders answer to Fetch, FetchSnapshot and DescribeQuorum. */
import { describe, expect, it } from 'vitest';
import { zeroUuid } from '../base/uuid.ts';
import { ErrorCode, decodeMessage, describeQuorumApi, encodeMessage, errorName, fetchApi } from '../protocol/index.ts';
import type { FetchRequest, FetchResponse } from '../protocol/index.ts';
import golden from './golden-raft.json' with { type: 'json' };
import { SimQuorum } from './quorum.testkit.ts';
import type { Member } from './quorum.testkit.ts';

const clusterId = 'bGFiLWNsdXN0ZXItMDAwMQ';
const int64Max = 2 ** 63;

interface Ask {
  readonly epoch: number;
  readonly offset?: number;
  readonly lastEpoch?: number;
  readonly replica?: number;
  readonly maxWaitMs?: number;
  readonly known?: number;
  readonly version?: number;
}

function fetchRequest({
  epoch,
  offset = 0,
  lastEpoch = 0,
  replica = 9,
  maxWaitMs = 0,
  known = int64Max,
}: Ask): FetchRequest {
  return decodeMessage(
    fetchApi.request,
    18,
    encodeMessage(fetchApi.request, 18, {
      clusterId,
      replicaState: { replicaId: replica, replicaEpoch: -1 },
      maxWaitMs,
      minBytes: 0,
      maxBytes: 1024 * 1024,
      topics: [
        {
          topicId: 'AAAAAAAAAAAAAAAAAAAAAQ',
          partitions: [
            {
              partition: 0,
              currentLeaderEpoch: epoch,
              fetchOffset: offset,
              lastFetchedEpoch: lastEpoch,
              partitionMaxBytes: 0,
              replicaDirectoryId: zeroUuid,
              highWatermark: known,
            },
          ],
        },
      ],
      forgottenTopicsData: [],
    }),
  );
}

/** As it arrives: encoded and decoded. */
async function fetchFrom(quorum: SimQuorum, member: Member, what: Ask): Promise<FetchResponse> {
  const version = what.version ?? 18;
  const response = await quorum.world.complete(member.raft.handleFetch(fetchRequest(what), version));
  return decodeMessage(fetchApi.response, version, encodeMessage(fetchApi.response, version, response));
}

async function ready(seed: number): Promise<{ quorum: SimQuorum; leader: Member; epoch: number }> {
  const quorum = new SimQuorum({ seed, voters: 3 });
  await quorum.start();
  const leader = await quorum.untilLeader();
  await quorum.untilCommitted(quorum.append(leader, 'a'));
  return { quorum, leader, epoch: leader.raft.leaderAndEpoch().epoch };
}

describe('Fetch', () => {
  it('gives the log, the high watermark and the leader with its endpoint', async () => {
    const { quorum, leader, epoch } = await ready(1);
    const response = await fetchFrom(quorum, leader, { epoch });
    const partition = response.responses[0]!.partitions[0]!;
    expect(partition).toMatchObject({
      errorCode: ErrorCode.NONE,
      highWatermark: 2,
      logStartOffset: 0,
      lastStableOffset: -1,
      currentLeader: { leaderId: leader.id, leaderEpoch: epoch },
      divergingEpoch: { epoch: -1, endOffset: -1 },
    });
    expect(partition.records!.length).toBe(leader.log.read(0, 2, 1e6).length);
    expect(response.nodeEndpoints).toMatchObject([{ nodeId: leader.id, host: '127.0.0.1', port: 9090 + leader.id }]);
  });

  it('is answered by a follower with the leader, by epoch with the newer or the unknown one', async () => {
    const { quorum, leader, epoch } = await ready(2);
    const follower = quorum.alive.find((member) => member !== leader)!;
    const errorOf = async (member: Member, ask: Ask): Promise<string> => {
      const { responses } = await fetchFrom(quorum, member, ask);
      return errorName(responses[0]!.partitions[0]!.errorCode);
    };
    expect(await errorOf(follower, { epoch })).toBe('NOT_LEADER_OR_FOLLOWER');
    expect(await errorOf(leader, { epoch: epoch - 1 })).toBe('FENCED_LEADER_EPOCH');
    expect(await errorOf(leader, { epoch: epoch + 1 })).toBe('UNKNOWN_LEADER_EPOCH');
    expect(await errorOf(leader, { epoch, lastEpoch: epoch + 1 })).toBe('INVALID_REQUEST');
    const { responses, nodeEndpoints } = await fetchFrom(quorum, follower, { epoch });
    expect(responses[0]!.partitions[0]!.currentLeader).toEqual({ leaderId: leader.id, leaderEpoch: epoch });
    expect(nodeEndpoints).toHaveLength(1);
  });

  it('names where a replica diverges', async () => {
    const { quorum, leader, epoch } = await ready(3);
    const ask = async (offset: number, lastEpoch: number) => {
      const { responses } = await fetchFrom(quorum, leader, { epoch, offset, lastEpoch });
      return responses[0]!.partitions[0]!.divergingEpoch;
    };
    expect(await ask(7, epoch)).toEqual({ epoch, endOffset: 2 });
    expect(await ask(1, 0)).toEqual({ epoch: 0, endOffset: 0 });
    expect(await ask(2, epoch)).toEqual({ epoch: -1, endOffset: -1 });
  });

  it('waits for records, for a higher high watermark than the replica knows, or for its time', async () => {
    const { quorum, leader, epoch } = await ready(4);
    const timed = async (ask: Partial<Ask>): Promise<{ took: number; records: number; highWatermark: number }> => {
      const before = quorum.world.nowMs;
      const { responses } = await fetchFrom(quorum, leader, {
        epoch,
        offset: 2,
        lastEpoch: epoch,
        maxWaitMs: 500,
        ...ask,
      });
      const { records, highWatermark } = responses[0]!.partitions[0]!;
      return { took: Math.floor((quorum.world.nowMs - before) / 10) * 10, records: records!.length, highWatermark };
    };
    expect(await timed({ known: 1 })).toEqual({ took: 0, records: 0, highWatermark: 2 });
    expect(await timed({ known: 2 })).toEqual({ took: 500, records: 0, highWatermark: 2 });
    const waiting = timed({ known: 2 });
    quorum.append(leader, 'b');
    const woken = await waiting;
    expect(woken.took).toBeLessThan(30);
    expect(woken.records).toBeGreaterThan(0);
  });

  it('is released at once when the leader resigns', async () => {
    const { quorum, leader, epoch } = await ready(5);
    const before = quorum.world.nowMs;
    const waiting = fetchFrom(quorum, leader, { epoch, offset: 2, lastEpoch: epoch, maxWaitMs: 500, known: 2 });
    leader.raft.resign(epoch);
    const { responses } = await waiting;
    expect(errorName(responses[0]!.partitions[0]!.errorCode)).toBe('NOT_LEADER_OR_FOLLOWER');
    expect(quorum.world.nowMs - before).toBeLessThan(5);
  });

  it('can be answered in every version', async () => {
    const { quorum, leader, epoch } = await ready(6);
    for (let version = fetchApi.versions.min; version <= fetchApi.versions.max; version++) {
      const response = await quorum.world.complete(leader.raft.handleFetch(fetchRequest({ epoch }), version));
      expect(encodeMessage(fetchApi.response, version, response).length).toBeGreaterThan(0);
    }
  });
});

describe('DescribeQuorum', () => {
  const request = { topics: [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }] };

  it.each(golden.describeQuorum)(
    'has the fields of the recorded version $version',
    async ({ version, response: recorded }) => {
      const quorum = new SimQuorum({ seed: 1, voters: 1 });
      await quorum.start();
      await quorum.untilLeader();
      await quorum.untilCommitted(0);
      const { raft } = quorum.member(1);
      const response = raft.handleDescribeQuorum(request, version);
      expect(encodeMessage(describeQuorumApi.response, version, response).length).toBeGreaterThan(0);
      const nowMs = quorum.world.node('n1').env.clock.now();
      const partition = recorded.topics[0]!.partitions[0]!;
      const expected = {
        ...recorded,
        topics: [
          {
            topicName: '__cluster_metadata',
            partitions: [
              {
                ...partition,
                highWatermark: 1,
                currentVoters: partition.currentVoters.map((voter) => ({
                  ...voter,
                  logEndOffset: 1,
                  ...(version >= 1 && { lastFetchTimestamp: nowMs, lastCaughtUpTimestamp: nowMs }),
                })),
              },
            ],
          },
        ],
        ...(version >= 2 && {
          nodes: [{ nodeId: 1, listeners: [{ name: 'CONTROLLER', host: '127.0.0.1', port: 9091 }] }],
        }),
      };
      expect(response).toMatchObject(expected);
    },
  );

  it('lists voters with their progress, and observers', async () => {
    const quorum = new SimQuorum({ seed: 2, voters: 3, observers: 1 });
    await quorum.start();
    const leader = await quorum.untilLeader();
    await quorum.untilCommitted(quorum.append(leader, 'a'));
    await quorum.world.run(600);
    const { currentVoters, observers } = leader.raft.handleDescribeQuorum(request, 2).topics[0]!.partitions[0]!;
    expect(currentVoters.map(({ replicaId, logEndOffset }) => ({ replicaId, logEndOffset }))).toEqual(
      [1, 2, 3].map((replicaId) => ({ replicaId, logEndOffset: 2 })),
    );
    expect(observers).toMatchObject([{ replicaId: 4, replicaDirectoryId: 'DVdu1peDQ8yEXFpP_R-sDw', logEndOffset: 2 }]);
    const nowMs = quorum.world.node('n1').env.clock.now();
    for (const voter of currentVoters) expect(nowMs - voter.lastCaughtUpTimestamp!).toBeLessThan(700);
  });

  it('is refused by who does not lead, and for other topics', async () => {
    const { quorum, leader } = await ready(7);
    const follower = quorum.alive.find((member) => member !== leader)!;
    const errorOf = (member: Member, topicName: string): string => {
      const topics = [{ topicName, partitions: [{ partitionIndex: 0 }] }];
      return errorName(member.raft.handleDescribeQuorum({ topics }, 2).topics[0]!.partitions[0]!.errorCode);
    };
    expect(errorOf(follower, '__cluster_metadata')).toBe('NOT_LEADER_OR_FOLLOWER');
    expect(errorOf(leader, 'orders')).toBe('UNKNOWN_TOPIC_OR_PARTITION');
  });
});

describe('FetchSnapshot', () => {
  it('serves parts and answers what cannot be with Kafka’s errors', async () => {
    const { leader, epoch } = await ready(8);
    const writer = leader.raft.createSnapshot(2, epoch, 0)!;
    writer.append([new Uint8Array(1000)]);
    writer.freeze();
    const ask = (position: number, endOffset = 2, currentLeaderEpoch = epoch, name = '__cluster_metadata') =>
      leader.raft.handleFetchSnapshot(
        {
          clusterId,
          replicaId: 2,
          maxBytes: 600,
          topics: [
            {
              name,
              partitions: [
                {
                  partition: 0,
                  currentLeaderEpoch,
                  snapshotId: { endOffset, epoch },
                  position,
                  replicaDirectoryId: zeroUuid,
                },
              ],
            },
          ],
        },
        1,
      ).topics[0]!.partitions[0]!;
    const first = ask(0);
    expect(first).toMatchObject({ errorCode: 0, position: 0, snapshotId: { endOffset: 2, epoch } });
    const second = ask(600);
    expect(first.unalignedRecords!.length + second.unalignedRecords!.length).toBe(Math.min(1200, first.size));
    expect(errorName(ask(first.size).errorCode)).toBe('POSITION_OUT_OF_RANGE');
    expect(errorName(ask(-1).errorCode)).toBe('POSITION_OUT_OF_RANGE');
    expect(errorName(ask(0, 1).errorCode)).toBe('SNAPSHOT_NOT_FOUND');
    expect(errorName(ask(0, 2, epoch - 1).errorCode)).toBe('FENCED_LEADER_EPOCH');
    expect(errorName(ask(0, 2, epoch, 'orders').errorCode)).toBe('UNKNOWN_TOPIC_OR_PARTITION');
  });
});
