/** The matrix as a flat list of rows: a band for each topic, then its partitions unless it is folded. */
import type { BrokerView, LabSnapshot, PartitionView, TopicView } from '../../../engine/contract/snapshot.ts';
import { isSilent, lagOf, partitionHealth, type PartitionHealth } from '../../model/replica.ts';

export interface TopicRow {
  readonly kind: 'topic';
  readonly id: string;
  readonly topic: TopicView;
  readonly partitions: readonly PartitionView[];
  readonly folded: boolean;
}
export interface PartitionRow {
  readonly kind: 'partition';
  readonly id: string;
  readonly topic: TopicView;
  readonly partition: PartitionView;
}
export type MatrixRow = TopicRow | PartitionRow;

/** Topics with more partitions start folded, as internal ones do. */
const unfoldedMax = 12;

export interface RowWishes {
  /** What the reader folded or unfolded himself. */
  readonly chosen: ReadonlyMap<string, boolean>;
  /** On a projector one topic is open, the others start folded. */
  readonly oneOpen: boolean;
  /** Puts the partitions of one topic in order. */
  arrange(topic: string, partitions: readonly PartitionView[]): readonly PartitionView[];
}

export function matrixRows(snapshot: LabSnapshot, { chosen, oneOpen, arrange }: RowWishes): readonly MatrixRow[] {
  const byTopic = Map.groupBy(snapshot.partitions, (each) => each.topic);
  const first = snapshot.topics.find((topic) => !topic.internal)?.name;
  return snapshot.topics.flatMap((topic) => {
    const partitions = byTopic.get(topic.name) ?? [];
    const many = topic.internal || partitions.length > unfoldedMax;
    const folded = chosen.get(topic.name) ?? (many || (oneOpen && topic.name !== first));
    const band: TopicRow = { kind: 'topic', id: `topic:${topic.name}`, topic, partitions, folded };
    if (folded) return [band];
    const rows = arrange(topic.name, partitions).map((partition): PartitionRow => ({
      kind: 'partition',
      id: `p:${partition.id}`,
      topic,
      partition,
    }));
    return [band, ...rows];
  });
}

export const sorts = ['partition', 'worst', 'leader'] as const;
export type Sort = (typeof sorts)[number];

const worstFirst: readonly PartitionHealth['state'][] = [
  'offline',
  'unreachable',
  'stands',
  'below-min',
  'shrunk',
  'full',
];

export function sortPartitions(
  partitions: readonly PartitionView[],
  sort: Sort,
  brokers: ReadonlyMap<number, BrokerView>,
): readonly PartitionView[] {
  if (sort === 'partition') return partitions;
  if (sort === 'leader') return [...partitions].sort((a, b) => a.leader - b.leader || a.partition - b.partition);
  const rank = new Map(
    partitions.map((each) => [each.id, worstFirst.indexOf(partitionHealth(each, brokers, null).state)]),
  );
  const rankOf = ({ id }: PartitionView): number => rank.get(id) ?? 0;
  return [...partitions].sort((a, b) => rankOf(a) - rankOf(b) || a.partition - b.partition);
}

export const densities = ['large', 'compact', 'heat'] as const;
export type Density = (typeof densities)[number];

/** As room allows: large to five brokers and twelve visible rows, compact to ten brokers. */
export function densityFor(rows: readonly MatrixRow[], brokers: number): Density {
  const partitions = rows.reduce((count, row) => count + Number(row.kind === 'partition'), 0);
  if (brokers <= 5 && partitions <= 12) return 'large';
  return brokers <= 10 ? 'compact' : 'heat';
}

/** The worst that is true of a partition, for the strip that shows all rows. */
export type RowMark = 'fault' | 'out' | 'cat' | 'idle';

export function markOf(partition: PartitionView, brokers: ReadonlyMap<number, BrokerView>): RowMark {
  const { state } = partitionHealth(partition, brokers, null);
  if (state === 'offline' || state === 'unreachable' || state === 'stands') return 'fault';
  if (state === 'full') return 'idle';
  return catchesUp(partition, brokers) ? 'cat' : 'out';
}

/** All that is missing in the ISR is alive and has a log. */
export function catchesUp(partition: PartitionView, brokers: ReadonlyMap<number, BrokerView>): boolean {
  const outside = partition.logs.filter((log) => !partition.isr.includes(log.node));
  return (
    outside.length > 0 && outside.every((log) => !isSilent(brokers.get(log.node)) && lagOf(partition, log) !== null)
  );
}
