/** Topics that clients may not write to or delete from (`Topic.isInternal`). */
import type { TopicName } from '../../base/ids.ts';

const internalTopics: ReadonlySet<TopicName> = new Set([
  '__consumer_offsets',
  '__transaction_state',
  '__share_group_state',
]);

export function isInternalTopic(topic: TopicName): boolean {
  return internalTopics.has(topic);
}
