/** A real lab: brokers, a producer, and what becomes of its records when its leader dies. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { LedgerRow, LedgerSummary } from '../../contract/ledger.ts';
import type { LabCommand } from '../../contract/commands.ts';
import { LabDirectory } from '../lab-directory.ts';
import { Lab } from '../lab.ts';

const entry = (name: string): URL => new URL(`../${name}.ts`, import.meta.url);
const waitLimitMs = 30_000;

class LedgerLab {
  readonly #dataDir = mkdtempSync(join(tmpdir(), 'brokerlab-ledger-'));
  readonly #directory = new LabDirectory(this.#dataDir);
  readonly lab: Lab;

  constructor(port: number) {
    this.lab = new Lab({
      dataDir: this.#dataDir,
      workers: {
        broker: entry('broker-worker'),
        client: entry('clients/client-worker'),
        journal: entry('journal/journal-worker'),
        ledger: entry('ledger/ledger-worker'),
        runs: entry('runs/run-worker'),
      },
      brokers: 3,
      port,
      set: { 'broker.session.timeout.ms': '3000' },
      defaultWorkload: false,
      journal: true,
    });
  }

  async start(): Promise<void> {
    this.lab.subscribe(() => {});
    await this.lab.start(this.#directory);
    await this.lab.ready();
  }

  async do(command: LabCommand): Promise<void> {
    const result = await this.lab.execute(command);
    if (!result.ok) throw new Error(JSON.stringify(result.error));
  }

  async until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    const deadlineMs = performance.now() + waitLimitMs;
    while (!(await condition())) {
      if (performance.now() > deadlineMs) throw new Error(`waited for ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async summary(waitMs?: number): Promise<LedgerSummary> {
    const answer = await this.lab.queries.ledgerSummary(waitMs === undefined ? {} : { waitMs });
    if (!answer.ok) throw new Error(JSON.stringify(answer.error));
    return answer.value;
  }

  async rows(): Promise<readonly LedgerRow[]> {
    const all: LedgerRow[] = [];
    for (let more = true; more;) {
      const after = all.at(-1)?.row ?? 0;
      const answer = await this.lab.queries.ledger({ after, limit: 1000, show: { only: 'all' } });
      if (!answer.ok) throw new Error(JSON.stringify(answer.error));
      all.push(...answer.value.rows);
      more = answer.value.newer;
    }
    return all;
  }

  /** Order ids that the log has now, in its order. */
  async log(): Promise<readonly number[]> {
    const ids: number[] = [];
    for (let offset = 0; ;) {
      const answer = await this.lab.queries.records({
        topic: 'ledgered',
        partition: 0,
        from: { by: 'offset', offset },
        limit: 500,
      });
      if (!answer.ok) throw new Error(JSON.stringify(answer.error));
      const { records, highWatermark } = answer.value;
      for (const { value } of records) ids.push((JSON.parse(value?.text ?? '{}') as { orderId: number }).orderId);
      offset = (records.at(-1)?.offset ?? highWatermark) + 1;
      if (offset >= highWatermark) return ids;
    }
  }

  get acknowledged(): number {
    return this.lab.snapshot().producers[0]?.totals.acknowledged ?? 0;
  }

  get leader(): number {
    return this.lab.snapshot().partitions.find(({ topic }) => topic === 'ledgered')?.leader ?? -1;
  }

  async stop(): Promise<void> {
    await this.lab.stop();
    this.#directory.unlock();
    rmSync(this.#dataDir, { recursive: true, force: true });
  }
}

/** The leader goes on alone for a while, then dies; the others, who have nothing of what it took in alone, go on. */
async function losesItsLeader(lab: LedgerLab, acks: '1' | 'all'): Promise<void> {
  await lab.start();
  await lab.do({ type: 'createTopic', name: 'ledgered', partitions: 1, replicationFactor: 3 });
  await lab.do({ type: 'addProducer', client: 'feed', topic: 'ledgered', recordsPerSecond: 200, acks });
  await lab.until('records', () => lab.acknowledged > 100);
  const { leader } = lab;
  const followers = [1, 2, 3].filter((node) => node !== leader);
  for (const node of followers) await lab.do({ type: 'pauseBroker', node });
  const before = (await lab.summary()).funnel.sent;
  await lab.until('more records', async () => (await lab.summary()).funnel.sent > before + 60);
  await lab.do({ type: 'killBroker', node: leader });
  for (const node of followers) await lab.do({ type: 'resumeBroker', node });
  await lab.until('another leader', () => lab.leader > 0 && lab.leader !== leader);
  const alone = (await lab.summary()).funnel.acked;
  await lab.until('records of the new leader', async () => (await lab.summary()).funnel.acked > alone + 100);
  await lab.do({ type: 'stopProducer', client: 'feed' });
  await lab.do({ type: 'startBroker', node: leader });
}

describe('the ledger of a lab', { timeout: 90_000 }, () => {
  let lab: LedgerLab | null = null;
  afterEach(() => lab?.stop());

  it('names exactly the records that acks=1 lost with their leader', async () => {
    lab = new LedgerLab(9820);
    await losesItsLeader(lab, '1');
    const summary = await lab.summary(20_000);
    const rows = await lab.rows();
    const log = new Set(await lab.log());
    const acked = rows.filter(({ ackedMs }) => ackedMs !== null).map(({ number }) => number);
    const missing = acked.filter((number) => !log.has(number));
    const lost = rows.filter(({ fate }) => fate === 'lost').map(({ number }) => number);
    expect(missing.length).toBeGreaterThan(20);
    expect(lost).toEqual(missing);
    const [property] = summary.properties;
    expect(property).toMatchObject({ verdict: 'broken', reason: 'acked-lost', violations: missing.length });
    const story = await lab.lab.queries.recordFate({ producer: 'feed', number: missing[0]! });
    expect(story).toMatchObject({ ok: true, value: { why: { reason: 'not-replicated' } } });
  });

  it('finds everything that acks=all acknowledged', async () => {
    lab = new LedgerLab(9830);
    await losesItsLeader(lab, 'all');
    const summary = await lab.summary(20_000);
    const rows = await lab.rows();
    const log = await lab.log();
    const acked = rows.filter(({ ackedMs }) => ackedMs !== null).map(({ number }) => number);
    expect(acked.filter((number) => !log.includes(number))).toEqual([]);
    expect(log.length).toBe(new Set(log).size);
    expect(summary.properties.slice(0, 4).map(({ property, verdict }) => [property, verdict])).toEqual([
      ['no-acked-record-lost', 'holds'],
      ['no-record-duplicated', 'holds'],
      ['high-watermark-never-retreats', 'holds'],
      ['min-isr-at-each-ack', 'holds'],
    ]);
    expect(summary.funnel).toMatchObject({ acked: acked.length, readable: acked.length, lost: 0, unread: 0 });
  });
});
