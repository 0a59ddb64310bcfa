import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startBrowserHost, type BrowserHost } from '../../engine/lab/browser-host.ts';
import { PlayedLab } from '../../engine/lab/lab-host.testkit.ts';
import { UsageError } from '../arguments.ts';
import { consumer } from './consumer.ts';
import { producer } from './producer.ts';

const token = 'a-token-of-at-least-thirty-two-characters';
const lab = new PlayedLab();
let dataDir: string;
let door: BrowserHost;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'brokerlab-cli-'));
  door = await startBrowserHost({ host: lab, port: 0, rendererDir: null, token });
  const lock = { pid: process.pid, host: '127.0.0.1', port: door.port, token, startedMs: 0 };
  writeFileSync(join(dataDir, 'lab.lock'), JSON.stringify(lock));
});
afterAll(async () => {
  await door.close();
  rmSync(dataDir, { recursive: true });
});
afterEach(() => {
  lab.commands.length = 0;
});

const words = (text: string): string[] => [...text.split(' ').filter((word) => word !== ''), '--data-dir', dataDir];

describe('lab producer and lab consumer', () => {
  it.each([
    ['add', { type: 'addProducer' }],
    [
      'add feed --topic orders --rate 40 --acks 1 --keys skewed --key-count 9 --record-bytes 100 --config linger.ms=20 --config batch.size=100',
      {
        type: 'addProducer',
        client: 'feed',
        topic: 'orders',
        recordsPerSecond: 40,
        acks: '1',
        keys: 'skewed',
        keyCount: 9,
        recordBytes: 100,
        configs: { 'linger.ms': '20', 'batch.size': '100' },
      },
    ],
    ['set feed --rate 0', { type: 'setProducer', client: 'feed', recordsPerSecond: 0 }],
    [
      'add --key-name seoul,busan --key-name jeju --skew 90 --payload {"n":{{number}}} --header trace={{uuid}} --send-mode sync --partition-by crc32(key)%partitions --seed 7',
      {
        type: 'addProducer',
        keys: 'fixed',
        keyNames: ['seoul', 'busan', 'jeju'],
        skewPercent: 90,
        payload: '{"n":{{number}}}',
        headers: [{ key: 'trace', value: '{{uuid}}' }],
        sendMode: 'sync',
        partitioner: 'custom',
        partitionExpression: 'crc32(key)%partitions',
        seed: 7,
      },
    ],
    [
      'set feed --key-file KEYS --partitioner round-robin',
      {
        type: 'setProducer',
        client: 'feed',
        keys: 'file',
        keyFile: { name: 'keys.tsv', format: 'tab', text: 'k1\tv1\n' },
        partitioner: 'round-robin',
      },
    ],
    ['stop feed', { type: 'stopProducer', client: 'feed' }],
    ['kill feed', { type: 'killProducer', client: 'feed' }],
    ['start feed', { type: 'startProducer', client: 'feed' }],
    ['remove feed', { type: 'removeProducer', client: 'feed' }],
  ])('producer %s', async (text, command) => {
    writeFileSync(join(dataDir, 'keys.tsv'), 'k1\tv1\n');
    await producer(words(text.replace('KEYS', join(dataDir, 'keys.tsv'))));
    expect(lab.commands).toEqual([command]);
  });

  it.each([
    ['add --group audit', { type: 'addConsumer', group: 'audit' }],
    [
      'set billing-1 --topic orders --topic payments --assignor sticky,range --static on --instance-id one --commit sync --processing-ms 20 --config session.timeout.ms=10000',
      {
        type: 'setConsumer',
        client: 'billing-1',
        topics: ['orders', 'payments'],
        assignors: ['sticky', 'range'],
        staticMembership: true,
        instanceId: 'one',
        commit: 'sync',
        processingMs: 20,
        configs: { 'session.timeout.ms': '10000' },
      },
    ],
    [
      'set --group billing --static off --assignor cooperative-sticky',
      { type: 'setGroup', group: 'billing', staticMembership: false, assignors: ['cooperative-sticky'] },
    ],
    ['close billing-1', { type: 'closeConsumer', client: 'billing-1' }],
    ['kill billing-1', { type: 'killConsumer', client: 'billing-1' }],
    ['freeze billing-1', { type: 'freezeConsumer', client: 'billing-1' }],
    ['thaw billing-1', { type: 'thawConsumer', client: 'billing-1' }],
    ['start billing-1', { type: 'startConsumer', client: 'billing-1' }],
    ['remove billing-1', { type: 'removeConsumer', client: 'billing-1' }],
  ])('consumer %s', async (text, command) => {
    await consumer(words(text));
    expect(lab.commands).toEqual([command]);
  });

  it.each([
    [producer, 'sell', 'producer sell: one of add, stop, kill, start, remove, set is needed'],
    [producer, 'constructor', 'producer constructor: one of add'],
    [producer, 'stop', 'producer stop: which one? Give its name'],
    [producer, 'stop feed now', 'now: not an option, and nothing else is taken here'],
    [producer, 'stop feed --acks 1', '--acks 1: not for producer stop; only add and set take it'],
    [producer, 'set feed', 'producer set feed: what? Give one of --topic, --rate'],
    [producer, 'add --acks 2', '--acks 2: one of 0, 1, all is needed'],
    [producer, 'add --rate fast', '--rate fast: a whole number from 0 to 100000 is needed'],
    [producer, 'add --keys odd', '--keys odd: one of none, round, random, skewed, fixed, file is needed'],
    [producer, 'add --config linger.ms', '--config linger.ms: write it as name=value, e.g. --config linger.ms=20'],
    [producer, 'add --key-file /none/such', '--key-file /none/such: ENOENT'],
    [producer, 'add --key-format csv', '--key-format csv: for --key-file only'],
    [producer, 'add --header trace', '--header trace: write it as name=value, e.g. --header trace={{uuid}}'],
    [producer, 'add a/b', 'producer add a/b: a client name has 1 to 64 letters'],
    [producer, 'add --topic ..', 'a topic is not called'],
    [consumer, 'freeze', 'consumer freeze: which one? Give its name'],
    [
      consumer,
      'add --assignor fair',
      '--assignor fair: one of range, roundrobin, sticky, cooperative-sticky is needed',
    ],
    [consumer, 'add --static maybe', '--static maybe: one of on, off is needed'],
    [consumer, 'add --commit never', '--commit never: one of auto, sync, async, none is needed'],
    [consumer, 'set billing-1 --group audit', '--group audit: a consumer stays in its group'],
    [consumer, 'set --group billing --processing-ms 5', '--processing-ms 5: not for consumer set --group'],
    [consumer, 'close billing-1 --group audit', '--group audit: not for consumer close; only add and set take it'],
  ])('%o %s is a mistake that says what would be right', async (run, text, message) => {
    const outcome = run(words(text));
    await expect(outcome).rejects.toBeInstanceOf(UsageError);
    await expect(outcome).rejects.toThrow(message);
    expect(lab.commands).toEqual([]);
  });

  it('needs a directory on which a lab runs', async () => {
    await expect(producer(['add'])).rejects.toThrow('--data-dir DIR is needed');
    await expect(producer(['add', '--data-dir', join(dataDir, 'none')])).rejects.toThrow('no lab runs on');
  });
});
