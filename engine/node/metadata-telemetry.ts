/** What a published change of metadata says to whoever watches this node: one event for each thing that changed. */
import type { Offset } from '../base/ids.ts';
import type { Tracer } from '../env/tracer.ts';
import { noLeader } from '../metadata/index.ts';
import type { BrokerRegistration, MetadataDelta, MetadataImage, TopicDelta } from '../metadata/index.ts';

export function tellMetadataChange(tracer: Tracer, delta: MetadataDelta, image: MetadataImage): void {
  if (!tracer.enabled) return;
  const offset = image.provenance.lastContainedOffset;
  for (const [id, now] of delta.cluster.changed)
    tellBroker(tracer, delta.cluster.image.brokers.get(id), now, id, offset);
  for (const topic of delta.topics.deleted.values()) {
    tracer.emit({ type: 'topic-deleted', topic: topic.name, topicId: topic.id, offset });
  }
  for (const topic of delta.topics.changed.values()) {
    if (topic.was === null) tracer.emit({ type: 'topic-created', topic: topic.name, topicId: topic.id, offset });
    tellPartitions(tracer, topic, offset);
  }
  for (const { resourceType, resource, key, was, value } of delta.configChanges) {
    if (was !== value) tracer.emit({ type: 'config-changed', resourceType, resource, key, value, offset });
  }
}

function tellBroker(
  tracer: Tracer,
  was: BrokerRegistration | undefined,
  now: BrokerRegistration | null,
  broker: number,
  offset: Offset,
): void {
  if (now === null) return tracer.emit({ type: 'broker-unregistered', broker, offset });
  if (was?.epoch !== now.epoch) tracer.emit({ type: 'broker-registered', broker, brokerEpoch: now.epoch, offset });
  const same = was?.fenced === now.fenced && was.inControlledShutdown === now.inControlledShutdown;
  if (same) return;
  const { fenced, inControlledShutdown } = now;
  tracer.emit({ type: 'broker-fenced', broker, fenced, inControlledShutdown, offset });
}

function tellPartitions(tracer: Tracer, topic: TopicDelta, offset: Offset): void {
  for (const [partition, now] of topic.partitions) {
    const was = topic.was?.partitions.get(partition);
    if (was?.partitionEpoch === now.partitionEpoch) continue;
    tracer.emit({
      type: 'partition-changed',
      topic: topic.name,
      topicId: topic.id,
      partition,
      offset,
      leader: { was: was?.leader ?? noLeader, now: now.leader },
      leaderEpoch: { was: was?.leaderEpoch ?? -1, now: now.leaderEpoch },
      isr: { was: was?.isr ?? [], now: now.isr },
      elr: { was: was?.elr ?? [], now: now.elr },
      replicas: now.replicas,
    });
  }
}
