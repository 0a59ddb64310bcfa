/**
 * SyncGroup (14), versions 0-5.
 *
 * Members of a new generation ask for their part; the leader brings everybody's. Answered when the assignment is
 * committed in `__consumer_offsets`.
 *
 * v3: static members. v5: protocol type and name must be there and be the group's.
 */
import type { GroupCoordinator } from '../../coordinator/index.ts';
import type { Handler } from '../../net/index.ts';
import { ErrorCode, syncGroupApi } from '../../protocol/index.ts';
import { assignmentDetail, type GroupRequests } from './group-requests.ts';

export interface SyncGroupDeps {
  readonly coordinator: Pick<GroupCoordinator, 'syncGroup'>;
  readonly requests: GroupRequests;
}

const protocolSince = 5;

export function syncGroupHandler(deps: SyncGroupDeps): Handler<typeof syncGroupApi> {
  return {
    api: syncGroupApi,
    async handle(request, context) {
      const { protocolType, protocolName } = request;
      if (context.header.apiVersion >= protocolSince && (protocolType === null || protocolName === null)) {
        return { errorCode: ErrorCode.INCONSISTENT_GROUP_PROTOCOL, assignment: new Uint8Array(0) };
      }
      const brought = request.assignments.length;
      const answered = deps.requests.received('SyncGroup', context, () => ({
        group: request.groupId,
        member: request.memberId,
        instanceId: request.groupInstanceId,
        generation: request.generationId,
        detail: brought === 0 ? '' : `assignment for ${brought} ${brought === 1 ? 'member' : 'members'}`,
      }));
      const response = await deps.coordinator.syncGroup(request);
      answered(() => {
        const errorCode = response.errorCode ?? ErrorCode.NONE;
        const detail =
          errorCode === ErrorCode.NONE
            ? assignmentDetail(response.protocolType ?? protocolType, response.assignment)
            : '';
        return { errorCode, detail };
      });
      return response;
    },
  };
}
