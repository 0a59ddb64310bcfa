/**
 * What a change of brokers does to partitions: who leaves ISRs, who leads instead, who may lead again
 * (`ReplicationControlManager.generateLeaderAndIsrUpdates` and its callers).
 */
import type { NodeId, PartitionIndex } from '../../base/ids.ts';
import { elrEnabled, isActiveBroker, noLeader } from '../../metadata/index.ts';
import type { MetadataRecord, PartitionRegistration, RecordOf, TopicImage } from '../../metadata/index.ts';
import { defaultDirectory, effectiveMinIsr, hasOnlineDirectory, uncleanElectionEnabled } from '../view.ts';
import type { ControllerView } from '../view.ts';
import { decidePartitionChange } from './partition-change.ts';
import type { Election, PartitionChange, PartitionChangeRecord } from './partition-change.ts';

/** A change of the brokers that the records under way do not show yet. */
export interface BrokerChange {
  /** Leaves every ISR and leads nothing. */
  readonly remove?: NodeId;
  /** May lead, though the image still has it fenced. */
  readonly add?: NodeId;
  /** Leaves ISR and ELR: its log may miss acknowledged records. */
  readonly uncleanShutdown?: NodeId;
}

export interface PlacedPartition {
  readonly topic: TopicImage;
  readonly index: PartitionIndex;
  readonly partition: PartitionRegistration;
}

type Predicate = (partition: PartitionRegistration) => boolean;

/** Every partition for which `wanted` holds. */
export function* partitionsWhere(view: ControllerView, wanted: Predicate): Generator<PlacedPartition> {
  for (const topic of view.image.topics.byId.values()) {
    for (const [index, partition] of topic.partitions) {
      if (wanted(partition)) yield { topic, index, partition };
    }
  }
}

/** Fields of a {@link PartitionChange} that follow from the state. */
export function partitionChange(
  view: ControllerView,
  placed: PlacedPartition,
  election: Election,
  broker: BrokerChange = {},
): PartitionChange {
  const { image } = view;
  const { topic, index, partition } = placed;
  return {
    topicId: topic.id,
    partitionId: index,
    partition,
    isAcceptableLeader: (id) =>
      id !== broker.remove &&
      id !== broker.uncleanShutdown &&
      (id === broker.add || isActiveBroker(image, id)) &&
      hasOnlineDirectory(image, partition, id),
    minIsr: effectiveMinIsr(view, topic),
    elrEnabled: elrEnabled(image),
    election,
    defaultDirectory: (id) => defaultDirectory(image, id),
  };
}

/** `unclean` where the topic allows it. */
export function electionFor(view: ControllerView, topic: TopicImage): Election {
  return uncleanElectionEnabled(view, topic.name) ? 'unclean' : 'online';
}

export function leaderUpdates(
  view: ControllerView,
  partitions: Iterable<PlacedPartition>,
  broker: BrokerChange,
): PartitionChangeRecord[] {
  const records: PartitionChangeRecord[] = [];
  for (const placed of partitions) {
    const { isr } = placed.partition;
    const record = decidePartitionChange({
      ...partitionChange(view, placed, electionFor(view, placed.topic), broker),
      targetIsr: isr.filter((id) => id !== broker.remove && id !== broker.uncleanShutdown),
      ...(broker.uncleanShutdown === undefined ? {} : { uncleanShutdown: [broker.uncleanShutdown] }),
    });
    if (record !== null) records.push(record);
  }
  return records;
}

export function hasLeaderships(view: ControllerView, broker: NodeId): boolean {
  return !partitionsWhere(view, (it) => it.leader === broker).next().done;
}

/** The broker leaves all ISRs, then it is fenced. */
export function fenceBroker(view: ControllerView, broker: NodeId): MetadataRecord[] {
  const inIsr = partitionsWhere(view, (it) => it.isr.includes(broker));
  return [...leaderUpdates(view, inIsr, { remove: broker }), brokerChangeRecord(view, broker, 0, { fenced: 1 })];
}

/** The broker is unfenced, then it may lead what has no leader. */
export function unfenceBroker(view: ControllerView, broker: NodeId): MetadataRecord[] {
  const leaderless = partitionsWhere(view, (it) => it.leader === noLeader);
  return [brokerChangeRecord(view, broker, 0, { fenced: -1 }), ...leaderUpdates(view, leaderless, { add: broker })];
}

/** The broker hands its leaderships over. Repeated until it has none. */
export function startControlledShutdown(view: ControllerView, broker: NodeId): MetadataRecord[] {
  const inIsr = partitionsWhere(view, (it) => it.isr.includes(broker));
  const begun = view.image.cluster.brokers.get(broker)?.inControlledShutdown === true;
  return [
    ...(begun ? [] : [brokerChangeRecord(view, broker, 1, { inControlledShutdown: 1 })]),
    ...leaderUpdates(view, inIsr, { remove: broker }),
  ];
}

/**
 * A new incarnation registers while the old one may still be in ISRs. After an unclean stop its log may end before
 * what was acknowledged, so it leaves the ELR as well (KIP-966); the unclean case keeps it only as last known leader.
 */
export function previousIncarnationGone(
  view: ControllerView,
  broker: NodeId,
  cleanShutdown: boolean,
): MetadataRecord[] {
  const inIsr = partitionsWhere(view, (it) => it.isr.includes(broker));
  if (cleanShutdown || !elrEnabled(view.image)) return leaderUpdates(view, inIsr, { remove: broker });
  const inElr = partitionsWhere(view, (it) => it.elr.includes(broker));
  return [
    ...leaderUpdates(view, inIsr, { uncleanShutdown: broker }),
    ...leaderUpdates(view, inElr, { uncleanShutdown: broker }),
  ];
}

/** The broker leaves ISRs and ELRs for good. */
export function unregisterBroker(view: ControllerView, broker: NodeId): MetadataRecord[] {
  const inIsr = partitionsWhere(view, (it) => it.isr.includes(broker));
  const inElr = partitionsWhere(view, (it) => it.elr.includes(broker));
  const brokerEpoch = view.image.cluster.brokers.get(broker)?.epoch ?? -1;
  return [
    ...leaderUpdates(view, inIsr, { remove: broker }),
    ...leaderUpdates(view, inElr, { remove: broker }),
    { type: 'UnregisterBrokerRecord', version: 0, brokerId: broker, brokerEpoch },
  ];
}

type BrokerRecord = RecordOf<'BrokerRegistrationChangeRecord'>;

/** A change of the broker's registration; the version is the lowest that has the changed field, as Kafka writes it. */
export function brokerChangeRecord(
  view: ControllerView,
  broker: NodeId,
  version: number,
  fields: Partial<Pick<BrokerRecord, 'fenced' | 'inControlledShutdown' | 'logDirs' | 'cordonedLogDirs'>>,
): BrokerRecord {
  return {
    type: 'BrokerRegistrationChangeRecord',
    version,
    brokerId: broker,
    brokerEpoch: view.image.cluster.brokers.get(broker)?.epoch ?? -1,
    fenced: 0,
    inControlledShutdown: 0,
    logDirs: [],
    cordonedLogDirs: null,
    ...fields,
  };
}
