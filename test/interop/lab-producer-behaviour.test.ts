/**
 * The lab's producer beside the official Java producer where it is about what happens over time: round-robin, compressed
 * batches, records that overtake each other, a leader that dies. It runs where a JDK and the official jars are found.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ClusterClient,
  KafkaError,
  parseBootstrapServers,
  Producer,
  roundRobinClass,
} from '../../engine/client/index.ts';
import { utf8 } from '../../engine/base/text.ts';
import { nodeCodecs } from '../../engine/env/node/compression.ts';
import { nodeEnv } from '../../engine/env/node/index.ts';
import { PartitionReader } from '../../engine/lab/topics/partition-reader.ts';
import { measureBatches } from '../../engine/lab/feeds/on-disk.ts';
import { ErrorCode } from '../../engine/protocol/index.ts';
import { batchHeader, iterateBatches, iterateRecords } from '../../engine/record/index.ts';
import { compileJavaPrograms, type JavaPrograms } from './java-programs.ts';
import { hasKafkaTools } from './kafka-tools.ts';
import { freePorts, type LabProcess, runProgram, startLabProcess, temporaryDirectory } from './lab-process.ts';
import { ScriptedBroker, type ScriptedAnswer } from './scripted-broker.ts';

const topic = 'behaves';
const partitions = 6;
const robins = 30;
const batchRecords = 200;
const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
/** Each in a partition of its own, of both producers one batch. */
const codecConfigs = (codec: string): string[] => [
  `compression.type=${codec}`,
  'linger.ms=10000',
  'batch.size=1000000',
];

/** The first of two batches is refused once, when the second is there (or would be, if it were allowed in flight). */
const overtaken: ScriptedAnswer = async ({ values, baseSequence, attempt }, broker) => {
  const isFirst = values[0] === 'a';
  // With sequences, what comes ahead of what is missing is refused.
  if (!isFirst) return baseSequence > broker.written.length ? ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER : ErrorCode.NONE;
  if (attempt > 1) return ErrorCode.NONE;
  const untilMs = Date.now() + 700;
  while (!broker.arrived.some((each) => each.values[0] === 'b') && Date.now() < untilMs) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return ErrorCode.NOT_ENOUGH_REPLICAS;
};
const dies: ScriptedAnswer = () => 'die';

interface PairCase {
  readonly text: string;
  readonly answer: ScriptedAnswer;
  readonly configs: readonly string[];
  /** What becomes of the second one is left open: the Java client may have forgotten its topic by then. */
  readonly firstOnly?: true;
}
const quick = ['linger.ms=0', 'request.timeout.ms=1000', 'delivery.timeout.ms=1500', 'max.block.ms=1000'];
const pairCases: readonly PairCase[] = [
  {
    text: 'lets records overtake each other with a retry, several in flight and no idempotence',
    answer: overtaken,
    configs: ['linger.ms=0', 'enable.idempotence=false'],
  },
  {
    text: 'keeps their order with one request in flight',
    answer: overtaken,
    configs: ['linger.ms=0', 'enable.idempotence=false', 'max.in.flight.requests.per.connection=1'],
  },
  { text: 'keeps their order with idempotence', answer: overtaken, configs: ['linger.ms=0'] },
  { text: 'loses one of them without retries', answer: overtaken, configs: ['linger.ms=0', 'retries=0', 'acks=1'] },
  {
    text: 'learns that the leader died, without retries',
    answer: dies,
    configs: [...quick, 'acks=1', 'retries=0'],
    firstOnly: true,
  },
  {
    text: 'learns at last that the leader died',
    answer: dies,
    configs: [...quick, 'acks=all'],
    firstOnly: true,
  },
  { text: 'learns nothing of the first one with acks=0', answer: dies, configs: [...quick, 'acks=0'] },
];

