/**
 * OffsetFetch (9), versions 1-10.
 *
 * What groups have committed; -1 where there is nothing. A group that does not exist has committed nothing.
 *
 * v2: null topics ask for all, and errors of the group get a field of their own (v1 repeats them in each partition).
 * v7: `requireStable` waits for what is being written and refuses offsets of open transactions. v8: several groups at a
 * time. v10: topic ids; UNKNOWN_TOPIC_ID for one that does not exist, and an offset that was committed for an earlier
 * topic of the same name counts as none.
 */
import { zeroUuid } from '../../base/uuid.ts';
import type { FetchedGroupOffsets, GroupCoordinator, OffsetsWanted } from '../../coordinator/index.ts';
import type { MetadataImage } from '../../metadata/index.ts';
import type { Handler } from '../../net/index.ts';
import {
  ErrorCode,
  offsetFetchApi,
  type OffsetFetchRequest,
  type OffsetFetchResponseInput,
} from '../../protocol/index.ts';

export interface OffsetFetchDeps {
  readonly coordinator: Pick<GroupCoordinator, 'fetchOffsets'>;
  readonly image: () => MetadataImage;
}

type GroupRequest = OffsetFetchRequest['groups'][number];
type GroupResponse = NonNullable<OffsetFetchResponseInput['groups']>[number];
type TopicResponse = GroupResponse['topics'][number];

const groupErrorSince = 2;
const groupsSince = 8;
const idsSince = 10;

export function offsetFetchHandler(deps: OffsetFetchDeps): Handler<typeof offsetFetchApi> {
  return {
    api: offsetFetchApi,
    async handle(request, context) {
      const version = context.header.apiVersion;
      if (version >= groupsSince) {
        const fetch = version >= idsSince ? fetchById : fetchByName;
        return { groups: await Promise.all(request.groups.map((group) => fetch(deps, group, request.requireStable))) };
      }
      const group = await fetchByName(deps, singleGroup(request), request.requireStable);
      if (group.errorCode === ErrorCode.NONE || version >= groupErrorSince) {
        return {
          errorCode: group.errorCode ?? ErrorCode.NONE,
          topics: group.topics.map(({ name, partitions }) => ({ name: name ?? '', partitions })),
        };
      }
      const topics = (request.topics ?? []).map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map((partition) => nothing(partition, group.errorCode ?? ErrorCode.NONE)),
      }));
      return { topics };
    },
  };
}

function singleGroup({ groupId, topics }: OffsetFetchRequest): GroupRequest {
  return {
    groupId,
    memberId: null,
    memberEpoch: -1,
    topics: topics?.map((topic) => ({ ...topic, topicId: zeroUuid })) ?? null,
  };
}

async function fetchByName(deps: OffsetFetchDeps, group: GroupRequest, requireStable: boolean): Promise<GroupResponse> {
  const topics =
    group.topics?.map(({ name, partitionIndexes }) => ({ name, topicId: zeroUuid, partitions: partitionIndexes })) ??
    null;
  return deps.coordinator.fetchOffsets({ groupId: group.groupId, topics }, requireStable);
}

async function fetchById(deps: OffsetFetchDeps, group: GroupRequest, requireStable: boolean): Promise<GroupResponse> {
  const { byId, byName } = deps.image().topics;
  const unknown: TopicResponse[] = [];
  const wanted: NonNullable<OffsetsWanted['topics']>[number][] = [];
  for (const { topicId, partitionIndexes } of group.topics ?? []) {
    const topic = byId.get(topicId);
    if (topic !== undefined) wanted.push({ name: topic.name, topicId, partitions: partitionIndexes });
    else {
      const partitions = partitionIndexes.map((partition) => nothing(partition, ErrorCode.UNKNOWN_TOPIC_ID));
      unknown.push({ topicId, partitions });
    }
  }
  if (group.topics !== null && wanted.length === 0) return { groupId: group.groupId, topics: unknown };
  const { groupId } = group;
  const fetched: FetchedGroupOffsets = await deps.coordinator.fetchOffsets(
    { groupId, topics: group.topics === null ? null : wanted },
    requireStable,
  );
  if (fetched.errorCode !== ErrorCode.NONE) return fetched;
  const topics = fetched.topics.flatMap((topic): TopicResponse[] => {
    const topicId = topic.topicId === zeroUuid ? byName.get(topic.name)?.id : topic.topicId;
    return topicId === undefined ? [] : [{ ...topic, topicId }];
  });
  return { groupId, topics: [...unknown, ...topics] };
}

function nothing(partitionIndex: number, errorCode: number): TopicResponse['partitions'][number] {
  return { partitionIndex, committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode };
}
