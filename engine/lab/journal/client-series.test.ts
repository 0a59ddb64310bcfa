import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LabSeries } from '../../contract/series.ts';
import { consumerView, groupView, labSnapshot, partitionView, producerView } from '../../contract/snapshot.testkit.ts';
import type { LabSnapshot } from '../../contract/snapshot.ts';
import { ClientSeriesFold, clientSeriesOf } from './client-series.ts';
import { openJournalFile, type JournalFile } from './journal-file.ts';

const startMs = 1_750_000_000_000;

let directory = '';
let file: JournalFile;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'brokerlab-series-'));
  ({ file } = await openJournalFile(join(directory, 'journal.db'), 1e9));
});
afterEach(() => {
  file.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A producer, a consumer with one partition, its group; `second` and what they tell then. */
function at(second: number, rate: number, lag: number, change: Partial<LabSnapshot> = {}): LabSnapshot {
  const producer = producerView('feed', { recordsPerSecond: rate, ackMs: { median: second, p99: 10 * second } });
  const consumer = consumerView('billing-1', { recordsPerSecond: rate / 2 });
  const [owned] = consumer.partitions;
  const partition = partitionView(1, 'orders', 0, { leader: 1 });
  const sampledMs = startMs + second * 1000;
  return labSnapshot({
    sampledMs,
    producers: [producer],
    consumers: [{ ...consumer, partitions: [{ ...owned!, position: 1000, highWatermark: 1000 + lag }] }],
    partitions: [{ ...partition, logs: partition.logs.map((log) => ({ ...log, highWatermark: 1000 })) }],
    groups: [
      groupView('billing', {
        offsets: [
          { topic: 'orders', partition: 0, offset: 1000 - lag, committedMs: sampledMs, passedMs: sampledMs - 700 },
        ],
      }),
    ],
    ...change,
  });
}

function recorded(...pictures: readonly LabSnapshot[]): (from: number, to: number, buckets?: number) => LabSeries {
  const fold = new ClientSeriesFold(file);
  for (const picture of pictures) fold.observe(picture);
  return (from, to, buckets = 100) =>
    clientSeriesOf(file, { fromMs: startMs + from * 1000, toMs: startMs + to * 1000, buckets });
}

describe('the numbers of clients and groups over time', () => {
  it('are those at the beginning of each second, and null where nobody told', () => {
    const series = recorded(at(0, 100, 4), at(0.4, 999, 99), at(1, 200, 0), at(60, 300, 8))(0, 61);
    expect(series.stepMs).toBe(1000);
    const [producer, consumer] = series.clients.toSorted((a, b) => (a.kind < b.kind ? 1 : -1));
    const points = [0, 1, 2, 59, 60, 61];
    const of = (values: readonly (number | null)[] | undefined) => points.map((point) => values?.[point]);
    expect([producer?.client, of(producer?.recordsPerSecond)]).toEqual(['feed', [100, 200, null, null, 300, null]]);
    expect(of(producer?.ackP99Ms)).toEqual([0, 10, null, null, 600, null]);
    expect([consumer?.client, of(consumer?.lag)]).toEqual(['billing-1', [4, 0, null, null, 8, null]]);
    expect(series.groups.map(({ group, lag, lagMs }) => [group, of(lag), of(lagMs)])).toEqual([
      ['billing', [4, 0, null, null, 8, null], [700, 0, null, null, 700, null]],
    ]);
  });

  it('of a lab that runs fast, seconds without a picture are like the one before', () => {
    const { clients } = recorded(at(0, 100, 0), at(3, 400, 0))(0, 3);
    expect(clients.find(({ client }) => client === 'feed')?.recordsPerSecond).toEqual([100, 100, 100, 400]);
  });

  it('become averages in longer steps', () => {
    const series = recorded(...Array.from({ length: 60 }, (_, i) => at(i, i % 2 === 0 ? 100 : 300, 0)))(0, 59, 7);
    expect([series.stepMs, series.clients[0]?.recordsPerSecond.length]).toEqual([10_000, 6]);
    expect(series.clients.find(({ client }) => client === 'feed')?.recordsPerSecond).toEqual(Array(6).fill(200));
  });

  it('are asked for by name, with the configs as of then', () => {
    const linger = (ms: string) => [producerView('feed', { effective: { 'linger.ms': ms } })];
    recorded(at(0, 1, 0, { producers: linger('5') }), at(1, 2, 0, { producers: linger('50') }));
    const asked = (to: number, names: { clients?: string[]; groups?: string[] }) =>
      clientSeriesOf(file, { fromMs: startMs, toMs: startMs + to * 1000, buckets: 10, ...names });
    expect(asked(0, { clients: ['feed'] }).clients.map(({ configs }) => configs['linger.ms'])).toEqual(['5']);
    expect(asked(1, { clients: ['feed'] }).clients.map(({ configs }) => configs['linger.ms'])).toEqual(['50']);
    expect(asked(1, { clients: ['feed'] }).groups).toEqual([]);
    expect(asked(1, { groups: ['billing'] }).clients).toEqual([]);
  });

  it('are none in a journal that has no table for them', () => {
    const series = clientSeriesOf(file, { fromMs: startMs, toMs: startMs + 1000, buckets: 10 });
    expect([series.clients, series.groups]).toEqual([[], []]);
  });
});
