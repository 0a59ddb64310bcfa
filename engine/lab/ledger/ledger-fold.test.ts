import { describe, expect, it } from 'vitest';
import { LedgerScript, produce, topic, type ReplicaLog } from './ledger.testkit.ts';

describe('the fate of records', () => {
  it('is readable once the log was read, and nothing before', () => {
    const script = new LedgerScript();
    script.leads(1, 0, [1, 2, 3]);
    const log: ReplicaLog = [];
    produce(script.producer('feed', 'all', true), 3, { leader: 1, epoch: 0, logs: [log] });
    expect(script.fates).toEqual(['acknowledged', 'acknowledged', 'acknowledged']);
    expect(script.verdicts).toMatchObject({ 'no-acked-record-lost': 'unknown: not-read-yet' });
    script.audit(log, 0);
    script.later();
    expect(script.fates).toEqual(['readable', 'readable', 'readable']);
    expect(script.verdicts).toMatchObject({
      'no-acked-record-lost': 'holds: all-found',
      'no-record-duplicated': 'holds: once-each',
      'min-isr-at-each-ack': 'holds: isr-at-least-min',
      'consumed-at-least-once': 'unknown: no-group',
    });
  });

  it('is lost when acks=1 was answered by a leader that died before a follower had it', () => {
    const script = new LedgerScript();
    script.leads(2, 5, [1, 2, 3]);
    const [two, three]: [ReplicaLog, ReplicaLog] = [[], []];
    const feed = script.producer('feed', '1');
    produce(feed, 4, { leader: 2, epoch: 5, logs: [two, three] });
    script.audit(two, 5);
    produce(feed, 3, { leader: 2, epoch: 5, logs: [two] });
    script.sample(3, false, 5, three, 4);
    script.leads(3, 6, [1, 3]);
    produce(feed, 2, { leader: 3, epoch: 6, logs: [three] });
    script.audit(three, 6);
    script.later();
    expect(script.fates).toEqual([
      ...Array(4).fill('readable'),
      ...Array(3).fill('lost'),
      ...Array(2).fill('readable'),
    ]);
    const [property] = script.summary.properties;
    expect(property).toMatchObject({
      verdict: 'broken',
      violations: 3,
      args: { records: 3, acked: 9 },
      examples: ['orders-0@4 (feed #5)', 'orders-0@5 (feed #6)', 'orders-0@6 (feed #7)'],
    });
    const story = script.reader.story({ producer: 'feed', number: 5 });
    expect(story).toMatchObject({
      ok: true,
      value: {
        why: {
          reason: 'not-replicated',
          args: { leader: 2, epoch: 5, newLeader: 3, newEpoch: 6, logEnd: 4, offset: 4 },
        },
        holders: [
          { node: 1, state: 'never' },
          { node: 2, state: 'has' },
          { node: 3, state: 'never' },
        ],
        keptBy: [
          { where: 'producer', config: 'acks', value: 'all' },
          { where: 'topic', config: 'min.insync.replicas', value: '2' },
        ],
      },
    });
    expect(script.verdicts).toMatchObject({ 'min-isr-at-each-ack': 'unknown: acks-1-promises-nothing' });
  });

  it('is lost although nothing is written after it, once the new leader says where its log ends', () => {
    const script = new LedgerScript();
    script.leads(2, 5, [1, 2, 3]);
    const [two, three]: [ReplicaLog, ReplicaLog] = [[], []];
    const feed = script.producer('feed', '1');
    produce(feed, 2, { leader: 2, epoch: 5, logs: [two, three] });
    script.audit(two, 5);
    produce(feed, 1, { leader: 2, epoch: 5, logs: [two] });
    script.audit(two, 5, 2);
    expect(script.fates).toEqual(['readable', 'readable', 'acknowledged']);
    script.leads(3, 6, [1, 3]);
    script.audit(three, 6);
    expect(script.fates).toEqual(['readable', 'readable', 'lost']);
  });

  it('is duplicated when a batch without an answer was written and is sent again without idempotence', () => {
    const script = new LedgerScript();
    script.leads(1, 0, [1, 2, 3]);
    const log: ReplicaLog = [];
    const feed = script.producer('feed', 'all', false);
    const { n, createMs, crc } = feed.send();
    log.push({ epoch: 0, createMs, crc });
    feed.retried(0, 1);
    log.push({ epoch: 0, createMs, crc });
    feed.acked(n, 1, 1);
    script.audit(log, 0);
    expect(script.rows).toMatchObject([{ fate: 'duplicated', copies: [0, 1], offset: 1 }]);
    expect(script.summary.properties[1]).toMatchObject({
      verdict: 'broken',
      reason: 'written-twice',
      examples: ['orders-0@0, 1 (feed #1)'],
    });
    expect(script.reader.story({ topic, partition: 0, offset: 1 })).toMatchObject({
      ok: true,
      value: { why: { reason: 'retried-without-idempotence' }, keptBy: [{ config: 'enable.idempotence' }] },
    });
  });

  it('is in the log once when an idempotent producer sends it again', () => {
    const script = new LedgerScript();
    script.leads(1, 0, [1, 2, 3]);
    const log: ReplicaLog = [];
    const feed = script.producer('feed', 'all', true);
    const { n, createMs, crc } = feed.send();
    log.push({ epoch: 0, createMs, crc });
    feed.retried(0, 1);
    feed.acked(n, 0, 1);
    script.audit(log, 0);
    expect(script.fates).toEqual(['readable']);
    expect(script.summary.properties[1]).toMatchObject({ verdict: 'holds', args: { records: 1, retried: 1 } });
  });

  it('is lost with its readers when an unclean election takes committed records', () => {
    const script = new LedgerScript(1);
    script.leads(2, 5, [2]);
    const [two, three]: [ReplicaLog, ReplicaLog] = [[], []];
    const feed = script.producer('feed', 'all', true);
    produce(feed, 2, { leader: 2, epoch: 5, logs: [two, three] });
    produce(feed, 3, { leader: 2, epoch: 5, logs: [two] });
    script.sample(2, true, 5, two, 5);
    script.audit(two, 5);
    const billing = script.fold.open('billing-1', 'billing');
    script.polled(billing, two, 0, 5);
    script.commits('billing', 5);
    expect(script.fates).toEqual(Array(5).fill('committed'));
    script.leads(-1, 6, [2]);
    script.leads(3, 7, [3]);
    script.audit(three, 7);
    script.later();
    expect(script.fates).toEqual(['committed', 'committed', 'lost', 'lost', 'lost']);
    expect(script.verdicts).toMatchObject({
      'no-acked-record-lost': 'broken: acked-lost',
      'high-watermark-never-retreats': 'broken: retreated',
    });
    expect(script.reader.story({ producer: 'feed', number: 3 })).toMatchObject({
      ok: true,
      value: {
        why: { reason: 'unclean-election', args: { newLeader: 3, logEnd: 2 } },
        keptBy: [{ config: 'unclean.leader.election.enable', value: 'false' }, { config: 'min.insync.replicas' }],
      },
    });
  });

  it('is lost with what was not flushed when everybody loses power', () => {
    const script = new LedgerScript();
    script.leads(1, 0, [1, 2, 3]);
    const log: ReplicaLog = [];
    const feed = script.producer('feed', 'all', true);
    produce(feed, 5, { leader: 1, epoch: 0, logs: [log] });
    script.sample(1, true, 0, log, 5);
    script.audit(log, 0);
    script.leads(-1, 1, [1, 2, 3]);
    script.leads(1, 2, [1, 2, 3]);
    script.audit(log.slice(0, 3), 2);
    expect(script.fates).toEqual(['readable', 'readable', 'readable', 'lost', 'lost']);
    expect(script.reader.story({ producer: 'feed', number: 4 })).toMatchObject({
      ok: true,
      value: { why: { reason: 'log-cut-short' }, keptBy: [{ config: 'flush.messages', value: '1' }] },
    });
    expect(script.verdicts).toMatchObject({ 'high-watermark-never-retreats': 'broken: retreated' });
  });

  it('is found again when a leader comes back that has it', () => {
    const script = new LedgerScript();
    script.leads(2, 5, [2, 3]);
    const [two, three]: [ReplicaLog, ReplicaLog] = [[], []];
    const feed = script.producer('feed', '1');
    produce(feed, 2, { leader: 2, epoch: 5, logs: [two] });
    script.audit(two, 5);
    script.leads(3, 6, [3]);
    script.audit(three, 6);
    expect(script.fates).toEqual(['lost', 'lost']);
    script.leads(2, 7, [2]);
    script.audit(two, 7);
    expect(script.fates).toEqual(['readable', 'readable']);
    expect(script.summary.funnel).toMatchObject({ lost: 0, readable: 2, unread: 0 });
  });

  it('is deleted, not lost, when the log begins behind it', () => {
    const script = new LedgerScript();
    script.leads(1, 0, [1, 2, 3]);
    const log: ReplicaLog = [];
    produce(script.producer('feed', 'all', true), 4, { leader: 1, epoch: 0, logs: [log] });
    script.audit(log, 0);
    script.sample(1, true, 0, log, 4, 2);
    expect(script.fates).toEqual(['deleted', 'deleted', 'readable', 'readable']);
    expect(script.verdicts).toMatchObject({ 'no-acked-record-lost': 'holds: all-found' });
  });

  it('of acks=0 is lost when a later record of the producer is there and it is not', () => {
    const script = new LedgerScript();
    script.leads(1, 0, [1, 2, 3]);
    const feed = script.producer('feed', '0');
    const sent = [feed.send(), feed.send(), feed.send()];
    for (const { n } of sent) feed.acked(n, -1, -1);
    const log: ReplicaLog = [sent[0]!, sent[2]!].map(({ createMs, crc }) => ({ epoch: 0, createMs, crc }));
    script.audit(log, 0);
    expect(script.fates).toEqual(['readable', 'lost', 'readable']);
    expect(script.summary.funnel).toMatchObject({ sent: 3, acked: 0, lost: 1 });
    expect(script.verdicts).toMatchObject({
      'no-acked-record-lost': 'unknown: acks-0-promises-nothing',
      'min-isr-at-each-ack': 'unknown: acks-0-promises-nothing',
    });
  });

  it('of a callback with an error may still be in the log, and says so', () => {
    const script = new LedgerScript();
    script.leads(1, 0, [1, 2, 3]);
    const feed = script.producer('feed', 'all', true);
    const [written, gone] = [feed.send(), feed.send()];
    feed.failed(written.n, 'TimeoutException');
    feed.failed(gone.n, 'TimeoutException');
    script.audit([{ epoch: 0, ...written }], 0);
    expect(script.rows).toMatchObject([
      { fate: 'failed', error: 'TimeoutException', copies: [0] },
      { fate: 'failed', copies: null },
    ]);
    expect(script.reader.story({ producer: 'feed', number: 1 })).toMatchObject({
      value: { why: { reason: 'written-despite-error' } },
    });
    expect(script.summary.funnel).toMatchObject({ failed: 2, acked: 0, lost: 0, readable: 1 });
  });

  it('of a producer that ended is unanswered, and readable when it is there', () => {
    const script = new LedgerScript();
    script.leads(1, 0, [1, 2, 3]);
    const feed = script.producer('feed', 'all', true);
    const [written] = [feed.send(), feed.send()];
    script.fold.end(feed.source);
    expect(script.fates).toEqual(['unanswered', 'unanswered']);
    script.audit([{ epoch: 0, ...written! }], 0);
    expect(script.fates).toEqual(['readable', 'unanswered']);
    const again = script.producer('feed', 'all', true);
    again.send();
    expect(script.rows.at(-1)).toMatchObject({ producer: 'feed', number: 3 });
  });

  it('is found in what the log had long before, when its producer told late by the wall', () => {
    const script = new LedgerScript();
    script.leads(1, 0, [1, 2, 3]);
    const feed = script.producer('feed', 'all', true);
    const readMs = script.ms;
    const early = { createMs: readMs + 1, crc: 77 };
    script.fold.log.read(topic, 0, 0, 0, early.createMs, early.crc, readMs);
    script.fold.log.readTo(topic, 0, {
      readTo: 1,
      epoch: 0,
      leaderEpoch: 0,
      highWatermark: 1,
      logStart: 0,
      atMs: readMs,
    });
    script.fold.tick(readMs + 60_000, readMs + 30_000, readMs - 1);
    script.ms = early.createMs;
    script.nextCrc = early.crc;
    const { n } = feed.send();
    feed.acked(n, 0, 1);
    expect(script.rows).toMatchObject([{ fate: 'readable', copies: [0] }]);
  });

  it('is the same whether the log or the consumer is heard before the producer', () => {
    const script = new LedgerScript();
    script.leads(1, 0, [1, 2, 3]);
    const feed = script.producer('feed', 'all', true);
    const billing = script.fold.open('billing-1', 'billing');
    const log = [{ epoch: 0, createMs: script.ms + 1, crc: script.nextCrc }];
    script.polled(billing, log, 0, 1);
    const other = script.producer('other', 'all', true);
    other.send(1);
    // The next record that is sent has the timestamp and the checksum that were read.
    script.nextCrc = 1;
    script.ms = log[0]!.createMs;
    script.fold.log.read(topic, 0, 0, 0, log[0]!.createMs, 1, script.ms);
    feed.send();
    expect(script.rows.at(-1)).toMatchObject({ fate: 'consumed', copies: [0], reads: [{ client: 'billing-1' }] });
  });
});

