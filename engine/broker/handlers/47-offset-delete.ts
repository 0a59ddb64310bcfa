/**
 * OffsetDelete (47), version 0.
 *
 * Committed offsets of a group for topics that it does not subscribe to (GROUP_SUBSCRIBED_TO_TOPIC otherwise). A group
 * that uses another protocol than `consumer` must have no members (NON_EMPTY_GROUP).
 */
import type { GroupCoordinator } from '../../coordinator/index.ts';
import type { MetadataImage } from '../../metadata/index.ts';
import type { Handler } from '../../net/index.ts';
import { ErrorCode, offsetDeleteApi, type OffsetDeleteResponseInput } from '../../protocol/index.ts';

export interface OffsetDeleteDeps {
  readonly coordinator: Pick<GroupCoordinator, 'deleteOffsets'>;
  readonly image: () => MetadataImage;
}

type TopicResponse = OffsetDeleteResponseInput['topics'][number];

export function offsetDeleteHandler(deps: OffsetDeleteDeps): Handler<typeof offsetDeleteApi> {
  return {
    api: offsetDeleteApi,
    async handle(request) {
      const { byName } = deps.image().topics;
      const exists = (topic: string, partition: number): boolean =>
        byName.get(topic)?.partitions.has(partition) === true;
      const topics = request.topics
        .map(({ name, partitions }) => ({
          name,
          partitions: partitions.filter(({ partitionIndex }) => exists(name, partitionIndex)),
        }))
        .filter(({ partitions }) => partitions.length > 0);
      const deleted = await deps.coordinator.deleteOffsets({ ...request, topics });
      if (deleted.errorCode !== ErrorCode.NONE) return { ...deleted, topics: [] };
      const outcome = new Map(
        deleted.topics.flatMap(({ name, partitions }) =>
          partitions.map(({ partitionIndex, errorCode }) => [`${partitionIndex} ${name}`, errorCode]),
        ),
      );
      const answers = request.topics.map(({ name, partitions }): TopicResponse => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({
          partitionIndex,
          errorCode: outcome.get(`${partitionIndex} ${name}`) ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        })),
      }));
      return { errorCode: ErrorCode.NONE, topics: answers };
    },
  };
}
