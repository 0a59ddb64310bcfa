/** `RoundRobinAssignor`: all partitions by topic and number, dealt to the members in turn; who is not subscribed is skipped. */
import type { Assignments, Assignor, PartitionCounts, Subscriptions } from './assignor.ts';
import { compareText, partitionsOf, sortedMembers } from './assignor.ts';

export class RoundRobinAssignor implements Assignor {
  readonly name = 'roundrobin';
  readonly protocols = ['eager'] as const;

  subscriptionUserData(): null {
    return null;
  }

  assign(partitions: PartitionCounts, subscriptions: Subscriptions): Assignments {
    const assignments: Assignments = new Map([...subscriptions.keys()].map((member) => [member, []]));
    const members = sortedMembers(subscriptions);
    const topics = [...partitions.keys()].sort(compareText);
    let turn = 0;
    for (const partition of topics.flatMap((topic) => partitionsOf(topic, partitions.get(topic) ?? 0))) {
      const subscribed = (member: string): boolean =>
        subscriptions.get(member)?.topics.includes(partition.topic) ?? false;
      if (!members.some(subscribed)) continue;
      while (!subscribed(members[turn % members.length]!)) turn++;
      assignments.get(members[turn % members.length]!)?.push(partition);
      turn++;
    }
    return assignments;
  }

  onAssignment(): void {}
}
