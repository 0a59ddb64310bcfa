/** Checks that several requests share (`ClassicGroup.validateMember`, `validateOffsetCommit`). */
import type { MemberId } from '../../../base/ids.ts';
import { ErrorCode } from '../../../protocol/index.ts';
import type { ClassicGroup } from './classic-group.ts';
import type { ClassicContext } from './context.ts';

export type MemberOperation = 'join-group' | 'sync-group' | 'heartbeat' | 'leave-group' | 'offset-commit';

/** FENCED_INSTANCE_ID when another member has taken the instance id, UNKNOWN_MEMBER_ID when there is no such member. */
export function validateMember(
  context: Pick<ClassicContext, 'log'>,
  group: ClassicGroup,
  memberId: MemberId,
  instanceId: string | null,
  operation: MemberOperation,
): ErrorCode {
  if (instanceId !== null) {
    const current = group.staticMemberId(instanceId);
    if (current === null) return ErrorCode.UNKNOWN_MEMBER_ID;
    if (current !== memberId) {
      context.log(
        'info',
        `Request memberId=${memberId} for static member with groupInstanceId=${instanceId} is fenced by existing ` +
          `memberId=${current} during operation ${operation}`,
      );
      return ErrorCode.FENCED_INSTANCE_ID;
    }
  }
  return group.has(memberId) ? ErrorCode.NONE : ErrorCode.UNKNOWN_MEMBER_ID;
}

/** Whether a commit may be taken. A generation below 0 commits from outside: allowed while the group has no members. */
export function validateOffsetCommit(
  context: Pick<ClassicContext, 'log'>,
  group: ClassicGroup,
  commit: { readonly memberId: MemberId; readonly instanceId: string | null; readonly generation: number },
): ErrorCode {
  const { memberId, instanceId, generation } = commit;
  if (group.isIn('Dead')) return ErrorCode.COORDINATOR_NOT_AVAILABLE;
  if (generation < 0 && group.isIn('Empty')) return ErrorCode.NONE;
  if (generation >= 0 || memberId !== '' || instanceId !== null) {
    const invalid = validateMember(context, group, memberId, instanceId, 'offset-commit');
    if (invalid !== ErrorCode.NONE) return invalid;
    if (generation !== group.generation) return ErrorCode.ILLEGAL_GENERATION;
  } else if (!group.isIn('Empty')) return ErrorCode.UNKNOWN_MEMBER_ID;
  return group.isIn('CompletingRebalance') ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
}
