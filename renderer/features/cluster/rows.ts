/** The matrix as a flat list of rows: a band for each topic, then its partitions unless it is folded. */
import type { LabSnapshot, PartitionView, TopicView } from '../../../engine/contract/snapshot.ts';

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

export function foldsByDefault(topic: TopicView, partitions: number): boolean {
  return topic.internal || partitions > unfoldedMax;
}

/** `chosen` holds what the reader folded or unfolded himself. */
export function matrixRows(snapshot: LabSnapshot, chosen: ReadonlyMap<string, boolean>): readonly MatrixRow[] {
  const byTopic = new Map<string, PartitionView[]>();
  for (const partition of snapshot.partitions) {
    const known = byTopic.get(partition.topic);
    if (known === undefined) byTopic.set(partition.topic, [partition]);
    else known.push(partition);
  }
  return snapshot.topics.flatMap((topic) => {
    const partitions = byTopic.get(topic.name) ?? [];
    const folded = chosen.get(topic.name) ?? foldsByDefault(topic, partitions.length);
    const band: TopicRow = { kind: 'topic', id: `topic:${topic.name}`, topic, partitions, folded };
    if (folded) return [band];
    const rows = partitions.map((partition): PartitionRow => ({
      kind: 'partition',
      id: `p:${partition.id}`,
      topic,
      partition,
    }));
    return [band, ...rows];
  });
}

export type Density = 'large' | 'compact';

/** Large to five brokers and twelve visible rows. */
export function densityFor(rows: readonly MatrixRow[], brokers: number): Density {
  const partitions = rows.reduce((count, row) => count + Number(row.kind === 'partition'), 0);
  return brokers <= 5 && partitions <= 12 ? 'large' : 'compact';
}
