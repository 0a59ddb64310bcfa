/**
 * The one partition that raft's messages are about, put into and taken out of the general shapes of the protocol. Every
 * answer that names a leader carries its endpoint, from the versions on that have room for it.
 */
import type { NodeId } from '../base/ids.ts';
import { metadataTopicId } from '../base/uuid.ts';
import type { RaftContext } from './raft-context.ts';
import { metadataTopic } from './raft-context.ts';

/** The partition of a request that names exactly `__cluster_metadata-0`; null when it names anything else. */
export function onlyPartition<P>(
  topics: ReadonlyArray<{ readonly partitions: readonly P[]; readonly topicName?: string; readonly name?: string }>,
  indexOf: (partition: P) => number,
): P | null {
  const topic = topics[0];
  const partition = topic?.partitions[0];
  if (topic === undefined || partition === undefined || topics.length > 1 || topic.partitions.length > 1) return null;
  return (topic.topicName ?? topic.name) === metadataTopic && indexOf(partition) === 0 ? partition : null;
}

/** The same for Fetch, whose topics have a name up to version 12 and an id from 13 on. */
export function onlyFetchPartition<P>(
  topics: ReadonlyArray<{ readonly partitions: readonly P[]; readonly topic: string; readonly topicId: string }>,
  indexOf: (partition: P) => number,
): P | null {
  const topic = topics[0];
  const partition = topic?.partitions[0];
  if (topic === undefined || partition === undefined || topics.length > 1 || topic.partitions.length > 1) return null;
  const named = topic.topic === metadataTopic || topic.topicId === metadataTopicId;
  return named && indexOf(partition) === 0 ? partition : null;
}

/** `clusterId` is not enforced when it is absent. */
export function isOfThisCluster(context: RaftContext, clusterId: string | null): boolean {
  return clusterId === null || clusterId === context.clusterId;
}

export function leaderEndpoints(context: RaftContext): { nodeId: NodeId; host: string; port: number }[] {
  const leaderId = context.quorum.leaderId;
  const endpoint = leaderId === null ? undefined : context.voters.endpoint(leaderId);
  return endpoint === undefined ? [] : [{ nodeId: endpoint.id, host: endpoint.host, port: endpoint.port }];
}

export function leaderIdOrNone(context: RaftContext): number {
  return context.quorum.leaderId ?? -1;
}
