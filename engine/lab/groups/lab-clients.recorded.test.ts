/**
 * Rebalances of the lab's own consumers as they were told, on a machine that was busy: a kill with a session of 6 s, a
 * return, a freeze, a close, all of them with another assignor, a cooperative join, static membership and a static restart.
 */
import { describe, expect, it } from 'vitest';
import { play, readTape, told } from './tape.testkit.ts';

const tape = readTape('recorded-lab-clients.ndjson');
const { groups, lines } = play(tape);
const stories = [...groups.rebalances('billing', 100)].reverse();

describe('the rebalances of lab consumers', () => {
  it('are told in one line each when the gap has closed', () => {
    expect(lines.map(({ args }) => `${args['number']}: ${args['tookMs']} ms, nobody for ${args['gapMs']}`))
      .toMatchInlineSnapshot(`
        [
          "1: 2773 ms, nobody for 8819",
          "2: 3431 ms, nobody for 982",
          "3: 2388 ms, nobody for 8833",
          "4: 1772 ms, nobody for 10",
          "5: 2942 ms, nobody for 2962",
          "6: 85 ms, nobody for 259",
          "7: 6632 ms, nobody for 20008",
          "8: 4547 ms, nobody for 3003",
          "9: 1 ms, nobody for 4",
          "10: 6213 ms, nobody for 18786",
        ]
      `);
  });

  it('are named after the clients', () => {
    expect(
      stories.map((story) => story.members.map(({ label, client, state }) => `${label} ${client} ${state}`).join(', ')),
    ).toMatchInlineSnapshot(`
      [
        "c1 billing-1 synced, c2 billing-2 synced, c3 billing-3 expired",
        "c1 billing-1 synced, c2 billing-2 synced, c3 billing-3 synced",
        "c1 billing-1 synced, c2 billing-2 synced, c3 billing-3 expired",
        "c1 billing-1 synced, c2 billing-2 synced, c3 billing-3 synced",
        "c1 billing-1 synced, c2 billing-2 synced, c3 billing-3 left",
        "c1 billing-1 left, c2 billing-2 left",
        "c1 billing-1 synced, c2 billing-2 synced",
        "c1 billing-1 synced, c2 billing-2 synced, c3 billing-3 synced",
        "c1 billing-1 left, c2 billing-2 left, c3 billing-3 left",
        "c1 billing-1 synced, c2 billing-2 synced, c3 billing-3 synced",
      ]
    `);
  });

  it('count the silence of a killed consumer from its end, and of the others between their callbacks', () => {
    const killed = tape
      .flatMap((entry) => (entry[0] === 'consumers' ? entry[2] : []))
      .find(({ state }) => state === 'killed')!;
    const story = stories.find((each) => each.reason.includes('heartbeat expiration'))!;
    expect(told(story)).toMatchInlineSnapshot(`
      {
        "after": "c1: 0 1, c2: 2",
        "before": "c1: 0, c2: 1, c3: 2",
        "gaps": [
          "orders-0 c1 → c1: 2680 to 2773",
          "orders-1 c2 → c1: 2749 to 2773",
          "orders-2 c3 → c2: -5929 to 2773",
        ],
        "generations": "2 → 3",
        "members": [
          "c1 synced 2773",
          "c2 synced 2773",
          "c3 expired 0",
        ],
        "messages": [
          "2678 | c1 | Heartbeat v4 | REBALANCE_IN_PROGRESS | ",
          "2680 | c1 | JoinGroup v9 |  | group is already rebalancing → generation 3, leads",
          "2747 | c2 | Heartbeat v4 | REBALANCE_IN_PROGRESS | ",
          "2749 | c2 | JoinGroup v9 |  | group is already rebalancing → generation 3, follows",
          "2769 | c2 | SyncGroup v5 |  | orders-2",
          "2770 | c1 | SyncGroup v5 |  | assignment for 2 members → orders-0, orders-1",
          "5782 | c1 | Heartbeat v4 |  | ",
          "5782 | c2 | Heartbeat v4 |  | ",
        ],
        "phases": [
          "Stable 2 until 0",
          "PreparingRebalance 2 until 2767",
          "CompletingRebalance 3 until 2773",
          "Stable 3 until null",
        ],
        "planned": "c1: 0 1, c2: 2",
        "protocol": "range",
        "tookMs": 2773,
      }
    `);
    expect(story.gaps.find(({ from }) => from === 'c3')?.fromMs).toBe(killed.stateSinceMs);
  });

  it('count a frozen consumer as nobody', () => {
    const frozen = tape
      .flatMap((entry) => (entry[0] === 'consumers' ? entry[2] : []))
      .find(({ state }) => state === 'frozen')!;
    const story = stories.filter((each) => each.reason.includes('heartbeat expiration'))[1]!;
    expect(story.gaps.find(({ from }) => from === 'c3')).toMatchObject({ fromMs: frozen.stateSinceMs, to: 'c2' });
  });

  it('of a cooperative join leave everything but what moves alone', () => {
    const story = stories.find(
      (each) => each.protocol === 'cooperative-sticky' && each.fromGeneration + 2 === each.toGeneration,
    )!;
    expect(told(story)).toMatchInlineSnapshot(`
      {
        "after": "c1: 0, c2: 1, c3: 2",
        "before": "c1: 0 2, c2: 1",
        "gaps": [
          "orders-2 c1 → c3: 1546 to 4549",
        ],
        "generations": "9 → 11",
        "members": [
          "c1 synced 4548",
          "c2 synced 4547",
          "c3 synced 4547",
        ],
        "messages": [
          "-3 | c3 | JoinGroup v9 | MEMBER_ID_REQUIRED | member id given",
          "0 | c3 | JoinGroup v9 |  | need to re-join with the given member-id: billing-3 → generation 10, follows",
          "1511 | c1 | Heartbeat v4 | REBALANCE_IN_PROGRESS | ",
          "1513 | c1 | JoinGroup v9 |  | owned orders-0, orders-2; group is already rebalancing → generation 10, follows",
          "1536 | c2 | Heartbeat v4 | REBALANCE_IN_PROGRESS | ",
          "1541 | c2 | JoinGroup v9 |  | owned orders-1; group is already rebalancing → generation 10, leads",
          "1541 | c1 | SyncGroup v5 |  | orders-0",
          "1543 | c2 | SyncGroup v5 |  | assignment for 3 members → orders-1",
          "1544 | c3 | SyncGroup v5 |  | nothing",
          "1548 | c1 | JoinGroup v9 |  | owned orders-0; need to revoke partitions and re-join → generation 11, follows",
          "2544 | c3 | Heartbeat v4 | REBALANCE_IN_PROGRESS | ",
          "2548 | c3 | JoinGroup v9 |  | group is already rebalancing → generation 11, follows",
          "4542 | c2 | Heartbeat v4 | REBALANCE_IN_PROGRESS | ",
          "4544 | c2 | JoinGroup v9 |  | owned orders-1; group is already rebalancing → generation 11, leads",
          "4546 | c2 | SyncGroup v5 |  | assignment for 3 members → orders-1",
          "4547 | c3 | SyncGroup v5 |  | orders-2",
          "4547 | c1 | SyncGroup v5 |  | orders-0",
          "5552 | c3 | Heartbeat v4 |  | ",
        ],
        "phases": [
          "Stable 9 until 0",
          "PreparingRebalance 9 until 1541",
          "CompletingRebalance 10 until 1544",
          "Stable 10 until 1548",
          "PreparingRebalance 10 until 4544",
          "CompletingRebalance 11 until 4547",
          "Stable 11 until null",
        ],
        "planned": "c1: 0, c2: 1, c3: ",
        "protocol": "cooperative-sticky",
        "tookMs": 4547,
      }
    `);
  });

  it('are none for the restart of a static member', () => {
    const restarted = tape.flatMap((entry) =>
      entry[0] === 'event' && entry[3].type === 'group-member' && entry[3].action === 'replaced' ? [entry[2]] : [],
    );
    expect(restarted).toHaveLength(1);
    expect(stories.filter(({ startedMs }) => startedMs > restarted[0]! - 5000)).toEqual([]);
    expect(groups.groups[0]?.members.map(({ label, client, instanceId }) => [label, client, instanceId])).toEqual([
      ['c1', 'billing-1', 'billing-1'],
      ['c2', 'billing-2', 'billing-2'],
      ['c3', 'billing-3', 'billing-3'],
    ]);
  });

  it('name the timers by which members are awaited', () => {
    const seen = new Set<string>();
    for (let at = 1; at <= tape.length; at++) {
      const story = play(tape.slice(0, at)).groups.groups[0]?.rebalance;
      for (const { label, state, timer } of story?.members ?? [])
        if (timer !== null) seen.add(`${label} ${state} ${timer}`);
    }
    expect([...seen].sort()).toMatchInlineSnapshot(`
      [
        "c1 awaited max.poll.interval.ms",
        "c1 joined group.initial.rebalance.delay.ms",
        "c1 rejoined max.poll.interval.ms",
        "c2 awaited max.poll.interval.ms",
        "c2 joined group.initial.rebalance.delay.ms",
        "c2 joined max.poll.interval.ms",
        "c2 rejoined max.poll.interval.ms",
        "c3 awaited max.poll.interval.ms",
        "c3 joined group.initial.rebalance.delay.ms",
        "c3 joined max.poll.interval.ms",
      ]
    `);
  });
});
