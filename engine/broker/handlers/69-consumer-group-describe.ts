/**
 * ConsumerGroupDescribe (69), versions 0-1.
 *
 * Describes groups of the KIP-848 kind. There are none here: every group is answered GROUP_ID_NOT_FOUND, with the reason,
 * upon which tools ask again with DescribeGroups.
 */
import type { GroupCoordinator } from '../../coordinator/index.ts';
import type { Handler } from '../../net/index.ts';
import { consumerGroupDescribeApi, ErrorCode, type ConsumerGroupDescribeResponseInput } from '../../protocol/index.ts';

export interface ConsumerGroupDescribeDeps {
  readonly coordinator: Pick<GroupCoordinator, 'describeGroups'>;
}

export function consumerGroupDescribeHandler(
  deps: ConsumerGroupDescribeDeps,
): Handler<typeof consumerGroupDescribeApi> {
  return {
    api: consumerGroupDescribeApi,
    handle: (request) => ({ groups: request.groupIds.map((groupId) => describe(deps, groupId)) }),
  };
}

function describe(
  deps: ConsumerGroupDescribeDeps,
  groupId: string,
): ConsumerGroupDescribeResponseInput['groups'][number] {
  if (groupId === '') return answer(groupId, ErrorCode.INVALID_GROUP_ID, null);
  const errorCode = deps.coordinator.describeGroups([groupId])[0]?.errorCode ?? ErrorCode.GROUP_ID_NOT_FOUND;
  switch (errorCode) {
    case ErrorCode.GROUP_ID_NOT_FOUND:
      return answer(groupId, ErrorCode.GROUP_ID_NOT_FOUND, `Group ${groupId} not found.`);
    case ErrorCode.NONE:
      return answer(groupId, ErrorCode.GROUP_ID_NOT_FOUND, `Group ${groupId} is not a consumer group.`);
    default:
      return answer(groupId, errorCode, null);
  }
}

function answer(
  groupId: string,
  errorCode: number,
  errorMessage: string | null,
): ConsumerGroupDescribeResponseInput['groups'][number] {
  return {
    errorCode,
    errorMessage,
    groupId,
    groupState: '',
    groupEpoch: 0,
    assignmentEpoch: 0,
    assignorName: '',
    members: [],
  };
}
