/**
 * The one thing a coordinator reads in members' metadata: topics of a consumer's subscription (`ConsumerProtocolSubscription`,
 * whose every version begins with int16 version and the array of topics). Everything else in it is between the clients.
 */
import type { TopicName } from '../../../base/ids.ts';
import { ByteReader, MalformedMessageError } from '../../../protocol/index.ts';

/** Null when one of the subscriptions cannot be read. */
export function subscribedTopicsOf(subscriptions: readonly (Uint8Array | null)[]): ReadonlySet<TopicName> | null {
  const topics = new Set<TopicName>();
  try {
    for (const subscription of subscriptions) {
      if (subscription === null) return null;
      const reader = new ByteReader(subscription);
      if (reader.int16() < 0) return null;
      const length = reader.arrayLength();
      for (let i = 0; i < length; i++) {
        const topic = reader.nullableString();
        if (topic === null) return null;
        topics.add(topic);
      }
    }
  } catch (error) {
    if (error instanceof MalformedMessageError) return null;
    throw error;
  }
  return topics;
}
