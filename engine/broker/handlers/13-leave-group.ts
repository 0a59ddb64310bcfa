/**
 * LeaveGroup (13), versions 0-5.
 *
 * Members leave a classic group, so that the others need not wait for their sessions to end.
 *
 * v0-2: one member, whose error is the response's. v3: several, also by instance id alone (an administrator's removal of
 * a static member). v5: a reason.
 */
import type { GroupCoordinator } from '../../coordinator/index.ts';
import type { Handler } from '../../net/index.ts';
import { ErrorCode, leaveGroupApi } from '../../protocol/index.ts';

export interface LeaveGroupDeps {
  readonly coordinator: Pick<GroupCoordinator, 'leaveGroup'>;
}

const membersSince = 3;

export function leaveGroupHandler(deps: LeaveGroupDeps): Handler<typeof leaveGroupApi> {
  return {
    api: leaveGroupApi,
    async handle(request, context) {
      const { groupId, memberId, members } = request;
      if (context.header.apiVersion >= membersSince) return deps.coordinator.leaveGroup({ groupId, members });
      const response = await deps.coordinator.leaveGroup({
        groupId,
        members: [{ memberId, groupInstanceId: null, reason: null }],
      });
      const own = response.members?.[0]?.errorCode ?? ErrorCode.NONE;
      return { errorCode: response.errorCode === ErrorCode.NONE ? own : response.errorCode };
    },
  };
}
