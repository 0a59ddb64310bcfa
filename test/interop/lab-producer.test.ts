/**
 * The lab's own producer beside the official Java producer, against the same lab: what it does with the same keys, the
 * same configs and the same records. It runs where a JDK and the official jars are found.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KafkaError, parseProducerConfigs, Producer } from '../../engine/client/index.ts';
import { nodeCodecs } from '../../engine/env/node/compression.ts';
import { nodeEnv } from '../../engine/env/node/index.ts';
import { compileJavaPrograms, type JavaPrograms } from './java-programs.ts';
import { hasKafkaTools } from './kafka-tools.ts';
import { type LabProcess, runProgram, startLabProcess, temporaryDirectory } from './lab-process.ts';

const topic = 'alike';
const partitions = 7;

/** Of lengths 0 to 40, of all bytes, the same in every run. */
const keys = Array.from({ length: 400 }, (_, i) =>
  Uint8Array.from({ length: i % 41 }, (_each, at) => (i * 31 + at * 151) & 0xff),
);

/** Configs that are refused, and some that look as if they were. */
const configCases: readonly (readonly string[])[] = [
  ['acks=2'],
  ['acks=ALL'],
  ['acks= all '],
  ['batch.size=-1'],
  ['batch.size=x'],
  ['batch.size=99999999999'],
  ['linger.ms=1.5'],
  ['linger.ms=0x10'],
  ['linger.ms=+5'],
  ['linger.ms='],
  ['linger.ms=120000'],
  ['compression.type=brotli'],
  ['compression.type=GZIP'],
  ['compression.gzip.level=0'],
  ['compression.lz4.level=18'],
  ['compression.zstd.level=23'],
  ['bootstrap.servers='],
  ['bootstrap.servers=localhost'],
  ['bootstrap.servers=localhost:99999'],
  ['bootstrap.servers=127.0.0.1:9092/'],
  ['bootstrap.servers=127.0.0.1:1,,127.0.0.1:2'],
  ['bootstrap.servers=PLAINTEXT://127.0.0.1:9092'],
  ['enable.idempotence=yes'],
  ['enable.idempotence=true', 'acks=1'],
  ['enable.idempotence=true', 'acks=1', 'retries=0'],
  ['enable.idempotence=true', 'max.in.flight.requests.per.connection=6'],
  ['acks=1', 'max.in.flight.requests.per.connection=6'],
  ['enable.idempotence=false', 'max.in.flight.requests.per.connection=6'],
  ['max.in.flight.requests.per.connection=0'],
  ['retries=-1'],
  ['transactional.id='],
  ['transactional.id=t', 'acks=1'],
  ['transactional.id=t', 'enable.idempotence=false'],
  ['transactional.id=t', 'transaction.two.phase.commit.enable=true', 'transaction.timeout.ms=5'],
  ['delivery.timeout.ms=30004'],
  ['delivery.timeout.ms=30005'],
  ['metadata.max.idle.ms=4999'],
  ['metadata.recovery.strategy=foo'],
  ['metrics.recording.level=info'],
  ['client.dns.lookup=default'],
  ['security.protocol=plain'],
  ['partitioner.class=Foo'],
  ['partitioner.ignore.keys=1'],
  ['partitioner.class=org.apache.kafka.clients.producer.RoundRobinPartitioner'],
  ['partitioner.availability.timeout.ms=-1'],
  ['partitioner.adaptive.partitioning.enable=maybe'],
  ['compression.gzip.level=-1', 'compression.lz4.level=17', 'compression.zstd.level=-131072'],
  ['max.block.ms=-1'],
  ['request.timeout.ms=-1'],
  ['retry.backoff.max.ms=-1'],
  ['acks=0', 'retries=0', 'enable.idempotence=true'],
  ['acks=1', 'delivery.timeout.ms=100', 'linger.ms=0', 'request.timeout.ms=101'],
  ['sasl.login.refresh.window.factor=0.1'],
  ['sasl.login.refresh.buffer.seconds=40000'],
  ['sasl.kerberos.ticket.renew.jitter=a'],
  ['send.buffer.bytes=-2'],
  ['buffer.memory=-5'],
  ['retry.backoff.ms=2000'],
  ['unknown.name=1'],
];

interface SendCase {
  readonly topic: string;
  readonly partition?: number;
  readonly valueBytes: number;
  readonly configs: readonly string[];
}

const sendCases: readonly SendCase[] = [
  { topic, valueBytes: 1000, configs: ['max.request.size=1000'] },
  { topic, valueBytes: 1000, configs: ['buffer.memory=500', 'batch.size=100'] },
  { topic, valueBytes: 10, configs: ['buffer.memory=500'] },
  { topic, valueBytes: 10, partition: partitions, configs: ['max.block.ms=300'] },
  { topic, valueBytes: 10, partition: -1, configs: [] },
  { topic: 'not a topic', valueBytes: 10, configs: ['max.block.ms=1000'] },
  { topic, valueBytes: 10, configs: ['acks=0'] },
  { topic, valueBytes: 900_000, configs: ['compression.type=zstd', 'acks=1'] },
  { topic, valueBytes: 2_000_000, configs: ['max.request.size=4000000', 'buffer.memory=8000000'] },
];

