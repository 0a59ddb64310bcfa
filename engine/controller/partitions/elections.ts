/**
 * Elections that are asked for (ElectLeaders, 43) and those that the controller holds on its own: leaders back to the
 * preferred replicas, and unclean ones for leaderless partitions of topics that allow it.
 */
import type { PartitionIndex, TopicName } from '../../base/ids.ts';
import { noLeader } from '../../metadata/index.ts';
import type { MetadataRecord, PartitionRegistration, TopicImage } from '../../metadata/index.ts';
import { ErrorCode } from '../../protocol/index.ts';
import type { ElectLeadersRequest, ElectLeadersResponseInput } from '../../protocol/index.ts';
import { noError, plainError, refuse } from '../outcome.ts';
import type { ApiError, Decision, Refusal } from '../outcome.ts';
import type { ControllerView } from '../view.ts';
import { uncleanElectionEnabled } from '../view.ts';
import { partitionChange, partitionsWhere } from './leader-updates.ts';
import type { PlacedPartition } from './leader-updates.ts';
import { decidePartitionChange } from './partition-change.ts';
import type { PartitionChangeRecord } from './partition-change.ts';

type Elected = PartitionChangeRecord | ApiError;
type TopicResult = ElectLeadersResponseInput['replicaElectionResults'][number];
type ElectionKind = 'preferred' | 'unclean';

/** `ReplicationControlManager.MAX_ELECTIONS_PER_IMBALANCE`. */
const electionsMax = 1000;

export function decideElectLeaders(
  view: ControllerView,
  request: ElectLeadersRequest,
): Decision<ElectLeadersResponseInput> | Refusal {
  const { electionType } = request;
  if (electionType !== 0 && electionType !== 1) {
    return refuse(ErrorCode.INVALID_REQUEST, `Unknown election type ${electionType}`);
  }
  const kind: ElectionKind = electionType === 0 ? 'preferred' : 'unclean';
  const records: MetadataRecord[] = [];
  const attempt = (name: TopicName, index: PartitionIndex): ApiError => {
    const elected = electNamed(view, kind, name, index);
    if ('code' in elected) return elected;
    records.push(elected);
    return noError;
  };
  const results =
    request.topicPartitions === null ? electAll(view, attempt) : electGiven(request.topicPartitions, attempt);
  return {
    records,
    reply: { errorCode: ErrorCode.NONE, replicaElectionResults: results },
    ...(records.length > 0 ? { why: `${kind} election asked for: ${records.length} partitions change leader` } : {}),
  };
}

type Attempt = (name: TopicName, index: PartitionIndex) => ApiError;

function electGiven(topics: NonNullable<ElectLeadersRequest['topicPartitions']>, attempt: Attempt): TopicResult[] {
  return topics.map(({ topic, partitions }) => ({
    topic,
    partitionResult: partitions.map((partitionId) => partitionResult(partitionId, attempt(topic, partitionId))),
  }));
}

/** Of all partitions only those are named for which an election was due. */
function electAll(view: ControllerView, attempt: Attempt): TopicResult[] {
  return [...view.image.topics.byName.values()].map((topic) => ({
    topic: topic.name,
    partitionResult: [...topic.partitions.keys()]
      .map((index) => partitionResult(index, attempt(topic.name, index)))
      .filter((result) => result.errorCode !== ErrorCode.ELECTION_NOT_NEEDED),
  }));
}

function partitionResult(partitionId: PartitionIndex, error: ApiError) {
  return { partitionId, errorCode: error.code, errorMessage: error.message };
}

function electNamed(view: ControllerView, kind: ElectionKind, name: TopicName, index: PartitionIndex): Elected {
  const topic = view.image.topics.byName.get(name);
  const unknown = (message: string): ApiError => ({ code: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, message });
  if (topic === undefined) return unknown(`No such topic as ${name}`);
  const partition = topic.partitions.get(index);
  if (partition === undefined) return unknown(`No such partition as ${name}-${index}`);
  return electOne(view, kind, topic, index, partition);
}

function electOne(
  view: ControllerView,
  kind: ElectionKind,
  topic: TopicImage,
  index: PartitionIndex,
  partition: PartitionRegistration,
): Elected {
  const needless = kind === 'preferred' ? hasPreferredLeader(partition) : partition.leader !== noLeader;
  if (needless) return plainError(ErrorCode.ELECTION_NOT_NEEDED);
  const record = decidePartitionChange(partitionChange(view, { topic, index, partition }, kind));
  if (record !== null) return record;
  return plainError(
    kind === 'preferred' ? ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE : ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE,
  );
}

export function hasPreferredLeader(partition: PartitionRegistration): boolean {
  return partition.leader === partition.replicas[0];
}

/** Leaders go back to the first replicas, where those are in sync (`auto.leader.rebalance.enable`). */
export function decideLeaderBalance(view: ControllerView): Decision<number> {
  return decideMany(
    view,
    'preferred',
    partitionsWhere(view, (it) => !hasPreferredLeader(it)),
    'leaders are balanced',
  );
}

/** Leaderless partitions of topics with `unclean.leader.election.enable` get any leader that lives. */
export function decideUncleanElections(view: ControllerView): Decision<number> {
  const leaderless = partitionsWhere(view, (it) => it.leader === noLeader);
  const allowed = function* (): Generator<PlacedPartition> {
    for (const placed of leaderless) if (uncleanElectionEnabled(view, placed.topic.name)) yield placed;
  };
  return decideMany(view, 'unclean', allowed(), 'unclean leaders are elected, acknowledged records may be lost');
}

function decideMany(
  view: ControllerView,
  kind: ElectionKind,
  partitions: Iterable<PlacedPartition>,
  what: string,
): Decision<number> {
  const records: MetadataRecord[] = [];
  for (const placed of partitions) {
    if (records.length >= electionsMax) break;
    const record = decidePartitionChange(partitionChange(view, placed, kind));
    if (record !== null) records.push(record);
  }
  return {
    records,
    reply: records.length,
    ...(records.length > 0 ? { why: `${what}: ${records.length} partitions` } : {}),
  };
}
