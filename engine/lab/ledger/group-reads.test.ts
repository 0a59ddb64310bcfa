import { describe, expect, it } from 'vitest';
import { LedgerScript, produce, type ReplicaLog } from './ledger.testkit.ts';

describe('what groups do with records', () => {
  it('owes each group what became readable since it began, and tells what it passed over', () => {
    const script = new LedgerScript();
    script.leads(1, 0, [1, 2, 3]);
    const log: ReplicaLog = [];
    produce(script.producer('feed', 'all', true), 6, { leader: 1, epoch: 0, logs: [log] });
    script.audit(log, 0);
    const billing = script.fold.open('billing-1', 'billing');
    script.polled(billing, log, 2, 4);
    expect(script.summary.properties[5]).toMatchObject({ verdict: 'unknown', args: { records: 2 } });
    expect(script.reader.page({ show: { only: 'unread' }, limit: 10 }).rows.map(({ number }) => number)).toEqual([
      5, 6,
    ]);
    script.polled(billing, log, 5, 6);
    script.commits('billing', 6);
    script.later();
    expect(script.summary.properties[5]).toMatchObject({
      verdict: 'broken',
      violations: 1,
      examples: ['orders-0@4 (feed #5) billing'],
    });
    expect(script.summary.funnel).toMatchObject({ consumed: 3, committed: 3 });
  });

  it('counts a second delivery and keeps the first', () => {
    const script = new LedgerScript();
    script.leads(1, 0, [1, 2, 3]);
    const log: ReplicaLog = [];
    produce(script.producer('feed', 'all', true), 1, { leader: 1, epoch: 0, logs: [log] });
    script.audit(log, 0);
    script.polled(script.fold.open('billing-1', 'billing'), log, 0, 1);
    script.polled(script.fold.open('billing-2', 'billing'), log, 0, 1);
    expect(script.rows[0]?.reads).toMatchObject([{ group: 'billing', client: 'billing-1', times: 2 }]);
    expect(script.verdicts).toMatchObject({ 'consumed-at-least-once': 'holds: each-read' });
  });

  it('finds two owners of a partition in one generation, not in two', () => {
    const script = new LedgerScript();
    script.leads(1, 0, [1, 2, 3]);
    script.producer('feed', 'all', true).send();
    const members = (one: string, two: string) => [
      { member: 'a', partitions: [one] },
      { member: 'b', partitions: [two] },
    ];
    const assigned = { type: 'assignment', atMs: script.ms, group: 'billing' } as const;
    script.fold.host({ ...assigned, generation: 1, members: members('orders-0', 'orders-1') });
    script.fold.host({ ...assigned, generation: 2, members: members('orders-1', 'orders-0') });
    expect(script.summary.properties[4]).toMatchObject({ verdict: 'holds', checked: 2 });
    script.fold.host({ ...assigned, generation: 3, members: members('orders-1', 'orders-1') });
    expect(script.summary.properties[4]).toMatchObject({
      verdict: 'broken',
      examples: ['orders-1: a, b (billing, generation 3)'],
    });
  });
});

const property = 'consumed-at-least-once';

/** A log of so many records, read by the ledger, and a member of billing that has joined. */
function billed(records: number) {
  const script = new LedgerScript();
  script.leads(1, 0, [1, 2, 3]);
  const log: ReplicaLog = [];
  const feed = script.producer('feed', 'all', true);
  const more = (count: number): void => {
    produce(feed, count, { leader: 1, epoch: 0, logs: [log] });
    script.audit(log, 0);
  };
  more(records);
  const one = script.fold.open('billing-1', 'billing');
  script.joins(one, 'billing-1-id');
  return { script, log, more, one };
}

describe('a member that is killed', () => {
  it('has read what it told before, whatever it committed and whoever goes on', () => {
    const { script, log, more, one } = billed(4);
    script.polled(one, log, 0, 4);
    script.commits('billing', 4, 'billing-1-id');
    script.fold.end(one);
    more(3);
    const two = script.fold.open('billing-2', 'billing');
    script.joins(two, 'billing-2-id', 2);
    script.polled(two, log, 4, 7);
    script.commits('billing', 7, 'billing-2-id');
    script.later();
    expect(script.verdicts).toMatchObject({ [property]: 'holds: each-read' });
  });

  it('leaves what it was given and did not commit to the next one, who reads it again', () => {
    const { script, log, one } = billed(4);
    script.polled(one, log, 0, 4);
    script.commits('billing', 2, 'billing-1-id');
    script.fold.end(one);
    const two = script.fold.open('billing-2', 'billing');
    script.joins(two, 'billing-2-id', 2);
    script.polled(two, log, 2, 4);
    script.commits('billing', 4, 'billing-2-id');
    script.later();
    expect(script.rows.map(({ reads }) => reads[0]?.times)).toEqual([1, 1, 2, 2]);
    expect(script.verdicts).toMatchObject({ [property]: 'holds: each-read' });
  });

  it('before its first commit leaves nothing: one that starts at the end passes over what came meanwhile', () => {
    const { script, log, more, one } = billed(4);
    script.polled(one, log, 0, 4);
    script.fold.end(one);
    more(3);
    const latest = script.fold.open('billing-2', 'billing');
    script.joins(latest, 'billing-2-id', 2);
    more(2);
    script.polled(latest, log, 7, 9);
    script.commits('billing', 9, 'billing-2-id');
    script.later();
    expect(script.summary.properties[5]).toMatchObject({
      verdict: 'broken',
      violations: 3,
      examples: ['orders-0@4 (feed #5) billing', 'orders-0@5 (feed #6) billing', 'orders-0@6 (feed #7) billing'],
    });
  });
});

