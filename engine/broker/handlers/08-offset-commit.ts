/**
 * OffsetCommit (8), versions 2-10.
 *
 * A group's members, or whoever likes while it has none (generation -1), store how far they have read. Answered when the
 * records are committed in `__consumer_offsets`.
 *
 * v2-4 may ask for a retention time of their own. v10 names topics by id: UNKNOWN_TOPIC_ID for one that does not exist,
 * where lower versions get UNKNOWN_TOPIC_OR_PARTITION, as they do for partitions that do not exist.
 */
import type { GroupCoordinator } from '../../coordinator/index.ts';
import type { MetadataImage } from '../../metadata/index.ts';
import type { Handler } from '../../net/index.ts';
import {
  ErrorCode,
  offsetCommitApi,
  type OffsetCommitRequest,
  type OffsetCommitResponseInput,
} from '../../protocol/index.ts';
import { callerOf } from './group-caller.ts';

export interface OffsetCommitDeps {
  readonly coordinator: Pick<GroupCoordinator, 'commitOffsets'>;
  readonly image: () => MetadataImage;
}

type Topic = OffsetCommitRequest['topics'][number];
type TopicResponse = OffsetCommitResponseInput['topics'][number];

const idsSince = 10;

export function offsetCommitHandler(deps: OffsetCommitDeps): Handler<typeof offsetCommitApi> {
  return {
    api: offsetCommitApi,
    async handle(request, context) {
      const byId = context.header.apiVersion >= idsSince;
      const { topics: known, refused } = sortOut(request.topics, byId, deps.image());
      if (known.length === 0) return { topics: refused };
      const committed = await deps.coordinator.commitOffsets({ ...request, topics: known }, callerOf(context));
      return { topics: merge(refused, committed.topics, byId) };
    },
  };
}

/** Topics with name and id, and the answers for what does not exist. */
function sortOut(
  topics: readonly Topic[],
  byId: boolean,
  image: MetadataImage,
): { topics: Topic[]; refused: TopicResponse[] } {
  const known: Topic[] = [];
  const refused: TopicResponse[] = [];
  for (const topic of topics) {
    const found = byId ? image.topics.byId.get(topic.topicId) : image.topics.byName.get(topic.name);
    const answer = (partitions: Topic['partitions'], errorCode: ErrorCode): TopicResponse => ({
      name: topic.name,
      topicId: topic.topicId,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    });
    if (found === undefined) {
      refused.push(answer(topic.partitions, byId ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION));
      continue;
    }
    const present = topic.partitions.filter(({ partitionIndex }) => found.partitions.has(partitionIndex));
    const absent = topic.partitions.filter(({ partitionIndex }) => !found.partitions.has(partitionIndex));
    if (absent.length > 0) refused.push(answer(absent, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION));
    if (present.length > 0) known.push({ name: found.name, topicId: found.id, partitions: present });
  }
  return { topics: known, refused };
}

/** One entry for each topic: what was refused here and what the coordinator says. */
function merge(refused: readonly TopicResponse[], committed: readonly TopicResponse[], byId: boolean): TopicResponse[] {
  const keyOf = (topic: TopicResponse): string => (byId ? topic.topicId : topic.name) ?? '';
  const merged = new Map(refused.map((topic) => [keyOf(topic), topic]));
  for (const topic of committed) {
    const before = merged.get(keyOf(topic));
    merged.set(
      keyOf(topic),
      before === undefined ? topic : { ...topic, partitions: [...before.partitions, ...topic.partitions] },
    );
  }
  return [...merged.values()];
}
