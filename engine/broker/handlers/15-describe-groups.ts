/**
 * DescribeGroups (15), versions 0-6.
 *
 * State and members of classic groups that this broker coordinates.
 *
 * v3: authorized operations. v4: instance ids. v6: GROUP_ID_NOT_FOUND with a message for a group that does not exist;
 * below it is described as `Dead`, without an error.
 */
import type { GroupCoordinator } from '../../coordinator/index.ts';
import type { Handler } from '../../net/index.ts';
import { describeGroupsApi, ErrorCode } from '../../protocol/index.ts';
import { allGroupOperations } from './group-operations.ts';

export interface DescribeGroupsDeps {
  readonly coordinator: Pick<GroupCoordinator, 'describeGroups'>;
}

const notFoundSince = 6;

export function describeGroupsHandler(deps: DescribeGroupsDeps): Handler<typeof describeGroupsApi> {
  return {
    api: describeGroupsApi,
    handle(request, context) {
      const groups = deps.coordinator.describeGroups(request.groups).map((group) => {
        if (group.errorCode === ErrorCode.NONE) {
          return request.includeAuthorizedOperations ? { ...group, authorizedOperations: allGroupOperations } : group;
        }
        const { errorMessage = null, ...rest } = group;
        if (context.header.apiVersion >= notFoundSince) return { ...rest, errorMessage };
        return rest.errorCode === ErrorCode.GROUP_ID_NOT_FOUND ? { ...rest, errorCode: ErrorCode.NONE } : rest;
      });
      return { groups };
    },
  };
}
