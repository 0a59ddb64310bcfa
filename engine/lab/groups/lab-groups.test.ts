/**
 * Rebalances of the official Java consumer (Apache Kafka 4.3.1, three brokers of ours) as they were told: joins, a SIGKILL
 * with a session of 6 s, closes; once with RangeAssignor, once with CooperativeStickyAssignor.
 */
import { describe, expect, it } from 'vitest';
import { play, readTape, told, type TapeEntry } from './tape.testkit.ts';

const tape = readTape('recorded-strangers.ndjson');
const is = (type: string, more: object) => (entry: TapeEntry) =>
  entry[0] === 'event' &&
  entry[3].type === type &&
  Object.entries(more).every(([key, value]) => Object.entries(entry[3]).some(([k, v]) => k === key && v === value));

describe('the rebalances of strangers', () => {
  const { groups, lines } = play(tape);
  const story = (group: string, number: number) => {
    const found = groups.rebalances(group, 100).find((each) => each.number === number);
    return found && told(found);
  };

  it('tell how an eager join takes everything from everybody', () => {
    expect(story('eager', 2)).toMatchInlineSnapshot(`
      {
        "after": "c1: 0 1, c2: 2",
        "before": "c1: 0 1 2",
        "gaps": [
          "orders-0 c1 → c1: 220 to 232",
          "orders-1 c1 → c1: 220 to 232",
          "orders-2 c1 → c2: 220 to 232",
        ],
        "generations": "1 → 2",
        "members": [
          "c1 synced 232",
          "c2 synced 232",
        ],
        "messages": [
          "-2 | c2 | JoinGroup v9 | MEMBER_ID_REQUIRED | member id given",
          "0 | c2 | JoinGroup v9 |  | need to re-join with the given member-id: eager-2 → generation 2, follows",
          "208 | c1 | Heartbeat v4 | REBALANCE_IN_PROGRESS | ",
          "220 | c1 | JoinGroup v9 |  | group is already rebalancing → generation 2, leads",
          "225 | c1 | SyncGroup v5 |  | assignment for 2 members → orders-0, orders-1",
          "232 | c2 | SyncGroup v5 |  | orders-2",
          "1226 | c1 | Heartbeat v4 |  | ",
        ],
        "phases": [
          "Stable 1 until 0",
          "PreparingRebalance 1 until 220",
          "CompletingRebalance 2 until 231",
          "Stable 2 until null",
        ],
        "planned": "c1: 0 1, c2: 2",
        "protocol": "range",
        "tookMs": 231,
      }
    `);
  });

  it('count the silence of a killed member from when it was last heard', () => {
    expect(story('eager', 3)).toMatchInlineSnapshot(`
      {
        "after": "c1: 0 1 2",
        "before": "c1: 0 1, c2: 2",
        "gaps": [
          "orders-0 c1 → c1: 999 to 1002",
          "orders-1 c1 → c1: 999 to 1002",
          "orders-2 c2 → c1: -6000 to 1002",
        ],
        "generations": "2 → 3",
        "members": [
          "c1 synced 1002",
          "c2 expired 0",
        ],
        "messages": [
          "995 | c1 | Heartbeat v4 | REBALANCE_IN_PROGRESS | ",
          "999 | c1 | JoinGroup v9 |  | group is already rebalancing → generation 3, leads",
          "1001 | c1 | SyncGroup v5 |  | assignment for 1 member → orders-0, orders-1, orders-2",
          "2002 | c1 | Heartbeat v4 |  | ",
        ],
        "phases": [
          "Stable 2 until 0",
          "PreparingRebalance 2 until 999",
          "CompletingRebalance 3 until 1002",
          "Stable 3 until null",
        ],
        "planned": "c1: 0 1 2",
        "protocol": "range",
        "tookMs": 1002,
      }
    `);
  });

  it('tell both rounds of a cooperative join as one', () => {
    expect(story('coop', 2)).toMatchInlineSnapshot(`
      {
        "after": "o1: 0 1, o2: 2",
        "before": "o1: 0 1 2",
        "gaps": [
          "orders-2 o1 → o2: 17 to 36",
        ],
        "generations": "1 → 3",
        "members": [
          "o1 synced 36",
          "o2 synced 36",
        ],
        "messages": [
          "-3 | o2 | JoinGroup v9 | MEMBER_ID_REQUIRED | member id given",
          "0 | o2 | JoinGroup v9 |  | need to re-join with the given member-id: coop-2 → generation 2, follows",
          "5 | o1 | Heartbeat v4 | REBALANCE_IN_PROGRESS | ",
          "14 | o1 | JoinGroup v9 |  | owned orders-0, orders-1, orders-2; group is already rebalancing → generation 2, leads",
          "16 | o1 | SyncGroup v5 |  | assignment for 2 members → orders-0, orders-1",
          "24 | o1 | JoinGroup v9 |  | owned orders-0, orders-1; need to revoke partitions and re-join → generation 3, leads",
          "25 | o2 | SyncGroup v5 | REBALANCE_IN_PROGRESS | ",
          "31 | o2 | JoinGroup v9 |  | rebalance failed due to RebalanceInProgressException → generation 3, follows",
          "32 | o2 | SyncGroup v5 |  | orders-2",
          "33 | o1 | SyncGroup v5 |  | assignment for 2 members → orders-0, orders-1",
          "1036 | o1 | Heartbeat v4 |  | ",
        ],
        "phases": [
          "Stable 1 until 0",
          "PreparingRebalance 1 until 14",
          "CompletingRebalance 2 until 17",
          "Stable 2 until 24",
          "PreparingRebalance 2 until 31",
          "CompletingRebalance 3 until 36",
          "Stable 3 until null",
        ],
        "planned": "o1: 0 1, o2: ",
        "protocol": "cooperative-sticky",
        "tookMs": 36,
      }
    `);
  });

  it('wait for the first members by the initial delay, and count from the start when nobody was there', () => {
    expect(story('coop', 1)).toMatchInlineSnapshot(`
      {
        "after": "o1: 0 1 2",
        "before": "",
        "gaps": [
          "orders-0 null → o1: 0 to 3042",
          "orders-1 null → o1: 0 to 3042",
          "orders-2 null → o1: 0 to 3042",
        ],
        "generations": "0 → 1",
        "members": [
          "o1 synced 3042",
        ],
        "messages": [
          "-7 | o1 | JoinGroup v9 | MEMBER_ID_REQUIRED | member id given",
          "-1 | o1 | JoinGroup v9 |  | need to re-join with the given member-id: coop-1 → generation 1, leads",
          "3039 | o1 | SyncGroup v5 |  | assignment for 1 member → orders-0, orders-1, orders-2",
        ],
        "phases": [
          "Empty 0 until 0",
          "PreparingRebalance 0 until 3002",
          "CompletingRebalance 1 until 3042",
          "Stable 1 until null",
        ],
        "planned": "o1: 0 1 2",
        "protocol": "cooperative-sticky",
        "tookMs": 3042,
      }
    `);
  });

  it('end with nobody when the last member leaves', () => {
    expect(story('coop', 4)).toMatchInlineSnapshot(`
      {
        "after": "",
        "before": "o1: 0 1 2",
        "gaps": [
          "orders-0 o1 → null: -1 to 0",
          "orders-1 o1 → null: -1 to 0",
          "orders-2 o1 → null: -1 to 0",
        ],
        "generations": "4 → 5",
        "members": [
          "o1 left -1",
        ],
        "messages": [
          "-1 | o1 | LeaveGroup v5 |  | the consumer is being closed",
        ],
        "phases": [
          "Stable 4 until 0",
          "PreparingRebalance 4 until 0",
          "Empty 5 until null",
        ],
        "planned": null,
        "protocol": "cooperative-sticky",
        "tookMs": 0,
      }
    `);
  });

  it('give a line each when they are over', () => {
    expect(
      lines.map(
        ({ kind, args, change }) =>
          `${kind} ${args['group']} #${args['number']}: ${change?.was} → ${change?.now}, ${args['tookMs']} ms, gap ${args['gapMs']}`,
      ),
    ).toMatchInlineSnapshot(`
      [
        "rebalance eager #1: 0 → 1, 3039 ms, gap 9117",
        "rebalance eager #2: 1 → 2, 231 ms, gap 36",
        "rebalance eager #3: 2 → 3, 1002 ms, gap 7008",
        "rebalance eager #4: 3 → 4, 0 ms, gap 0",
        "rebalance coop #1: 0 → 1, 3042 ms, gap 9126",
        "rebalance coop #2: 1 → 3, 36 ms, gap 19",
        "rebalance coop #3: 3 → 4, 20 ms, gap 20",
      ]
    `);
  });

  it('name who is awaited, until when and by which timer', () => {
    let dropped = false;
    const running = play(tape, (entry) => {
      dropped ||= is('group-member', { group: 'eager', action: 'expired' })(entry);
      return dropped && is('group-member', { action: 'rejoined' })(entry);
    }).groups;
    const newest = running.rebalances('eager', 1)[0]!;
    expect(newest).toMatchObject({ endedMs: null, toGeneration: null, after: null, planned: null });
    expect(newest.members.map(({ label, state, timer }) => [label, state, timer])).toEqual([
      ['c1', 'awaited', 'max.poll.interval.ms'],
      ['c2', 'expired', null],
    ]);
    expect(Math.round((newest.members[0]!.deadlineMs! - newest.startedMs) / 1000)).toBe(300);
    expect(running.groups.find(({ id }) => id === 'eager')).toMatchObject({
      state: 'PreparingRebalance',
      generation: 2,
    });
  });
});

describe('groups', () => {
  it('keep their identity while nothing changes, and are in the order of their ids', () => {
    const { groups } = play(tape);
    const once = groups.groups;
    groups.applyConsumers([]);
    expect(groups.groups).toBe(once);
    expect(once.map(({ id, state, topics }) => [id, state, topics])).toEqual([
      ['coop', 'Empty', ['orders']],
      ['eager', 'Empty', ['orders']],
    ]);
  });
});
