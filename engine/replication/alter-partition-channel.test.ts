import { describe, expect, it } from 'vitest';
import { SimWorld } from '../env/sim/index.ts';
import { ErrorCode } from '../protocol/index.ts';
import type { AlterPartitionRequestInput, AlterPartitionResponse } from '../protocol/index.ts';
import { AlterPartitionChannel } from './alter-partition-channel.ts';
import type { AlterPartitionProposal } from './alter-partition.ts';

const topicId = 'Ej5olaDGQfaqnh9J44VW_Q';

function proposal(partition: number): AlterPartitionProposal {
  const isr = [{ brokerId: 1, brokerEpoch: 10 }];
  return { topic: 'orders', topicId, partition, leaderEpoch: 3, partitionEpoch: 7, isr };
}

interface Sent {
  readonly request: AlterPartitionRequestInput;
  answer(response: Partial<AlterPartitionResponse>): void;
  fail(): void;
}

/** A controller that answers when told to. */
function channel() {
  const world = new SimWorld(1);
  const sent: Sent[] = [];
  const node = world.node('broker-1');
  const sender = new AlterPartitionChannel({
    nodeId: 1,
    clock: world.clock,
    tracer: node.tracer,
    brokerEpoch: () => 10,
    controller: {
      send: (_api, request) =>
        new Promise((resolve, reject) => {
          sent.push({
            request: request as AlterPartitionRequestInput,
            answer: (response) => resolve({ throttleTimeMs: 0, errorCode: 0, topics: [], ...response } as never),
            fail: () => reject(new Error('gone')),
          });
        }),
    },
  });
  return { world, sent, sender };
}

function answerFor(
  ...partitions: readonly (readonly [index: number, error: ErrorCode])[]
): Partial<AlterPartitionResponse> {
  return {
    topics: [
      {
        topicId,
        partitions: partitions.map(([partitionIndex, errorCode]) => ({
          partitionIndex,
          errorCode,
          leaderId: 1,
          leaderEpoch: 3,
          isr: [1],
          leaderRecoveryState: 0,
          partitionEpoch: 8,
        })),
      },
    ],
  };
}

const partitionsOf = (sent: Sent): number[] =>
  sent.request.topics.flatMap((topic) => topic.partitions.map(({ partitionIndex }) => partitionIndex));

describe('AlterPartition channel', () => {
  it('has one request under way, and sends what came meanwhile together', async () => {
    const { world, sent, sender } = channel();
    const first = sender.alterPartition(proposal(0));
    const others = [sender.alterPartition(proposal(1)), sender.alterPartition(proposal(2))];
    expect(sent.map(partitionsOf)).toEqual([[0]]);
    sent[0]!.answer(answerFor([0, ErrorCode.NONE]));
    expect(await world.complete(first)).toEqual({ error: 0, leaderEpoch: 3, partitionEpoch: 8, isr: [1] });
    expect(sent.map(partitionsOf)).toEqual([[0], [1, 2]]);
    sent[1]!.answer(answerFor([2, ErrorCode.NONE], [1, ErrorCode.INELIGIBLE_REPLICA]));
    expect(await world.complete(Promise.all(others))).toEqual([
      { error: ErrorCode.INELIGIBLE_REPLICA },
      { error: 0, leaderEpoch: 3, partitionEpoch: 8, isr: [1] },
    ]);
  });

  it('does not attempt a second proposal of a partition whose first is open', async () => {
    const { world, sent, sender } = channel();
    void sender.alterPartition(proposal(0));
    expect(await world.complete(sender.alterPartition(proposal(0)))).toEqual({
      error: ErrorCode.OPERATION_NOT_ATTEMPTED,
    });
    expect(sent).toHaveLength(1);
  });

  it('asks again, after a pause, when the whole was refused, nothing came back or a partition was left out', async () => {
    const { world, sent, sender } = channel();
    const outcome = sender.alterPartition(proposal(0));
    sent[0]!.answer({ errorCode: ErrorCode.STALE_BROKER_EPOCH });
    await world.run(49);
    expect(sent).toHaveLength(1);
    await world.run(1);
    sent[1]!.fail();
    await world.run(50);
    sent[2]!.answer({});
    await world.run(50);
    sent[3]!.answer(answerFor([0, ErrorCode.FENCED_LEADER_EPOCH]));
    expect(await world.complete(outcome)).toEqual({ error: ErrorCode.FENCED_LEADER_EPOCH });
    expect(sent.map(partitionsOf)).toEqual([[0], [0], [0], [0]]);
  });

  it('sends nothing once it is stopped', async () => {
    const { world, sent, sender } = channel();
    void sender.alterPartition(proposal(0));
    sent[0]!.fail();
    await world.settle();
    sender.stop();
    await world.run(1000);
    expect(sent).toHaveLength(1);
  });
});
