/**
 * What a broker may lose with its power, as far as the picture tells: which replicas, how many records each holds, and who
 * else has them. When they were flushed is the operating system's business and not known; the numbers are upper bounds.
 */
import type { LabSnapshot } from '../../engine/contract/snapshot.ts';

export interface PowerLoss {
  readonly replicas: number;
  readonly leads: number;
  /** Partitions of whose ISR it is the only member. */
  readonly alone: number;
  /** Of topics that are not internal; those that nobody else has come first, then the longest. */
  readonly partitions: readonly {
    readonly name: string;
    /** Null while nobody has told. */
    readonly records: number | null;
    /** Other members of the ISR. */
    readonly others: readonly number[];
  }[];
}

export function powerLossOf({ partitions, topics }: LabSnapshot, node: number): PowerLoss {
  const internal = new Set(topics.filter((topic) => topic.internal).map((topic) => topic.name));
  const own = partitions.filter((each) => each.replicas.includes(node));
  const isAlone = ({ isr }: LabSnapshot['partitions'][number]): boolean => isr.length === 1 && isr[0] === node;
  const rows = own
    .filter(({ topic }) => !internal.has(topic))
    .map((each) => {
      const log = each.logs.find((replica) => replica.node === node);
      const end = log?.logEndOffset ?? null;
      return {
        name: `${each.topic}-${each.partition}`,
        records: end === null ? null : end - (log?.logStartOffset ?? 0),
        others: each.isr.filter((id) => id !== node),
      };
    })
    .filter(({ records }) => records === null || records > 0)
    .sort((a, b) => Math.min(1, a.others.length) - Math.min(1, b.others.length) || (b.records ?? 0) - (a.records ?? 0));
  return {
    replicas: own.length,
    leads: own.filter(({ leader }) => leader === node).length,
    alone: own.filter(isAlone).length,
    partitions: rows,
  };
}
