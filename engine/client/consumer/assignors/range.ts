/**
 * `RangeAssignor`: topic by topic, each subscribed member gets one run of neighbouring partitions; the first ones get one
 * more when it does not come out even. Members of equal rank get the same numbers of different topics.
 */
import type { Assignments, Assignor, PartitionCounts, Subscriptions } from './assignor.ts';
import { partitionsOf, sortedMembers } from './assignor.ts';

export class RangeAssignor implements Assignor {
  readonly name = 'range';
  readonly protocols = ['eager'] as const;

  subscriptionUserData(): null {
    return null;
  }

  assign(partitions: PartitionCounts, subscriptions: Subscriptions): Assignments {
    const assignments: Assignments = new Map([...subscriptions.keys()].map((member) => [member, []]));
    for (const [topic, count] of partitions) {
      const members = sortedMembers(subscriptions, topic);
      const all = partitionsOf(topic, count);
      let from = 0;
      members.forEach((member, rank) => {
        const share = Math.floor(count / members.length) + (rank < count % members.length ? 1 : 0);
        assignments.get(member)?.push(...all.slice(from, from + share));
        from += share;
      });
    }
    return assignments;
  }

  onAssignment(): void {}
}
