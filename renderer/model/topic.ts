/** Topics as rows of a table: what is known of their partitions taken together. Unknown is null, never zero. */
import type { BrokerView, LabSnapshot, PartitionView, TopicView } from '../../engine/contract/snapshot.ts';
import { brokersById } from './broker.ts';
import { measuringEnd, partitionHealth, type PartitionHealth } from './replica.ts';

export interface TopicRow {
  readonly topic: TopicView;
  readonly partitions: readonly PartitionView[];
  /** Worst first; states that no partition is in are left out. */
  readonly health: readonly HealthCount[];
  /** Between the beginnings and ends of the leaders' logs: records that are kept, markers and gaps of compaction among them. */
  readonly kept: number | null;
  /** That subscribe to it or committed offsets of it. */
  readonly groups: readonly string[];
  /** Lab producers that write to it. */
  readonly writers: readonly string[];
}

type State = PartitionHealth['state'];
export interface HealthCount {
  readonly state: State;
  readonly count: number;
}

const worstFirst: readonly State[] = ['offline', 'unreachable', 'stands', 'below-min', 'shrunk', 'full'];

export function topicRows(calm: LabSnapshot): readonly TopicRow[] {
  const brokers = brokersById(calm);
  const byTopic = new Map<string, PartitionView[]>();
  for (const partition of calm.partitions) {
    const found = byTopic.get(partition.topic);
    if (found === undefined) byTopic.set(partition.topic, [partition]);
    else found.push(partition);
  }
  return calm.topics.map((topic) => rowOf(calm, topic, byTopic.get(topic.name) ?? [], brokers));
}

export function topicRow(calm: LabSnapshot, topic: TopicView): TopicRow {
  const partitions = calm.partitions.filter((each) => each.topic === topic.name);
  return rowOf(calm, topic, partitions, brokersById(calm));
}

function rowOf(
  calm: LabSnapshot,
  topic: TopicView,
  partitions: readonly PartitionView[],
  brokers: ReadonlyMap<number, BrokerView>,
): TopicRow {
  return {
    topic,
    partitions,
    health: healthCounts(topic, partitions, brokers),
    kept: keptOfAll(partitions),
    groups: calm.groups.filter((each) => each.topics.includes(topic.name)).map((each) => each.id),
    writers: calm.producers.filter((each) => each.settings.topic === topic.name).map((each) => each.id),
  };
}

function healthCounts(
  topic: TopicView,
  partitions: readonly PartitionView[],
  brokers: ReadonlyMap<number, BrokerView>,
): readonly HealthCount[] {
  const counts = new Map<State, number>();
  for (const partition of partitions) {
    const { state } = partitionHealth(partition, brokers, topic.minInsyncReplicas);
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return worstFirst.map((state) => ({ state, count: counts.get(state) ?? 0 })).filter(({ count }) => count > 0);
}

function keptOfAll(partitions: readonly PartitionView[]): number | null {
  let kept = 0;
  for (const partition of partitions) {
    const { start, end } = logBounds(partition);
    if (start === null || end === null) return null;
    kept += end - start;
  }
  return kept;
}

export interface LogBounds {
  readonly start: number | null;
  readonly end: number | null;
  readonly highWatermark: number | null;
}

/** Of the leader's log; where there is no leader, of what is known. */
export function logBounds(partition: PartitionView): LogBounds {
  const log = partition.logs.find((each) => each.node === partition.leader) ?? partition.logs[0];
  return {
    start: log?.logStartOffset ?? null,
    end: measuringEnd(partition),
    highWatermark: log?.highWatermark ?? null,
  };
}
