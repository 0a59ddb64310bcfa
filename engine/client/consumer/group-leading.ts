/**
 * What the leader of a group does between JoinGroup and SyncGroup: reads everybody's subscription, sees to it that it knows
 * all their topics, and lets the assignor decide. It goes on watching these topics: when one gets more partitions, the
 * group has to rebalance.
 */
import type { MemberId, TopicName } from '../../base/ids.ts';
import type { JoinGroupResponse } from '../../protocol/index.ts';
import type { ClusterClient } from '../cluster/index.ts';
import { clientError } from '../kafka-error.ts';
import {
  type Assignments,
  type Assignor,
  hashOfString,
  javaOrder,
  javaStringOrder,
  type Subscription,
  type Subscriptions,
} from './assignors/index.ts';
import type { ConsumerContext } from './consumer-context.ts';
import { decodeSubscription, encodeAssignment } from './consumer-protocol.ts';
import type { EncodedAssignment } from './group-joining.ts';
import type { GroupState } from './group-state.ts';

/** How many partitions each topic of interest has. */
export type TopicsSnapshot = ReadonlyMap<TopicName, number>;

export class GroupLeading {
  readonly #context: ConsumerContext;
  readonly #group: GroupState;

  constructor(context: ConsumerContext, group: GroupState) {
    this.#context = context;
    this.#group = group;
  }

  /** As metadata tells now. */
  snapshot(): TopicsSnapshot {
    return partitionCounts(this.#context.cluster, this.#context.subscriptions.metadataTopics);
  }

  async assign(assignor: Assignor, { members, skipAssignment }: JoinGroupResponse): Promise<EncodedAssignment[]> {
    const subscriptions = subscriptionsOf(members);
    const topics = javaStringOrder([...subscriptions.values()].flatMap((subscription) => subscription.topics));
    await this.#learnTopics(topics);
    this.#group.isLeader = true;
    if (skipAssignment) return [];
    const assignments = assignPartitions(assignor, subscriptions, partitionCounts(this.#context.cluster, topics));
    this.#context.emit({
      type: 'assignment-computed',
      generation: this.#group.generation.generationId,
      assignor: assignor.name,
      assignments: [...assignments].map(([memberId, owned]) => ({
        memberId,
        instanceId: subscriptions.get(memberId)?.groupInstanceId ?? null,
        partitions: owned,
      })),
    });
    return [...assignments].map(([memberId, owned]) => ({ memberId, assignment: encodeAssignment(owned) }));
  }

  async #learnTopics(topics: readonly TopicName[]): Promise<void> {
    const { cluster, subscriptions, settings } = this.#context;
    const unknown = (): boolean =>
      topics.some((topic) => cluster.topic(topic) === null && cluster.topicError(topic) === null);
    subscriptions.groupSubscribe(topics);
    cluster.followTopics(subscriptions.metadataTopics);
    for (let attempts = 0; unknown(); attempts++) {
      if (attempts === 3) throw clientError('TimeoutException', 'No metadata for the topics of the group.');
      cluster.requestUpdate();
      await cluster.awaitUpdate(settings.requestTimeoutMs);
    }
  }
}

type EncodedMember = Pick<JoinGroupResponse['members'][number], 'memberId' | 'groupInstanceId' | 'metadata'>;

/** What the members told, in the order in which Java would go through them. */
export function subscriptionsOf(members: readonly EncodedMember[]): Map<MemberId, Subscription> {
  const byId = new Map(members.map((member) => [member.memberId, member]));
  return new Map(
    javaOrder(byId.values(), ({ memberId }) => hashOfString(memberId)).map(
      ({ memberId, metadata, groupInstanceId }) => [memberId, decodeSubscription(metadata, groupInstanceId)],
    ),
  );
}

/** The assignor's decision; `counts` in any order, of topics that exist. */
export function assignPartitions(
  assignor: Assignor,
  subscriptions: Subscriptions,
  counts: TopicsSnapshot,
): Assignments {
  const subscribed = javaStringOrder([...subscriptions.values()].flatMap(({ topics }) => topics));
  const existing = subscribed.filter((topic) => (counts.get(topic) ?? 0) > 0);
  const partitions = new Map(javaStringOrder(existing).map((topic) => [topic, counts.get(topic) ?? 0]));
  return assignor.assign(partitions, subscriptions);
}

function partitionCounts(cluster: ClusterClient, topics: readonly TopicName[]): Map<TopicName, number> {
  const counts = new Map<TopicName, number>();
  for (const name of topics) {
    const count = cluster.topic(name)?.partitions.length ?? 0;
    if (count > 0) counts.set(name, count);
  }
  return counts;
}

export function sameTopics(a: TopicsSnapshot, b: TopicsSnapshot): boolean {
  return a.size === b.size && [...a].every(([topic, count]) => b.get(topic) === count);
}
