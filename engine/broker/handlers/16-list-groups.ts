/**
 * ListGroups (16), versions 0-5.
 *
 * The groups that this broker coordinates. v4: states, and a filter by them; v5: types, and a filter by them. Filters
 * ignore case; one that names nothing that exists lists nothing.
 */
import type { GroupCoordinator } from '../../coordinator/index.ts';
import type { Handler } from '../../net/index.ts';
import { listGroupsApi } from '../../protocol/index.ts';

export interface ListGroupsDeps {
  readonly coordinator: Pick<GroupCoordinator, 'listGroups'>;
}

export function listGroupsHandler(deps: ListGroupsDeps): Handler<typeof listGroupsApi> {
  return {
    api: listGroupsApi,
    handle: ({ statesFilter, typesFilter }) =>
      deps.coordinator.listGroups({ states: statesFilter, types: typesFilter }),
  };
}