const pairsOf = (configs: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    configs.map((pair): [string, string] => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
/** Ages differ by milliseconds, and each client has a broker of its own. */
const comparable = (text: string): string => text.replaceAll(/\d{4,} ms/g, 'N ms').replaceAll(/:\d{4,5}\b/g, ':PORT');
/** Of a broker's errors, as Java's classes are called. */
const javaNames: Readonly<Record<string, string>> = {
  NETWORK_EXCEPTION: 'NetworkException',
  NOT_ENOUGH_REPLICAS: 'NotEnoughReplicasException',
};

describe.runIf(hasKafkaTools())('the lab’s producer beside the Java producer, over time', () => {
  let lab: LabProcess;
  let programs: JavaPrograms;
  let java: { robin: string; pairs: string[] };
  const brokers: { readonly ours: ScriptedBroker; readonly theirs: ScriptedBroker }[] = [];

  const producer = (configs: Record<string, string>): Producer =>
    new Producer({
      env: nodeEnv(temporaryDirectory('producer'), () => {}),
      codecs: nodeCodecs,
      configs: { 'bootstrap.servers': lab.bootstrapServers, ...configs },
      onEvent: () => {},
    });

  /** The log of a partition from its beginning, read as a consumer does. */
  async function read(partition: number): Promise<Uint8Array> {
    const env = nodeEnv(temporaryDirectory('reader'), () => {});
    const cluster = new ClusterClient({
      env,
      bootstrapServers: parseBootstrapServers(lab.bootstrapServers.split(',')),
      clientId: 'reader',
      requestTimeoutMs: 5000,
      metadataMaxAgeMs: 60_000,
      retryBackoffMs: 100,
      retryBackoffMaxMs: 1000,
      reconnectBackoffMs: 50,
      reconnectBackoffMaxMs: 1000,
      connectTimeoutMs: 2000,
      allowAutoTopicCreation: false,
    });
    cluster.followTopics([topic]);
    const reader = new PartitionReader({ cluster, now: () => env.clock.monotonic(), timeoutMs: 5000 });
    const { records } = await reader.fetch(topic, partition, 0, 8_000_000);
    cluster.close();
    return records;
  }

  beforeAll(async () => {
    [programs, lab] = await Promise.all([compileJavaPrograms(), startLabProcess({ args: ['--no-default-workload'] })]);
    const first = await freePorts(pairCases.length * 2);
    for (const [index, { answer }] of pairCases.entries()) {
      const pair = {
        ours: new ScriptedBroker(first + index * 2, answer),
        theirs: new ScriptedBroker(first + index * 2 + 1, answer),
      };
      await Promise.all([pair.ours.listen(), pair.theirs.listen()]);
      brokers.push(pair);
    }
    const questions = [
      ['create', String(partitions)],
      ['robin', String(robins)],
      ...codecs.map((codec, partition) => ['batch', String(partition), String(batchRecords), ...codecConfigs(codec)]),
      ...pairCases.map(({ configs }, index) => [
        'pair',
        `bootstrap.servers=${brokers[index]?.theirs.bootstrap}`,
        ...configs,
      ]),
    ];
    const { command, args } = programs.command('ProducerLikeness', lab.bootstrapServers, topic);
    const input = `${questions.map((fields) => fields.join('\t')).join('\n')}\n`;
    const [, robin = '', ...answers] = (await runProgram(command, args, input)).trimEnd().split('\n');
    java = { robin, pairs: answers.slice(codecs.length) };
  }, 120_000);
  afterAll(async () => {
    await Promise.all(brokers.flatMap(({ ours, theirs }) => [ours.close(), theirs.close()]));
    await lab?.dispose();
    programs?.dispose();
  });

  it('goes round the partitions as evenly, each once before one is next again', async () => {
    const made = producer({ 'partitioner.class': roundRobinClass });
    const ours: number[] = [];
    for (let i = 0; i < robins; i++) {
      ours.push((await made.send({ topic, key: new Uint8Array([1]), value: new Uint8Array(1) })).partition);
    }
    await made.close(5000);
    for (const chosen of [ours, java.robin.split('\t').map(Number)]) {
      const rounds = Array.from({ length: robins / partitions }, (_, n) =>
        chosen.slice(n * partitions, (n + 1) * partitions),
      );
      expect(rounds.map((round) => new Set(round).size)).toEqual(rounds.map(() => partitions));
      expect(new Set(rounds.map(String)).size).toBe(1);
    }
  });

  it.each(codecs.map((codec, partition) => ({ codec, partition })))(
    'compresses a batch by $codec to what both can read, about as small',
    async ({ codec, partition }) => {
      const made = producer(pairsOf(codecConfigs(codec)));
      const values = Array.from({ length: batchRecords }, (_, i) => `order-${i};`.repeat(30));
      const sent = values.map((value) => made.send({ topic, partition, key: null, value: utf8(value) }));
      await made.flush();
      await Promise.all(sent);
      const sample = made.sample().accumulators[partition];
      await made.close(5000);

      const records = await read(partition);
      const batches = [...iterateBatches(records)].filter((batch) => batch.recordCount === batchRecords);
      expect(batches).toHaveLength(2);
      const texts = batches.map((batch) =>
        [...iterateRecords(batch, nodeCodecs)].map(({ value }) => Buffer.from(value ?? []).toString()),
      );
      expect(texts).toEqual([values, values]);
      const [theirs, ours] = batches.map((batch) => batch.sizeInBytes);
      // What was measured on the wire is what lies in the log.
      expect(sample?.wireBytes).toBe(ours);
      const last = records.subarray(records.length - ours!);
      expect(batchHeader(last).sizeInBytes).toBe(ours);
      expect(measureBatches([last], batchHeader(last).producerId, nodeCodecs)).toMatchObject({
        diskBytes: ours,
        uncompressedBytes: sample?.uncompressedBytes,
        compression: codec,
      });
      expect(ours! / theirs!).toBeGreaterThan(0.8);
      expect(ours! / theirs!).toBeLessThan(1.25);
    },
  );

  it.each(pairCases.map((each, index) => ({ ...each, index })))('$text', async ({ configs, index, firstOnly }) => {
    const { ours, theirs } = brokers[index]!;
    const made = producer({ ...pairsOf(configs), 'bootstrap.servers': ours.bootstrap });
    const outcome = (sent: ReturnType<Producer['send']>): Promise<string> =>
      sent.then(
        ({ offset }) => String(offset),
        (error: unknown) => {
          if (!(error instanceof KafkaError)) throw error;
          return `${javaNames[error.code] ?? error.code}: ${error.message}`;
        },
      );
    const a = outcome(made.send({ topic: 't', partition: 0, key: null, value: utf8('a') }));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const b = outcome(made.send({ topic: 't', partition: 0, key: null, value: utf8('b') }));
    const answer = `${await a}\t${await b}`;
    const { reordered } = made.sample().totals;
    await made.close(500);
    const told = (both: string): string => comparable(firstOnly ? (both.split('\t')[0] ?? '') : both);
    expect(told(answer)).toBe(told(java.pairs[index] ?? ''));
    expect(ours.written).toEqual(theirs.written);
    expect(reordered).toBe(ours.written.join() === 'b,a' ? 1 : 0);
  });
});
