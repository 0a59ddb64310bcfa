/**
 * Topics and records as the window asks for them, beside kcat on the same lab: what kcat writes with every codec is read
 * as kcat reads it, what the console producer writes is what kcat reads, and a tail sees what kcat writes meanwhile.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecordPage, RecordView } from '../../engine/contract/queries.ts';
import { connect } from '../../cli/connect.ts';
import type { LabConnection } from '../../engine/lab/lab-client.ts';
import { runProgram, startLabProcess, type LabProcess } from './lab-process.ts';

const hasKcat = spawnSync('kcat', ['-V']).status === 0;
const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

/** A record as `kcat -J` prints it; headers are names and values one after the other. */
interface KcatRecord {
  readonly offset: number;
  readonly ts: number;
  readonly key: string | null;
  readonly payload: string | null;
  readonly headers?: readonly string[];
}

describe.skipIf(!hasKcat)('topics and records beside kcat', () => {
  let lab: LabProcess;
  let window: LabConnection;
  const kcat = (args: readonly string[], input = ''): Promise<string> =>
    runProgram('kcat', ['-b', lab.bootstrapServers, ...args], input);

  beforeAll(async () => {
    lab = await startLabProcess({ args: ['--no-default-workload', '--no-journal'] });
    window = await connect(lab.dataDir);
  });
  afterAll(async () => {
    window?.close();
    await lab?.dispose();
  });

  async function newTopic(name: string, partitions: number): Promise<void> {
    const made = await window.client.commands.createTopic({ name, partitions, replicationFactor: 3 });
    expect(made).toEqual({ ok: true, node: null });
  }
  async function pageOf(topic: string, partition = 0): Promise<RecordPage> {
    const answer = await window.client.queries.records({ topic, partition, from: { by: 'earliest' }, limit: 500 });
    if (!answer.ok) throw new Error(`${answer.error.code}: ${answer.error.hint}`);
    return answer.value;
  }
  async function readByKcat(topic: string, partition = 0): Promise<KcatRecord[]> {
    const printed = await kcat(['-C', '-t', topic, '-p', String(partition), '-o', 'beginning', '-e', '-q', '-J']);
    return printed
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as KcatRecord);
  }
  const asKcat = ({ offset, timestampMs, key, value, headers }: RecordView): KcatRecord => ({
    offset,
    ts: timestampMs,
    key: key?.text ?? null,
    payload: value?.text ?? null,
    headers: headers.flatMap((header) => [header.key, header.value?.text ?? '']),
  });

  it('reads what kcat wrote with every codec, with headers, nulls and Korean, as kcat reads it', async () => {
    await newTopic('codecs', 1);
    const lines = Array.from(
      { length: 40 },
      (_, index) => `key-${index % 7}:{"order":${index},"name":"주문 ${index}"}`,
    );
    for (const codec of codecs) {
      const headers = ['-H', `codec=${codec}`, '-H', 'trace=x1'];
      await kcat(['-P', '-t', 'codecs', '-p', '0', '-K:', '-z', codec, ...headers], `${lines.join('\n')}\n`);
    }
    await kcat(['-P', '-t', 'codecs', '-p', '0', '-K:', '-Z'], 'gone:\n');
    const page = await pageOf('codecs');
    const byKcat = await readByKcat('codecs');
    expect(byKcat.length).toBe(codecs.length * lines.length + 1);
    expect(page.records.map(asKcat)).toEqual(
      byKcat.map(({ offset, ts, key, payload, headers = [] }) => ({ offset, ts, key, payload, headers })),
    );
    expect(new Set(page.records.map((record) => record.batch.compression))).toEqual(new Set(codecs));
    expect(page.records.at(-1)?.value).toBeNull();
    expect(page.highWatermark).toBe(byKcat.length);
  });

  it('shows bytes that are no text as hexadecimal', async () => {
    await newTopic('binary', 1);
    const file = join(lab.dataDir, 'binary.bin');
    const content = Uint8Array.from({ length: 64 }, (_, index) => (index * 37 + 128) % 256).filter(
      (byte) => byte !== 10,
    );
    writeFileSync(file, content);
    await kcat(['-P', '-t', 'binary', '-p', '0', file]);
    const [record] = (await pageOf('binary')).records;
    expect(record?.value).toEqual({
      text: Buffer.from(content).toString('hex'),
      encoding: 'hex',
      bytes: content.length,
    });
  });

  it('writes by the console producer what kcat then reads', async () => {
    await newTopic('console', 3);
    const base = { topic: 'console', headers: [{ key: 'trace', value: 'x1' }], acks: 'all' } as const;
    const made = [
      await window.client.commands.produceRecords({
        ...base,
        partition: 1,
        key: 'a',
        value: '{"n":1}',
        headers: [...base.headers],
        count: 3,
      }),
      await window.client.commands.produceRecords({
        ...base,
        partition: 1,
        key: null,
        value: null,
        headers: [],
        count: 1,
        acks: '1',
      }),
    ];
    expect(made).toEqual([
      { ok: true, node: null },
      { ok: true, node: null },
    ]);
    const read = await readByKcat('console', 1);
    expect(read.map(({ key, payload, headers = [] }) => [key, payload, headers])).toEqual([
      ...Array.from({ length: 3 }, () => ['a', '{"n":1}', ['trace', 'x1']]),
      [null, null, []],
    ]);
    const wrong = await window.client.commands.produceRecords({
      ...base,
      partition: 9,
      key: null,
      value: 'x',
      headers: [],
      count: 1,
    });
    expect(wrong).toMatchObject({
      ok: false,
      error: { code: 'UNKNOWN_TOPIC_OR_PARTITION', value: 'console-9', hint: 'console has partitions 0 to 2.' },
    });
  });

  it('adds partitions, sets and resets configs, and deletes, as kcat and the brokers then tell', async () => {
    await newTopic('changing', 1);
    const { commands, queries } = window.client;
    expect(await commands.addPartitions({ topic: 'changing', count: 4 })).toMatchObject({ ok: true });
    expect(await kcat(['-L', '-t', 'changing'])).toContain('with 4 partitions');
    expect(await commands.addPartitions({ topic: 'changing', count: 4 })).toMatchObject({
      error: { code: 'INVALID_PARTITIONS' },
    });
    const retention = async () => {
      const answer = await queries.topicConfigs({ topic: 'changing' });
      return answer.ok ? answer.value.configs.find((config) => config.name === 'retention.ms') : undefined;
    };
    const before = await retention();
    await commands.setTopicConfig({ topic: 'changing', name: 'retention.ms', value: '60000' });
    // A broker knows of it when it has read the metadata so far.
    await expect.poll(retention, { timeout: 5_000 }).toMatchObject({ value: '60000', source: 'DYNAMIC_TOPIC_CONFIG' });
    await commands.setTopicConfig({ topic: 'changing', name: 'retention.ms', value: null });
    await expect.poll(retention, { timeout: 5_000 }).toEqual(before);
    expect(await commands.setTopicConfig({ topic: 'changing', name: 'retention.ms', value: 'soon' })).toMatchObject({
      error: {
        code: 'INVALID_CONFIG',
        hint: 'Invalid value soon for configuration retention.ms: Not a number of type LONG',
      },
    });
    expect(await commands.deleteTopic({ topic: 'changing' })).toMatchObject({ ok: true });
    await expect
      .poll(() => queries.topicConfigs({ topic: 'changing' }), { timeout: 5_000 })
      .toMatchObject({ error: { code: 'UNKNOWN_TOPIC_OR_PARTITION' } });
  });

  it('refuses offsets outside of the log with what there is', async () => {
    await newTopic('short', 1);
    await kcat(['-P', '-t', 'short', '-p', '0'], 'a\nb\n');
    const from = { by: 'offset', offset: 99 } as const;
    expect(await window.client.queries.records({ topic: 'short', partition: 0, from, limit: 1 })).toMatchObject({
      error: { code: 'OFFSET_OUT_OF_RANGE', value: '99', hint: 'short-0 has offsets 0 to 2 (its high watermark).' },
    });
  });

  it('tails what kcat writes, through the death of a leader', async () => {
    await newTopic('tailed', 3);
    await kcat(['-P', '-t', 'tailed', '-p', '0'], 'before\n');
    const updates = await window.client.tail({ topic: 'tailed' });
    const shown: string[] = [];
    const until = async (text: string): Promise<void> => {
      for (;;) {
        const next = await updates.next();
        if (next.done === true) return;
        shown.push(...next.value.records.map((record) => record.value?.text ?? 'null'));
        if (shown.includes(text)) return;
      }
    };
    await updates.next();
    for (const partition of ['0', '1', '2']) {
      await kcat(['-P', '-t', 'tailed', '-p', partition], `to ${partition}\n`);
      await until(`to ${partition}`);
    }
    await window.client.commands.killBroker({ node: 2 });
    await kcat(['-P', '-t', 'tailed', '-p', '1', '-X', 'acks=all'], 'after the kill\n');
    await until('after the kill');
    await updates.return?.();
    expect(shown).toEqual(['to 0', 'to 1', 'to 2', 'after the kill']);
  });
});
