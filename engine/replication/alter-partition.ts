/**
 * How a leader asks the controller for another ISR (KIP-497). The answer is data: the partition as the controller has it
 * now, or an error code. An ask is never given up by the sender: it resolves when the controller has answered.
 */
import type { BrokerEpoch, LeaderEpoch, NodeId, PartitionEpoch, PartitionIndex, TopicName, Uuid } from '../base/ids.ts';
import type { ErrorCode } from '../protocol/index.ts';

export interface IsrMember {
  readonly brokerId: NodeId;
  /** As the follower's fetch gave it; -1 when it has not fetched yet. */
  readonly brokerEpoch: BrokerEpoch;
}

export interface AlterPartitionProposal {
  readonly topicId: Uuid;
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  readonly leaderEpoch: LeaderEpoch;
  /** The epoch that the proposal builds on; the controller refuses when it is not the current one. */
  readonly partitionEpoch: PartitionEpoch;
  readonly isr: readonly IsrMember[];
}

export type AlterPartitionOutcome =
  | {
      readonly error: 0;
      readonly leaderEpoch: LeaderEpoch;
      readonly partitionEpoch: PartitionEpoch;
      readonly isr: readonly NodeId[];
    }
  | { readonly error: Exclude<ErrorCode, 0> };

export interface AlterPartitionSender {
  alterPartition(proposal: AlterPartitionProposal): Promise<AlterPartitionOutcome>;
}