describe('a commit', () => {
  it('that is heard before the delivery is judged only once the delivery must have come', () => {
    const { script, log, one } = billed(3);
    script.polled(one, log, 0, 1);
    const committedMs = script.ms;
    script.commits('billing', 3, 'billing-1-id');
    // Long after in the lab, a moment by the wall.
    script.fold.tick(script.ms + 60_000, committedMs - 1);
    expect(script.verdicts).not.toMatchObject({ [property]: 'broken: passed-over' });
    script.polled(one, log, 1, 3);
    script.later();
    expect(script.verdicts).toMatchObject({ [property]: 'holds: each-read' });
    expect(script.fates).toEqual(['committed', 'committed', 'committed']);
  });

  it('takes back what was said of it when the delivery comes very late', () => {
    const { script, log, one } = billed(3);
    script.polled(one, log, 0, 1);
    script.commits('billing', 3, 'billing-1-id');
    script.later();
    expect(script.summary.properties[5]).toMatchObject({ verdict: 'broken', violations: 2 });
    script.polled(one, log, 1, 2);
    expect(script.summary.properties[5]).toMatchObject({
      violations: 1,
      examples: ['orders-0@2 (feed #3) billing'],
    });
    script.polled(one, log, 2, 3);
    expect(script.verdicts).toMatchObject({ [property]: 'holds: each-read' });
  });

  it('of a member that is no lab consumer says nothing of who read what', () => {
    const { script, log, one } = billed(5);
    script.polled(one, log, 0, 2);
    script.commits('billing', 2, 'billing-1-id');
    script.commits('billing', 4, 'consumer-billing-1-of-somebody-else');
    script.polled(one, log, 4, 5);
    script.commits('billing', 5, 'billing-1-id');
    script.later();
    expect(script.summary.properties[5]).toMatchObject({
      verdict: 'unknown',
      reason: 'not-consumed-yet',
      args: { records: 2 },
    });
  });

  it('by which offsets are reset passes over what is left out', () => {
    const { script, log, one } = billed(5);
    script.polled(one, log, 0, 2);
    script.commits('billing', 4);
    script.later();
    expect(script.summary.properties[5]).toMatchObject({ verdict: 'broken', violations: 2 });
  });

  it('passes over no place that a truncation took', () => {
    const { script, log, one } = billed(4);
    script.polled(one, log, 0, 2);
    script.commits('billing', 4, 'billing-1-id');
    script.later();
    expect(script.summary.properties[5]).toMatchObject({ verdict: 'broken', violations: 2 });
    script.leads(2, 1, [2, 3]);
    const after = log.slice(0, 2);
    script.audit(after, 1);
    expect(script.summary.properties[5]).toMatchObject({ violations: 0, examples: [] });
    // A retry writes them again, behind what was committed.
    const others = [1, 2].map((crc) => ({ epoch: 1, createMs: 1, crc: 90_000 + crc }));
    after.push(...others, ...log.slice(2).map((entry) => ({ ...entry, epoch: 1 })));
    script.audit(after, 1);
    script.later();
    expect(script.summary.properties[5]).toMatchObject({ verdict: 'unknown', violations: 0, args: { records: 2 } });
  });
});

describe('records that look the same', () => {
  it('are each given once when they were given at two places, heard before anybody told where they are', () => {
    const script = new LedgerScript();
    script.leads(1, 0, [1, 2, 3]);
    const feed = script.producer('feed', 'all', true);
    const { createMs, crc, n } = feed.send();
    script.ms = createMs;
    script.nextCrc = crc;
    const twin = feed.send();
    expect(twin).toMatchObject({ createMs, crc });
    const log: ReplicaLog = [
      { epoch: 0, createMs, crc },
      { epoch: 0, createMs, crc },
    ];
    const one = script.fold.open('billing-1', 'billing');
    script.joins(one, 'billing-1-id');
    script.polled(one, log, 0, 2);
    feed.acked(n, 0, 1);
    feed.acked(twin.n, 1, 1);
    script.audit(log, 0);
    script.commits('billing', 2, 'billing-1-id');
    script.later();
    expect(script.rows.map(({ reads }) => reads[0]?.times)).toEqual([1, 1]);
    expect(script.verdicts).toMatchObject({ [property]: 'holds: each-read' });
  });

  it('are not passed over where a place was given, though another one of them got the delivery', () => {
    const script = new LedgerScript();
    script.leads(1, 0, [1, 2, 3]);
    const feed = script.producer('feed', 'all', true);
    const first = feed.send();
    script.ms = first.createMs;
    script.nextCrc = first.crc;
    const second = feed.send();
    const entry = { epoch: 0, createMs: first.createMs, crc: first.crc };
    const log: ReplicaLog = [entry, entry];
    const one = script.fold.open('billing-1', 'billing');
    script.joins(one, 'billing-1-id');
    // It begins at the second.
    script.polled(one, log, 1, 2);
    feed.acked(first.n, 0, 1);
    feed.acked(second.n, 1, 1);
    script.audit(log, 0);
    script.commits('billing', 2, 'billing-1-id');
    script.later();
    expect(script.verdicts[property]).not.toMatch('broken');
  });
});
