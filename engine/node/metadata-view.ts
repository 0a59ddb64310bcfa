/** From a published delta and image to the plain view that the host projects. */
import type { MetadataDelta } from '../metadata/delta.ts';
import { configEntries, configResourceType, type MetadataImage, type TopicImage } from '../metadata/image.ts';
import type { BrokerView, MetadataView, TopicView } from './sample.ts';

/** The client's listener of a broker. */
const clientListener = 'PLAINTEXT';

/** What `delta` changed, or everything when `complete`. */
export function metadataView(delta: MetadataDelta | null, image: MetadataImage, clusterId: string): MetadataView {
  const { lastContainedOffset: offset, lastContainedEpoch: epoch } = image.provenance;
  const topics = delta === null ? [...image.topics.byName.values()] : changedTopics(delta, image);
  return {
    offset,
    epoch,
    clusterId,
    brokers: [...image.cluster.brokers.values()].map((broker): BrokerView => {
      const endpoint = broker.endpoints.find((each) => each.name === clientListener) ?? broker.endpoints[0];
      return {
        id: broker.id,
        epoch: broker.epoch,
        fenced: broker.fenced,
        inControlledShutdown: broker.inControlledShutdown,
        host: endpoint?.host ?? '',
        port: endpoint?.port ?? -1,
      };
    }),
    changedTopics: topics.map((topic) => topicView(topic, image)),
    removedTopics:
      delta === null
        ? []
        : [...delta.topics.deleted.values()]
            .map((topic) => topic.name)
            .filter((name) => !image.topics.byName.has(name)),
    complete: delta === null,
  };
}

function changedTopics(delta: MetadataDelta, image: MetadataImage): TopicImage[] {
  const names = new Set([...delta.topics.changed.values()].map((topic) => topic.name));
  for (const change of delta.configChanges) {
    if (change.resourceType === configResourceType.topic) names.add(change.resource);
  }
  return [...names].map((name) => image.topics.byName.get(name)).filter((topic) => topic !== undefined);
}

function topicView(topic: TopicImage, image: MetadataImage): TopicView {
  return {
    topic: topic.name,
    topicId: topic.id,
    partitions: [...topic.partitions].map(([partition, registration]) => ({
      partition,
      replicas: registration.replicas,
      isr: registration.isr,
      elr: registration.elr,
      leader: registration.leader,
      leaderEpoch: registration.leaderEpoch,
      partitionEpoch: registration.partitionEpoch,
    })),
    configs: Object.fromEntries(configEntries(image, configResourceType.topic, topic.name)),
  };
}
