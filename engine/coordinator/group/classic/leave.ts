/**
 * LeaveGroup (`GroupMetadataManager.classicGroupLeaveToClassicGroup`): of a member itself, or by an administrator, who
 * names members by instance id alone.
 */
import type { MemberId } from '../../../base/ids.ts';
import { ErrorCode } from '../../../protocol/index.ts';
import type { LeaveGroupRequest, LeaveGroupResponseInput } from '../../../protocol/index.ts';
import { noEffects, type Effects } from '../effects.ts';
import type { ClassicGroup } from './classic-group.ts';
import { emitMember, heartbeatKey, type ClassicContext } from './context.ts';
import { completeJoinIfAllJoined, prepareRebalanceOrCompleteJoin } from './rebalance.ts';
import { joinError, syncError, unknownMemberId } from './responses.ts';
import { validateMember } from './validate.ts';

type LeavingMember = LeaveGroupRequest['members'][number];

export function leave(
  context: ClassicContext,
  group: ClassicGroup,
  leaving: readonly LeavingMember[],
): Effects & { readonly response: LeaveGroupResponseInput } {
  if (group.isIn('Dead')) return { ...noEffects, response: { errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE } };
  const members = leaving.map((member) => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    errorCode: leaveOne(context, group, member),
  }));
  const left = members.filter(({ errorCode }) => errorCode === ErrorCode.NONE).map(({ memberId }) => memberId);
  const effects = left.length === 0 ? noEffects : afterLeaving(context, group, left);
  return { ...effects, response: { errorCode: ErrorCode.NONE, members } };
}

function afterLeaving(context: ClassicContext, group: ClassicGroup, left: readonly MemberId[]): Effects {
  if (group.isIn('Stable', 'CompletingRebalance')) {
    return prepareRebalanceOrCompleteJoin(
      context,
      group,
      `explicit \`LeaveGroup\` request for (${left.join(', ')}) members.`,
    );
  }
  return group.isIn('PreparingRebalance') ? completeJoinIfAllJoined(context, group) : noEffects;
}

function leaveOne(context: ClassicContext, group: ClassicGroup, leaving: LeavingMember): ErrorCode {
  const { memberId, groupInstanceId } = leaving;
  const reason = leaving.reason ?? 'not provided';
  if (memberId === unknownMemberId) {
    const current = groupInstanceId === null ? null : group.staticMemberId(groupInstanceId);
    if (current === null) return ErrorCode.UNKNOWN_MEMBER_ID;
    remove(context, group, current, reason);
    return ErrorCode.NONE;
  }
  if (group.isPending(memberId)) {
    group.remove(memberId);
    context.timers.cancel(heartbeatKey(group.groupId, memberId));
    context.log(
      'info',
      `[Group ${group.groupId}] Pending member ${memberId} has left group through explicit \`LeaveGroup\` request; client reason: ${reason}`,
    );
    return ErrorCode.NONE;
  }
  const invalid = validateMember(context, group, memberId, groupInstanceId, 'leave-group');
  if (invalid === ErrorCode.NONE) remove(context, group, memberId, reason);
  return invalid;
}

function remove(context: ClassicContext, group: ClassicGroup, memberId: MemberId, reason: string): void {
  const member = group.member(memberId);
  if (member === null) return;
  context.timers.cancel(heartbeatKey(group.groupId, memberId));
  context.log(
    'info',
    `[Group ${group.groupId}] Member ${memberId} has left group through explicit \`LeaveGroup\` request; client reason: ${reason}`,
  );
  group.replyToJoin(member, joinError(ErrorCode.UNKNOWN_MEMBER_ID));
  group.replyToSync(member, syncError(ErrorCode.UNKNOWN_MEMBER_ID));
  group.remove(memberId);
  emitMember(context, group, member, 'left', reason);
}