describe('what brokers promise', () => {
  it('tells an acknowledgement that came while the ISR was too small', () => {
    const script = new LedgerScript(2);
    script.leads(1, 0, [1, 2, 3]);
    const log: ReplicaLog = [];
    const feed = script.producer('feed', 'all', true);
    produce(feed, 2, { leader: 1, epoch: 0, logs: [log] });
    script.later();
    script.leads(1, 0, [1]);
    script.later();
    produce(feed, 1, { leader: 1, epoch: 0, logs: [log] });
    script.later();
    expect(script.summary.properties[3]).toMatchObject({
      verdict: 'broken',
      checked: 3,
      violations: 1,
      examples: ['orders-0@2 (feed #3)'],
    });
  });

  it('waits with an acknowledgement for news of the ISR, however fast the lab goes', () => {
    const script = new LedgerScript(2);
    script.leads(1, 0, [1]);
    script.later();
    const grownMs = script.ms++;
    const log: ReplicaLog = [];
    produce(script.producer('feed', 'all', true), 1, { leader: 1, epoch: 0, logs: [log] });
    script.fold.tick(script.ms + 60_000, grownMs);
    const isr = { topic, partition: 0, leader: 1, epoch: 0, isr: [1, 2], replicas: [1, 2, 3] };
    script.fold.host({ type: 'partition', atMs: grownMs, ...isr });
    script.later();
    expect(script.summary.properties[3]).toMatchObject({ verdict: 'holds', checked: 1 });
  });

  it('lets a new leader start with an older high watermark that it has the records for', () => {
    const script = new LedgerScript();
    script.leads(1, 0, [1, 2, 3]);
    const log: ReplicaLog = [];
    produce(script.producer('feed', 'all', true), 4, { leader: 1, epoch: 0, logs: [log] });
    script.sample(1, true, 0, log, 4);
    script.audit(log, 0);
    script.leads(2, 1, [2, 3]);
    script.sample(2, true, 1, log, 2);
    script.audit(log, 1);
    expect(script.verdicts).toMatchObject({ 'high-watermark-never-retreats': 'holds: never-back' });
    script.sample(2, true, 1, log, 4);
    script.sample(2, true, 1, log, 3);
    expect(script.verdicts).toMatchObject({ 'high-watermark-never-retreats': 'broken: retreated' });
  });

  it('judges what acks=all promised, whatever the producer promised before and after', () => {
    const script = new LedgerScript();
    script.leads(1, 0, [1, 2, 3]);
    const log: ReplicaLog = [];
    produce(script.producer('feed', '1'), 2, { leader: 1, epoch: 0, logs: [log] });
    produce(script.producer('feed', 'all', true), 3, { leader: 1, epoch: 0, logs: [log] });
    script.producer('feed', '0').send();
    script.audit(log, 0);
    script.later();
    expect(script.summary.properties[3]).toMatchObject({ verdict: 'holds', checked: 3 });
    expect(script.summary.producers).toMatchObject([{ producer: 'feed', acks: '0', funnel: { sent: 6, acked: 5 } }]);
  });

  it('judges nothing that it left out', () => {
    const script = new LedgerScript();
    script.leads(1, 0, [1, 2, 3]);
    const log: ReplicaLog = [];
    const feed = script.producer('feed', 'all', true);
    produce(feed, 1, { leader: 1, epoch: 0, logs: [log] });
    feed.leftOut(500);
    script.audit(log, 0);
    expect(script.summary.funnel).toMatchObject({ sent: 501, acked: 501, leftOut: 500 });
    expect(script.verdicts).toMatchObject({
      'no-acked-record-lost': 'unknown: left-out',
      'no-record-duplicated': 'unknown: left-out',
    });
  });
});
