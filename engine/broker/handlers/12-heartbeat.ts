/**
 * Heartbeat (12), versions 0-4.
 *
 * A member is alive; REBALANCE_IN_PROGRESS tells it to rejoin, UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION and
 * FENCED_INSTANCE_ID (v3: static members) that it is out. While the coordinator loads, it is simply believed.
 */
import type { GroupCoordinator } from '../../coordinator/index.ts';
import type { Handler } from '../../net/index.ts';
import { ErrorCode, heartbeatApi } from '../../protocol/index.ts';
import type { GroupRequests } from './group-requests.ts';

export interface HeartbeatDeps {
  readonly coordinator: Pick<GroupCoordinator, 'heartbeat'>;
  readonly requests: GroupRequests;
}

export function heartbeatHandler(deps: HeartbeatDeps): Handler<typeof heartbeatApi> {
  return {
    api: heartbeatApi,
    async handle(request, context) {
      const response = await deps.coordinator.heartbeat(request);
      const { groupId: group, memberId: member, groupInstanceId: instanceId, generationId: generation } = request;
      const told = { group, member, instanceId, generation };
      deps.requests.heartbeat(context, told, response.errorCode ?? ErrorCode.NONE);
      return response;
    },
  };
}
