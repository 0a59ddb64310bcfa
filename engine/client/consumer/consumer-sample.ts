/** The picture that a consumer gives of itself. */
import type { TimestampMs } from '../../base/ids.ts';
import { byTopicAndPartition } from './assignors/index.ts';
import type { ConsumerContext } from './consumer-context.ts';
import type { ConsumerErrorSample, ConsumerSample } from './consumer-events.ts';
import type { Fetcher } from './fetcher.ts';
import type { GroupMembership } from './group-membership.ts';

export interface SampledConsumer {
  readonly context: ConsumerContext;
  readonly fetcher: Fetcher;
  readonly member: GroupMembership | null;
  readonly consumed: number;
  readonly lastPollMs: TimestampMs | null;
  readonly lastError: ConsumerErrorSample | null;
}

export function sampleOf({ context, fetcher, member, ...counted }: SampledConsumer): ConsumerSample {
  const { settings, subscriptions } = context;
  const generation = member?.group.generation ?? null;
  const buffered = fetcher.buffered();
  return {
    ...counted,
    groupId: settings.groupId,
    memberId: generation === null || generation.memberId === '' ? null : generation.memberId,
    memberState: member?.group.state ?? 'unjoined',
    generation: generation?.generationId ?? -1,
    isLeader: member?.group.isLeader ?? false,
    assignor: generation?.protocolName ?? null,
    coordinator: member?.link.node ?? null,
    partitions: [...subscriptions.partitions].sort(byTopicAndPartition).map((partition) => ({
      topic: partition.topic,
      partition: partition.partition,
      position: partition.position?.offset ?? null,
      committed: partition.committed,
      highWatermark: partition.highWatermark,
      logStartOffset: partition.logStartOffset,
      ...(buffered.get(partition.key) ?? nothingBuffered),
      fetchedBytes: fetcher.fetchedBytes(partition.key),
      paused: partition.paused,
    })),
    lastHeartbeatMs: member?.heartbeats.lastSentMs ?? null,
    commits: member?.commits.succeeded ?? 0,
    failedCommits: member?.commits.failed ?? 0,
    rebalances: member?.rebalances ?? 0,
    fetches: fetcher.totals,
    callbacks: [...(member?.callbacks.recent ?? [])],
  };
}

const nothingBuffered = { buffered: 0, bufferedBytes: 0, nextTimestampMs: null } as const;
