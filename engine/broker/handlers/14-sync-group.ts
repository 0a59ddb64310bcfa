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

export interface SyncGroupDeps {
  readonly coordinator: Pick<GroupCoordinator, 'syncGroup'>;
}

const protocolSince = 5;

export function syncGroupHandler(deps: SyncGroupDeps): Handler<typeof syncGroupApi> {
  return {
    api: syncGroupApi,
    handle(request, context) {
      const { protocolType, protocolName } = request;
      if (context.header.apiVersion >= protocolSince && (protocolType === null || protocolName === null)) {
        return { errorCode: ErrorCode.INCONSISTENT_GROUP_PROTOCOL, assignment: new Uint8Array(0) };
      }
      return deps.coordinator.syncGroup(request);
    },
  };
}