function pairs(configs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    configs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
}

/** Java's classes for what its users catch; a broker's errors have a class each. */
const javaNames: Readonly<Record<string, string>> = {
  INVALID_TOPIC_EXCEPTION: 'InvalidTopicException',
  MESSAGE_TOO_LARGE: 'RecordTooLargeException',
};

function named(error: unknown): string {
  if (!(error instanceof KafkaError)) throw error;
  return `${javaNames[error.code] ?? error.code}: ${error.message}`;
}

describe.runIf(hasKafkaTools())('the lab’s producer beside the Java producer', () => {
  let lab: LabProcess;
  let programs: JavaPrograms;
  let java: { defaults: string; configs: string[]; keys: string; sends: string[] };

  const question = (...fields: string[]): string => fields.join('\t');
  const producer = (configs: Record<string, string> = {}): Producer =>
    new Producer({
      env: nodeEnv(temporaryDirectory('producer'), () => {}),
      codecs: nodeCodecs,
      configs: { 'bootstrap.servers': lab.bootstrapServers, ...configs },
      onEvent: () => {},
    });

  beforeAll(async () => {
    [programs, lab] = await Promise.all([compileJavaPrograms(), startLabProcess({ args: ['--no-default-workload'] })]);
    const questions = [
      question('create', String(partitions)),
      question('defaults'),
      ...configCases.map((configs) => question('configs', ...configs)),
      question('keys', ...keys.map((key) => Buffer.from(key).toString('base64'))),
      ...sendCases.map(({ topic: to, partition, valueBytes, configs }) =>
        question('send', to, partition === undefined ? '' : String(partition), String(valueBytes), ...configs),
      ),
    ];
    const { command, args } = programs.command('ProducerLikeness', lab.bootstrapServers, topic);
    const [, defaults = '', ...answers] = (await runProgram(command, args, `${questions.join('\n')}\n`)).split('\n');
    const configs = answers.splice(0, configCases.length);
    const [ofKeys = '', ...sends] = answers;
    java = { defaults, configs, keys: ofKeys, sends };
  }, 120_000);
  afterAll(async () => {
    await lab?.dispose();
    programs?.dispose();
  });

  it('has the same defaults', () => {
    const theirs = pairs(java.defaults.split('\t'));
    const { effective } = parseProducerConfigs({ 'bootstrap.servers': lab.bootstrapServers, 'client.id': 'same' });
    const known = Object.entries(theirs).filter(([name, value]) => !/^(ssl|sasl)\./.test(name) && value !== 'null');
    const asJava = ([name, value]: [string, string]): string =>
      /^(bootstrap\.servers|metric\.reporters|config\.providers|interceptor\.classes)$/.test(name)
        ? `[${value.replaceAll(',', ', ')}]`
        : value;
    const ours = Object.entries(effective).map((each): [string, string] => [each[0], asJava(each)]);
    // The Java client shows `all` by its number.
    expect({ ...Object.fromEntries(ours), acks: '-1' }).toEqual(Object.fromEntries(known));
  });

  it.each(configCases.map((configs, index) => ({ configs, index, text: configs.join(' ') })))(
    'says the same to $text',
    ({ configs, index }) => {
      let answer = 'accepted';
      try {
        parseProducerConfigs({ 'bootstrap.servers': lab.bootstrapServers, ...pairs(configs) });
      } catch (error) {
        answer = named(error);
      }
      expect(answer).toBe(java.configs[index]);
    },
  );

  it('sends the same keys to the same partitions', async () => {
    const made = producer();
    const sent = await Promise.all(keys.map((key) => made.send({ topic, key, value: new Uint8Array(1) })));
    await made.close(5000);
    expect(sent.map(({ partition }) => partition)).toEqual(java.keys.split('\t').map(Number));
    expect(new Set(sent.map(({ partition }) => partition)).size).toBe(partitions);
  });

  it.each(
    sendCases.map((each, index) => ({
      ...each,
      index,
      text: `${each.valueBytes} bytes with ${each.configs.join(' ')}`,
    })),
  )(
    'fails a send as it does: $topic $partition $text',
    async ({ topic: to, partition, valueBytes, configs, index }) => {
      const made = producer(pairs(configs));
      const record = {
        topic: to,
        key: null,
        value: new Uint8Array(valueBytes),
        ...(partition === undefined ? {} : { partition }),
      };
      const answer = await made.send(record).then(() => 'sent', named);
      await made.close(5000);
      expect(answer).toBe(java.sends[index]);
    },
  );
});
