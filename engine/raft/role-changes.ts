/**
 * How what others say about the epoch and its leader changes this member's role, for requests and answers alike
 * (`maybeTransition`, `maybeHandleCommonResponse` of `KafkaRaftClient`).
 */
import type { LeaderEpoch, NodeId } from '../base/ids.ts';
import { ErrorCode, errorName } from '../protocol/index.ts';
import type { RaftContext } from './raft-context.ts';

/**
 * Takes up a newer epoch, or the leader of this one when it was unknown. False when the claim contradicts what this
 * node knows (two leaders in one epoch, a leader that is no voter): such a message must be ignored.
 */
export function noteEpoch(context: RaftContext, epoch: LeaderEpoch, leaderId: NodeId | null): boolean {
  const { quorum, nodeId, voters } = context;
  if (epoch < quorum.epoch) return true;
  if (leaderId !== null && !voters.has(leaderId)) {
    context.say(
      'error',
      `Ignoring leader ${leaderId} of epoch ${epoch}: it is not among the voters ${voters.ids.join(', ')}`,
    );
    return false;
  }
  if (epoch > quorum.epoch) {
    if (leaderId === nodeId) {
      context.say(
        'error',
        `Ignoring the claim that this node leads epoch ${epoch}, which is ahead of its own ${quorum.epoch}`,
      );
      return false;
    }
    if (leaderId === null) quorum.becomeUnattached(epoch, null);
    else quorum.becomeFollower(epoch, leaderId);
    return true;
  }
  if (leaderId === null) return true;
  if (quorum.leaderId === null) {
    if (leaderId === nodeId) {
      context.say('error', `Ignoring the claim that this node leads epoch ${epoch}: it has not been elected in it`);
      return false;
    }
    quorum.becomeFollower(epoch, leaderId);
    return true;
  }
  if (quorum.leaderId !== leaderId) {
    context.say(
      'error',
      `Ignoring leader ${leaderId} of epoch ${epoch}: the leader of that epoch is ${quorum.leaderId}`,
    );
    return false;
  }
  // An unattached or prospective node that hears again of the leader it knew follows it.
  const { kind } = quorum.role;
  if (kind === 'unattached' && leaderId !== nodeId) quorum.becomeFollower(epoch, leaderId);
  return true;
}

/**
 * What every answer is checked for. `done`: dealt with, the peer is fine; `back-off`: leave the peer alone for a while;
 * `continue`: the answer is of this epoch and without a common error.
 */
export type CommonOutcome = 'done' | 'back-off' | 'continue';

export function handleCommon(
  context: RaftContext,
  api: string,
  answer: { readonly errorCode: number; readonly leaderId: number; readonly leaderEpoch: LeaderEpoch },
): CommonOutcome {
  const { quorum } = context;
  const { errorCode, leaderEpoch } = answer;
  const leaderId = answer.leaderId < 0 ? null : answer.leaderId;
  if (leaderEpoch < quorum.epoch || errorCode === ErrorCode.UNKNOWN_LEADER_EPOCH) return 'back-off';
  if (
    leaderEpoch > quorum.epoch ||
    errorCode === ErrorCode.FENCED_LEADER_EPOCH ||
    errorCode === ErrorCode.NOT_LEADER_OR_FOLLOWER
  ) {
    const before = quorum.role;
    return noteEpoch(context, leaderEpoch, leaderId) && quorum.role !== before ? 'done' : 'back-off';
  }
  if (leaderId !== null && quorum.leaderId !== leaderId && !noteEpoch(context, leaderEpoch, leaderId))
    return 'back-off';
  if (errorCode === ErrorCode.NONE) return 'continue';
  if (errorCode !== ErrorCode.BROKER_NOT_AVAILABLE) {
    context.say('error', `Unexpected error ${errorName(errorCode)} in the answer to ${api}`);
  }
  return 'back-off';
}
