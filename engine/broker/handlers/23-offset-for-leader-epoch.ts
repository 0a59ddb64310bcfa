/**
 * OffsetForLeaderEpoch (23), versions 2-4: for a leader epoch, the largest epoch in the log that is not above it and where
 * that one ends; -1 and -1 when there is none. Asked by consumers that look for truncation (KIP-320), and answered by
 * leaders alone. The versions differ in encoding and in the asker's replica id, which changes nothing here.
 */
import type { Handler } from '../../net/index.ts';
import { ErrorCode, offsetForLeaderEpochApi } from '../../protocol/index.ts';
import type { OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponseInput } from '../../protocol/index.ts';
import type { Replicas } from '../../replication/index.ts';

export interface OffsetForLeaderEpochDeps {
  readonly replicas: Replicas;
}

type Wanted = OffsetForLeaderEpochRequest['topics'][number]['partitions'][number];
type Answer = OffsetForLeaderEpochResponseInput['topics'][number]['partitions'][number];

export function offsetForLeaderEpochHandler({
  replicas,
}: OffsetForLeaderEpochDeps): Handler<typeof offsetForLeaderEpochApi> {
  function endOffset(topic: string, { partition, currentLeaderEpoch, leaderEpoch }: Wanted): Answer {
    const found = replicas.find(topic, partition);
    const end = typeof found === 'number' ? found : found.endOffsetForEpoch(currentLeaderEpoch, leaderEpoch, true);
    if (typeof end === 'number') return { errorCode: end, partition, leaderEpoch: -1, endOffset: -1 };
    return { errorCode: ErrorCode.NONE, partition, leaderEpoch: end?.epoch ?? -1, endOffset: end?.endOffset ?? -1 };
  }

  return {
    api: offsetForLeaderEpochApi,
    handle: (request) => ({
      throttleTimeMs: 0,
      topics: request.topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map((wanted) => endOffset(topic, wanted)),
      })),
    }),
  };
}
