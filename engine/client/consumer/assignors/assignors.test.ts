/**
 * `recorded-assignments.ndjson` holds one assignment a line as Kafka 4.3.1's own assignors computed it, over several
 * generations with members that come and go: members with their subscriptions in bytes, and each one's assignment in bytes.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromHex, hex } from '../../../base/text.ts';
import { required } from '../../../base/assert.ts';
import { SeededRandom } from '../../../env/sim/index.ts';
import { decodeSubscription, encodeAssignment, encodeSubscription } from '../consumer-protocol.ts';
import { assignPartitions, subscriptionsOf } from '../group-leading.ts';
import { type Assignments, assignorNamed, type Subscription } from './index.ts';
import { keyOf } from './sticky-past.ts';

interface Recorded {
  readonly assignor: string;
  readonly partitions: Readonly<Record<string, number>>;
  readonly members: readonly (readonly [memberId: string, groupInstanceId: string | null, subscription: string])[];
  readonly assignments: readonly string[];
}

const recorded = readFileSync(new URL('recorded-assignments.ndjson', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Recorded);

const names = ['range', 'roundrobin', 'sticky', 'cooperative-sticky'];

describe("assignments of Java's assignors", () => {
  it.each(names)('come out byte for byte from the same subscriptions: %s', (name) => {
    const ofAssignor = recorded.filter(({ assignor }) => assignor === name);
    expect(ofAssignor.length).toBeGreaterThanOrEqual(6);
    for (const { partitions, members, assignments } of ofAssignor) {
      const encoded = members.map(([memberId, groupInstanceId, bytes]) => ({
        memberId,
        groupInstanceId,
        metadata: fromHex(bytes),
      }));
      const assignor = required(assignorNamed(name), name);
      const counts = new Map(Object.entries(partitions));
      const computed = assignPartitions(assignor, subscriptionsOf(encoded), counts);
      const ours = members.map(([member]) => hex(encodeAssignment(computed.get(member) ?? [])));
      expect(ours).toEqual(assignments);
    }
  });

  it('come from subscriptions that are written as Java writes them', () => {
    for (const { members } of recorded) {
      for (const [, , bytes] of members) {
        expect(hex(encodeSubscription(decodeSubscription(fromHex(bytes), null)))).toBe(bytes);
      }
    }
  });
});

function subscription(topics: readonly string[], owned: Subscription['ownedPartitions'] = []): Subscription {
  return { topics, userData: null, ownedPartitions: owned, generationId: null, rackId: null, groupInstanceId: null };
}

/** Topics `t0`, `t1`, ... with so many partitions each. */
function topicsOf(random: SeededRandom): Map<string, number> {
  return new Map(Array.from({ length: 1 + random.integer(5) }, (_, i) => [`t${i}`, 1 + random.integer(9)]));
}

function allPartitions(assignments: Assignments): string[] {
  return [...assignments.values()].flatMap((owned) => owned.map(keyOf)).sort();
}

describe.each(names)('%s', (name) => {
  const make = () => required(assignorNamed(name), name);

  it('gives every partition of every subscribed topic to exactly one subscribed member', () => {
    const random = new SeededRandom(5);
    for (let i = 0; i < 100; i++) {
      const counts = topicsOf(random);
      const members = new Map(
        Array.from({ length: 1 + random.integer(6) }, (_, m) => [
          `member-${m}`,
          subscription([...counts.keys()].filter((_, index) => index === 0 || random.integer(3) > 0)),
        ]),
      );
      const assignments = assignPartitions(make(), members, counts);
      const subscribed = new Set([...members.values()].flatMap(({ topics }) => topics));
      const due = [...counts].flatMap(([topic, count]) =>
        subscribed.has(topic) ? Array.from({ length: count }, (_, p) => `${topic}-${p}`) : [],
      );
      expect(allPartitions(assignments)).toEqual(due.sort());
      for (const [member, owned] of assignments) {
        for (const { topic } of owned) expect(members.get(member)?.topics).toContain(topic);
      }
    }
  });

  it('takes its name and that of the Java class', () => {
    const javaClass = {
      range: 'RangeAssignor',
      roundrobin: 'RoundRobinAssignor',
      sticky: 'StickyAssignor',
      'cooperative-sticky': 'CooperativeStickyAssignor',
    }[name];
    expect(assignorNamed(`org.apache.kafka.clients.consumer.${javaClass}`)?.name).toBe(name);
  });
});

describe.each(['sticky', 'cooperative-sticky'])('%s over generations', (name) => {
  /** One generation: everybody joins with its past, and takes over what it gets. */
  function rebalance(group: Map<string, Member>, counts: Map<string, number>, generation: number): Assignments {
    const members = [...group].map(([memberId, { assignor, owned, since, topics }]) => ({
      memberId,
      groupInstanceId: null,
      metadata: encodeSubscription({
        topics,
        userData: assignor.subscriptionUserData(),
        ownedPartitions: name === 'sticky' ? [] : owned,
        generationId: since,
        rackId: null,
      }),
    }));
    const leader = required(assignorNamed(name), name);
    const assignments = assignPartitions(leader, subscriptionsOf(members), counts);
    for (const [id, owned] of assignments) {
      const member = required(group.get(id), id);
      member.owned = owned;
      member.since = generation;
      member.assignor.onAssignment(owned, generation);
    }
    return assignments;
  }

  interface Member {
    readonly assignor: NonNullable<ReturnType<typeof assignorNamed>>;
    readonly topics: readonly string[];
    owned: Assignments extends Map<string, infer Owned> ? Owned : never;
    since: number;
  }
  const member = (topics: readonly string[]): Member => ({
    assignor: required(assignorNamed(name), name),
    topics,
    owned: [],
    since: -1,
  });

  it('moves only the partitions of who left, and of one who came only its share', () => {
    const random = new SeededRandom(9);
    for (let i = 0; i < 40; i++) {
      const counts = topicsOf(random);
      const topics = [...counts.keys()];
      const group = new Map(Array.from({ length: 3 + random.integer(4) }, (_, m) => [`m${m}`, member(topics)]));
      rebalance(group, counts, 1);
      const before = new Map([...group].map(([id, { owned }]) => [id, owned.map(keyOf)]));
      group.delete('m1');
      const after = rebalance(group, counts, 2);
      for (const [id, owned] of after) expect(owned.map(keyOf)).toEqual(expect.arrayContaining(before.get(id) ?? []));
      group.set('m9', member(topics));
      rebalance(group, counts, 3);
      const settled = rebalance(group, counts, 4);
      const sizes = [...settled.values()].map(({ length }) => length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      expect(allPartitions(rebalance(group, counts, 5))).toEqual(allPartitions(settled));
    }
  });

  it('leaves out what another member still owns, when it is cooperative', () => {
    const counts = new Map([['t', 4]]);
    const group = new Map([['a', member(['t'])]]);
    rebalance(group, counts, 1);
    group.set('b', member(['t']));
    const first = [...rebalance(group, counts, 2)].map(([id, owned]) => [id, owned.map(keyOf)]);
    const second = [...rebalance(group, counts, 3)].map(([id, owned]) => [id, owned.map(keyOf)]);
    const split = [
      ['a', ['t-0', 't-1']],
      ['b', ['t-2', 't-3']],
    ];
    expect(first).toEqual(name === 'sticky' ? split : [split[0], ['b', []]]);
    expect(second).toEqual(split);
  });
});
