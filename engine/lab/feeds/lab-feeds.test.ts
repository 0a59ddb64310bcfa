import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClusterClient, parseBootstrapServers } from '../../client/index.ts';
import { clientNode, ScriptedCluster } from '../../client/scripted-cluster.testkit.ts';
import type { LabEventDraft } from '../../contract/events.ts';
import type { RecordTemplate } from '../../contract/produce.ts';
import type { JobView } from '../../contract/runs.ts';
import { nodeCodecs } from '../../env/node/compression.ts';
import { SimWorld } from '../../env/sim/index.ts';
import { ErrorCode } from '../../protocol/index.ts';
import { PartitionReader } from '../topics/partition-reader.ts';
import { LabFeeds, type FeedCommand } from './lab-feeds.ts';

let world: SimWorld;
let cluster: ScriptedCluster;
let feeds: LabFeeds;
let directory: string;
let jobs: readonly JobView[];
let told: LabEventDraft[];
let brokersRun: boolean;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'brokerlab-feeds-'));
  world = new SimWorld(5);
  cluster = new ScriptedCluster(world, [1], [], nodeCodecs);
  cluster.addTopic('orders', 2);
  await cluster.start();
  [jobs, told, brokersRun] = [[], [], true];
  const { env } = world.node(clientNode);
  const client = new ClusterClient({
    env,
    bootstrapServers: parseBootstrapServers([cluster.bootstrap]),
    clientId: 'host',
    requestTimeoutMs: 1000,
    metadataMaxAgeMs: 60_000,
    retryBackoffMs: 100,
    retryBackoffMaxMs: 1000,
    reconnectBackoffMs: 50,
    reconnectBackoffMaxMs: 1000,
    connectTimeoutMs: 1000,
    allowAutoTopicCreation: false,
  });
  client.followTopics(null);
  const reader = new PartitionReader({ cluster: client, now: () => env.clock.monotonic(), timeoutMs: 1000 });
  feeds = new LabFeeds({
    env,
    directory,
    bootstrapServers: () => cluster.bootstrap,
    line: () => (brokersRun ? { cluster: client, reader } : null),
    producers: () => [],
    onJobs: (views) => (jobs = views),
    onEvents: (drafts) => told.push(...drafts),
  });
});
afterEach(() => rmSync(directory, { recursive: true }));

const template: RecordTemplate = { key: 'k{{number}}', value: '{{int 1 1000000}}', headers: [] };
const produce = (change: Partial<Extract<FeedCommand, { type: 'produceTemplate' }>> = {}): FeedCommand => ({
  type: 'produceTemplate',
  topic: 'orders',
  partition: 0,
  template,
  count: 30,
  rate: 0,
  seed: 9,
  acks: 'all',
  ...change,
});
const importOf = (text: string): FeedCommand => ({
  type: 'importRecords',
  topic: 'orders',
  partition: 1,
  name: 'rows.tsv',
  format: 'tab',
  text,
  rate: 0,
  acks: 'all',
});
const run = (command: FeedCommand) => world.complete(feeds.execute(command));

describe('a job', () => {
  it('sends the records that the preview of its template showed', async () => {
    const preview = await feeds.queries.templatePreview({ template, count: 20, seed: 9 });
    expect(await run(produce())).toMatchObject({ ok: true, job: expect.any(Number) });
    await world.run(5000);
    expect(jobs.at(-1)).toMatchObject({ kind: 'import', state: 'done', done: 30, total: 30 });
    const shown = preview.ok ? preview.value.records.map(({ value }) => value) : [];
    expect(cluster.values('orders', 0).slice(0, 20)).toEqual(shown);
    expect(told.at(-1)).toMatchObject({ kind: 'feed', args: { records: 30 }, change: { now: 'done' } });
  });

  it('imports the rows that can be read, and names those that it left out', async () => {
    await run(importOf('a\t1\nnothing\nb\t2\n'));
    await world.run(5000);
    expect(cluster.values('orders', 1)).toEqual(['1', '2']);
    expect(jobs.at(-1)).toMatchObject({ state: 'done', done: 2, detail: 'line 2 has no tab between key and value' });
  });

  it('is cancelled where it stands', async () => {
    await run(produce({ count: 1000, rate: 50 }));
    await world.run(2000);
    expect(jobs.at(-1)).toMatchObject({ state: 'running', total: 1000 });
    expect(feeds.cancel(jobs.at(-1)?.id ?? -1)).toBe(true);
    await world.run(5000);
    expect(jobs.at(-1)?.state).toBe('cancelled');
    expect(cluster.values('orders', 0).length).toBeGreaterThan(50);
    expect(cluster.values('orders', 0).length).toBeLessThan(200);
    expect(feeds.cancel(jobs.at(-1)?.id ?? -1)).toBe(false);
  });

  it('fails at the first record that is refused, and says which one', async () => {
    cluster.onProduce = ({ values }) => (values.includes('2') ? { errorCode: ErrorCode.INVALID_RECORD } : {});
    await run(importOf('a\t1\nb\t2\n'));
    await world.run(5000);
    expect(jobs.at(-1)).toMatchObject({ state: 'failed', detail: expect.stringMatching(/^line [12]: /) });
  });

  it.each<[FeedCommand, string, string]>([
    [produce({ topic: 'none' }), 'UNKNOWN_TOPIC_OR_PARTITION', ''],
    [produce({ partition: 7 }), 'UNKNOWN_TOPIC_OR_PARTITION', ''],
    [produce({ template: { ...template, value: '{{' } }), 'invalid', 'line 1, column 1'],
    [importOf('nothing\n'), 'invalid', 'line 1 has no tab'],
    [importOf(''), 'invalid', 'rows.tsv is empty'],
  ])('does not begin for %j', async (command, code, hint) => {
    expect(await run(command)).toMatchObject({ ok: false, error: { code, hint: expect.stringContaining(hint) } });
    expect(jobs).toEqual([]);
  });

  it('does not begin without a broker', async () => {
    brokersRun = false;
    expect(await run(produce())).toMatchObject({ ok: false, error: { code: 'BROKER_NOT_AVAILABLE' } });
  });
});

describe('templates that are kept', () => {
  it('are listed by name, replaced and removed; one that cannot be read is not kept', async () => {
    const names = async () => {
      const answer = await feeds.queries.templates({});
      return answer.ok ? answer.value.templates.map(({ name }) => name) : [];
    };
    for (const name of ['visit', 'order', 'visit']) await run({ type: 'saveTemplate', name, template });
    expect(await names()).toEqual(['order', 'visit']);
    const bad = { ...template, key: '{{nope}}' };
    expect(await run({ type: 'saveTemplate', name: 'bad', template: bad })).toMatchObject({ ok: false });
    expect(await run({ type: 'removeTemplate', name: 'order' })).toMatchObject({ ok: true });
    expect(await run({ type: 'removeTemplate', name: 'order' })).toMatchObject({
      ok: false,
      error: { code: 'no-such-template', hint: 'There are visit.' },
    });
    expect(await names()).toEqual(['visit']);
  });
});
