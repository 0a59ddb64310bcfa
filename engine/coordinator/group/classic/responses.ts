/** Answers to JoinGroup and SyncGroup with Kafka's defaults for what an answer does not say. */
import type { MemberId } from '../../../base/ids.ts';
import { ErrorCode } from '../../../protocol/index.ts';
import type { JoinGroupResponseInput, SyncGroupResponseInput } from '../../../protocol/index.ts';
import type { ClassicGroup } from './classic-group.ts';
import { metadataOf, noAssignment } from './classic-member.ts';

/** `JoinGroupRequest.UNKNOWN_MEMBER_ID`: a member that has no id yet. */
export const unknownMemberId: MemberId = '';

export function joinError(errorCode: ErrorCode, memberId: MemberId = unknownMemberId): JoinGroupResponseInput {
  return { errorCode, generationId: -1, protocolType: null, protocolName: null, leader: '', memberId, members: [] };
}

/** The current generation as `memberId` is told it; the leader also gets everybody's metadata, unless `membersFor` says no. */
export function joinSuccess(
  group: ClassicGroup,
  memberId: MemberId,
  options: { readonly withMembers: boolean; readonly skipAssignment?: boolean; readonly leader?: MemberId | null },
): JoinGroupResponseInput {
  return {
    errorCode: ErrorCode.NONE,
    generationId: group.generation,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    leader: (options.leader === undefined ? group.leaderId : options.leader) ?? '',
    skipAssignment: options.skipAssignment ?? false,
    memberId,
    members: options.withMembers
      ? group.members.map((member) => ({
          memberId: member.memberId,
          groupInstanceId: member.instanceId,
          metadata: metadataOf(member, group.protocolName) ?? noAssignment,
        }))
      : [],
  };
}

export function syncError(errorCode: ErrorCode): SyncGroupResponseInput {
  return { errorCode, protocolType: null, protocolName: null, assignment: noAssignment };
}

export function syncSuccess(group: ClassicGroup, assignment: Uint8Array): SyncGroupResponseInput {
  return { errorCode: ErrorCode.NONE, protocolType: group.protocolType, protocolName: group.protocolName, assignment };
}
