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
import { ErrorCode, joinGroupApi, type JoinGroupResponseInput } from '../../protocol/index.ts';
import { callerOf } from './group-caller.ts';
import { joinDetail, type GroupRequests } from './group-requests.ts';

export interface JoinGroupDeps {
  readonly coordinator: Pick<GroupCoordinator, 'joinGroup'>;
  readonly requests: GroupRequests;
}

const nullProtocolSince = 7;

export function joinGroupHandler(deps: JoinGroupDeps): Handler<typeof joinGroupApi> {
  return {
    api: joinGroupApi,
    async handle(request, context) {
      const version = context.header.apiVersion;
      const joining = version === 0 ? { ...request, rebalanceTimeoutMs: request.sessionTimeoutMs } : request;
      const answered = deps.requests.received('JoinGroup', context, () => ({
        group: request.groupId,
        member: request.memberId,
        instanceId: request.groupInstanceId,
        generation: -1,
        detail: joinDetail(request),
      }));
      const response = await deps.coordinator.joinGroup(joining, callerOf(context));
      answered(() => outcomeOf(response));
      return version < nullProtocolSince ? { ...response, protocolName: response.protocolName ?? '' } : response;
    },
  };
}

function outcomeOf(response: JoinGroupResponseInput) {
  const { memberId: member, generationId: generation = -1, leader } = response;
  const errorCode = response.errorCode ?? ErrorCode.NONE;
  if (errorCode === ErrorCode.MEMBER_ID_REQUIRED) return { errorCode, member, detail: 'member id given' };
  const role = leader === member ? 'leads' : 'follows';
  return {
    errorCode,
    member,
    generation,
    detail: errorCode === ErrorCode.NONE ? `generation ${generation}, ${role}` : '',
  };
}
