/**
 * DeleteGroups (42), versions 0-2.
 *
 * Groups without members, with all their committed offsets: NON_EMPTY_GROUP when there are members, GROUP_ID_NOT_FOUND
 * when there is no such group.
 */
import type { GroupCoordinator } from '../../coordinator/index.ts';
import type { Handler } from '../../net/index.ts';
import { deleteGroupsApi } from '../../protocol/index.ts';

export interface DeleteGroupsDeps {
  readonly coordinator: Pick<GroupCoordinator, 'deleteGroups'>;
}

export function deleteGroupsHandler(deps: DeleteGroupsDeps): Handler<typeof deleteGroupsApi> {
  return {
    api: deleteGroupsApi,
    handle: async ({ groupsNames }) => ({ results: await deps.coordinator.deleteGroups(groupsNames) }),
  };
}
