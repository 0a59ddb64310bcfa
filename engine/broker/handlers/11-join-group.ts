/**
 * JoinGroup (11), versions 0-9.
 *
 * A member asks to be in the next generation of a classic group; answered when that generation is formed.
 *
 * v0 has no rebalance timeout of its own: the session timeout serves. v4: a member without an id is told one first
 * (MEMBER_ID_REQUIRED). v5: static members. v7: the answer names the protocol type, and null for no protocol (below: '').
 * v8: a reason. v9: `skipAssignment` tells a returning static leader that nothing has to be assigned.
 */
import type { GroupCoordinator } from '../../coordinator/index.ts';
import type { Handler } from '../../net/index.ts';
import { joinGroupApi } from '../../protocol/index.ts';
import { callerOf } from './group-caller.ts';

export interface JoinGroupDeps {
  readonly coordinator: Pick<GroupCoordinator, 'joinGroup'>;
}

const nullProtocolSince = 7;

export function joinGroupHandler(deps: JoinGroupDeps): Handler<typeof joinGroupApi> {
  return {
    api: joinGroupApi,
    async handle(request, context) {
      const version = context.header.apiVersion;
      const joining = version === 0 ? { ...request, rebalanceTimeoutMs: request.sessionTimeoutMs } : request;
      const response = await deps.coordinator.joinGroup(joining, callerOf(context));
      return version < nullProtocolSince ? { ...response, protocolName: response.protocolName ?? '' } : response;
    },
  };
}
