/** Heartbeat (`GroupMetadataManager.classicGroupHeartbeatToClassicGroup`): a member is alive, and learns of a rebalance. */
import { ErrorCode } from '../../../protocol/index.ts';
import type { HeartbeatRequest } from '../../../protocol/index.ts';
import type { ClassicGroup } from './classic-group.ts';
import type { ClassicContext } from './context.ts';
import { scheduleHeartbeat } from './rebalance.ts';
import { validateMember } from './validate.ts';

export function heartbeat(context: ClassicContext, group: ClassicGroup, request: HeartbeatRequest): ErrorCode {
  if (group.isIn('Dead')) return ErrorCode.COORDINATOR_NOT_AVAILABLE;
  const invalid = validateMember(context, group, request.memberId, request.groupInstanceId, 'heartbeat');
  if (invalid !== ErrorCode.NONE) return invalid;
  if (request.generationId !== group.generation) return ErrorCode.ILLEGAL_GENERATION;
  const member = group.member(request.memberId);
  if (group.isIn('Empty') || member === null) return ErrorCode.UNKNOWN_MEMBER_ID;
  scheduleHeartbeat(context, group, member);
  return group.isIn('PreparingRebalance') ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
}
