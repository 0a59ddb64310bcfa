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
import { ErrorCode, leaveGroupApi, type LeaveGroupRequest } from '../../protocol/index.ts';
import type { GroupRequests } from './group-requests.ts';

export interface LeaveGroupDeps {
  readonly coordinator: Pick<GroupCoordinator, 'leaveGroup'>;
  readonly requests: GroupRequests;
}

const membersSince = 3;

export function leaveGroupHandler(deps: LeaveGroupDeps): Handler<typeof leaveGroupApi> {
  return {
    api: leaveGroupApi,
    async handle(request, context) {
      const { groupId } = request;
      const oneAlone = context.header.apiVersion < membersSince;
      const members = oneAlone
        ? [{ memberId: request.memberId, groupInstanceId: null, reason: null }]
        : request.members;
      const answers = members.map((member) =>
        deps.requests.received('LeaveGroup', context, () => told(groupId, member)),
      );
      const response = await deps.coordinator.leaveGroup({ groupId, members });
      const codes = members.map((_, index) => response.errorCode || (response.members?.[index]?.errorCode ?? 0));
      for (const [index, answered] of answers.entries()) {
        answered(() => ({ errorCode: codes[index] ?? ErrorCode.NONE, detail: '' }));
      }
      return oneAlone ? { errorCode: codes[0] ?? ErrorCode.NONE } : response;
    },
  };
}

function told(group: string, member: LeaveGroupRequest['members'][number]) {
  const { memberId, groupInstanceId: instanceId, reason } = member;
  return { group, member: memberId, instanceId, generation: -1, detail: reason ?? '' };
}
