import { describe, expect, test } from 'vitest';
import { parseScenario } from './parse-scenario.ts';

const good = `version: 1
title: A leader dies
cluster: { brokers: 3, configs: { broker.session.timeout.ms: 9000 } }
topics:
  - { name: orders, partitions: 3, replicationFactor: 3, configs: { min.insync.replicas: 2 } }
producers:
  - { name: feed, topic: orders, acks: 1, recordsPerSecond: 200 }
consumers:
  - { name: c1, group: billing, topics: [orders] }
steps:
  - when: acked(feed) >= 500
    timeout: 20s
  - remember: { old: leader(orders-1) }
  - fault: { kind: kill, node: old, for: 1.5m, as: death }
  - lift: death
  - do: { startBroker: { node: 2 } }
expectations:
  - expect: lost(feed) == 0
  - { noAckedRecordLost: { producer: feed }, by: 30s }
`;

/** The file with one line replaced. */
function issuesWith(was: string, now: string): string {
  expect(good).toContain(was);
  const parsed = parseScenario(good.replace(was, now));
  return parsed.ok ? 'none' : parsed.issues.map(({ line, column, reason }) => `${line}:${column} ${reason}`).join('\n');
}

describe('a scenario', () => {
  test('is read with its expressions, lengths of time and settings as the contract writes them', () => {
    const parsed = parseScenario(good);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
    const { cluster, clients, steps, expectations } = parsed.scenario;
    expect(cluster).toEqual({ brokers: 3, configs: { 'broker.session.timeout.ms': '9000' } });
    expect(clients[0]?.settings).toEqual({ topic: 'orders', acks: '1', recordsPerSecond: 200 });
    expect(steps.map(({ source, action }) => [source.line, action.kind])).toEqual([
      [11, 'when'],
      [13, 'remember'],
      [14, 'fault'],
      [15, 'lift'],
      [16, 'do'],
    ]);
    expect(steps[0]?.action).toMatchObject({ timeoutMs: 20_000, condition: { text: 'acked(feed) >= 500' } });
    expect(steps[0]?.source.text).toBe('when: acked(feed) >= 500\ntimeout: 20s');
    expect(steps[2]?.action).toMatchObject({ forMs: 90_000, as: 'death', fault: { node: { text: 'old' } } });
    expect(expectations.map(({ name, by }) => [name, by])).toEqual([
      ['lost(feed) == 0', 'end'],
      ['noAckedRecordLost (feed)', 30_000],
    ]);
  });

  test.each([
    ['title: A leader dies', 'titel: A leader dies', '1:1 "title" is missing\n2:1 "titel" is not known here'],
    ['version: 1', 'version: 2', '1:10 version: this lab reads version 1'],
    ['brokers: 3', 'brokers: many', '3:21 brokers: "many" is not right here; it is a number'],
    ['name: feed, topic: orders', 'name: feed, topic: order', '7:26 topic "order" is not in this file; it has orders'],
    ['recordsPerSecond: 200', 'recordsPerSeconds: 200', '7:43 "recordsPerSeconds" is not known here'],
    ['topics: [orders]', 'topics: [orders, sales]', '9:50 topic "sales" is not in this file; it has orders'],
    ['name: c1', 'name: feed', '9:13 there is another "feed" already'],
    ['acked(feed) >= 500', 'acked(food) >= 500', '11:17 producer "food" is not in this file; it has feed'],
    ['acked(feed) >= 500', 'acked(feed) >= ', '11:25 a value is missing at the end'],
    ['acked(feed) >= 500', '"acked(feed) = 500"', '11:24 "=" does not belong here; equality is written =='],
    ['acked(feed) >= 500', 'acks(feed) >= 500', '11:11 there is no function "acks"'],
    ['acked(feed) >= 500', 'hw(orders-0, 1, 2) > 1', '11:11 hw is called with (partition, [broker])'],
    ['acked(feed) >= 500', 'controller == nobody', '11:25 nothing in this file is called "nobody"'],
    ['timeout: 20s', 'timeout: 20 s', '12:14 timeout: a length of time is written'],
    ['leader(orders-1)', 'leader(orders-3)', '13:29 partition "orders-3" is not in this file; it has orders-0'],
    ['{ old: leader', '{ feed: leader', '13:17 "feed" is somebody\'s name already'],
    ['kind: kill', 'kind: kick', '14:20 kind: "kick" is not right here'],
    ['node: old', 'node: 7', '14:32 broker "7" is not in this file; it has 1, 2, 3'],
    ['lift: death', 'lift: life', '15:11 no fault is called "life" (by "as"); there is death, all'],
    ['startBroker:', 'restartBroker:', '16:11 "restartBroker" is not known here; there are addBroker'],
    ['  - lift: death', '  - { lift: death, wait: 1s }', '15:5 a step does one of do, produce'],
    ['  - lift: death', '  - title: nothing', '15:5 a step does one of do, produce'],
    ['- lift: death', '- { lift: death, refused: X }', '15:20 "refused" belongs to a step with "do" or "produce"'],
    ['expect: lost(feed) == 0', 'name: both', '18:5 an expectation has "expect" or one property'],
    ['producer: feed }, by', 'producer: fed }, by', '19:38 producer "fed" is not in this file; it has feed'],
    ['version: 1\n', 'version: 1\nversion: 1\n', '2:1 Map keys must be unique'],
    ['steps:', 'steps: [', '11:3 '],
  ])('%j as %j is refused with line, column and reason', (was, now, told) => {
    expect(issuesWith(was, now)).toContain(told);
  });

  test('all that is wrong is told at once, in the order of the file', () => {
    const text = good
      .replace('topic: orders,', 'topic: x,')
      .replace('node: 2', 'node: 9')
      .replace('lost(feed)', 'lost(y)');
    const parsed = parseScenario(text);
    expect(parsed.ok ? [] : parsed.issues.map((each) => each.line)).toEqual([7, 16, 18]);
  });

  test.each(['', '- 1', '"text"', 'version: 1', '\u0000', '&a [*a]', '!!js/function x', 'a: *nobody'])(
    'what is no scenario at all is refused, too: %j',
    (text) => {
      expect(parseScenario(text)).toMatchObject({ ok: false });
    },
  );

  test('a file may be large, but not endless', () => {
    const parsed = parseScenario('#'.repeat(200_001));
    expect(parsed).toEqual({
      ok: false,
      issues: [{ line: 1, column: 1, reason: 'a scenario has at most 200000 characters' }],
    });
  });
});
