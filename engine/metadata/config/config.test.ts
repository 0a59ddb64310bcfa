import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  brokerConfigs,
  brokerConfigOf,
  ConfigError,
  ConfigSource,
  describeBrokerConfigs,
  describeClusterWideConfigs,
  describeTopicConfigs,
  dynamicBrokerConfigs,
  KafkaConfigRules,
  normalizedStaticConfigs,
  parseBrokerConfig,
  parseConfig,
  resolveTopicConfig,
  topicConfigs,
  type BrokerConfigLayers,
  type DescribedConfig,
} from './index.ts';

const none: ReadonlyMap<string, string> = new Map();

function layers(parts: Partial<BrokerConfigLayers> = {}): BrokerConfigLayers {
  return { dynamicBroker: none, dynamicClusterWide: none, static: none, ...parts };
}

function topicProblem(entries: Record<string, string>): string | null {
  return new KafkaConfigRules(none).validate(2, 'orders', new Map(Object.entries(entries)))?.message ?? null;
}

describe('values', () => {
  it('of every definition have a default that passes its own check', () => {
    for (const definition of [...brokerConfigs.values(), ...topicConfigs.values(), ...dynamicBrokerConfigs.values()]) {
      if (definition.required) continue;
      expect(parseConfig(definition, definition.default).text, definition.name).toBe(definition.default);
    }
  });

  it('that are refused get the words of Kafka', () => {
    const refused: [Record<string, string>, string][] = [
      [{ 'no.such': '1' }, 'Unknown topic config name: no.such'],
      [
        { 'cleanup.policy': 'shred' },
        'Invalid value shred for configuration cleanup.policy: String must be one of: compact, delete',
      ],
      [{ 'retention.ms': 'week' }, 'Invalid value week for configuration retention.ms: Not a number of type LONG'],
      [
        { 'segment.bytes': '2147483648' },
        'Invalid value 2147483648 for configuration segment.bytes: Not a number of type INT',
      ],
      [{ 'segment.bytes': '10' }, 'Invalid value 10 for configuration segment.bytes: Value must be at least 1048576'],
      [
        { 'min.cleanable.dirty.ratio': '1.5' },
        'Invalid value 1.5 for configuration min.cleanable.dirty.ratio: Value must be no more than 1',
      ],
      [
        { preallocate: 'maybe' },
        'Invalid value maybe for configuration preallocate: Expected value to be either true or false',
      ],
      [
        { 'min.compaction.lag.ms': '20', 'max.compaction.lag.ms': '10' },
        'conflict topic config setting min.compaction.lag.ms (20) > max.compaction.lag.ms (10)',
      ],
    ];
    for (const [entries, message] of refused) expect(topicProblem(entries)).toBe(message);
    expect(topicProblem({ 'cleanup.policy': 'compact,delete', 'retention.ms': '-1', 'segment.bytes': '1048576' })).toBe(
      null,
    );
  });

  it('of 64 bits keep their text beyond 2^53', () => {
    const definition = topicConfigs.get('flush.ms')!;
    expect(parseConfig(definition, ' 9223372036854775807 ')).toEqual({ value: 2 ** 63, text: '9223372036854775807' });
    expect(() => parseConfig(definition, '9223372036854775808')).toThrow(ConfigError);
  });
});

describe('a resource', () => {
  it('must have a name that fits its kind', () => {
    const rules = new KafkaConfigRules(none);
    expect(rules.validate(2, '', none)?.message).toBe('Default topic resources are not allowed.');
    expect(rules.validate(2, 'a b', none)).toEqual({
      code: 17,
      message:
        "Topic name is invalid: 'a b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'",
    });
    expect(rules.validate(4, 'one', none)?.message).toBe('Unable to parse broker name as a base 10 number.');
    expect(rules.validate(4, '-1', none)?.message).toBe('Invalid negative broker ID.');
    expect(rules.validate(4, '', none)).toBeNull();
  });
});

describe('a topic config', () => {
  it('comes from the topic, then the broker, then all brokers, then the file, then the defaults', () => {
    const all = layers({
      dynamicBroker: new Map([['log.segment.bytes', '3000000']]),
      dynamicClusterWide: new Map([
        ['log.segment.bytes', '4000000'],
        ['log.retention.ms', '86400000'],
        ['min.insync.replicas', '2'],
      ]),
      static: new Map([
        ['log.segment.bytes', '5000000'],
        ['log.retention.hours', '1'],
        ['log.roll.hours', '2'],
        ['log.index.interval.bytes', '512'],
      ]),
    });
    const config = resolveTopicConfig(new Map([['index.interval.bytes', '64']]), all);
    expect(config).toMatchObject({
      segmentBytes: 3_000_000,
      retentionMs: 86_400_000,
      segmentMs: 7_200_000,
      indexIntervalBytes: 64,
      minInsyncReplicas: 2,
      flushMs: 2 ** 63,
      cleanupPolicy: { delete: true, compact: false },
      compressionType: 'producer',
      messageTimestampType: 'create-time',
    });
  });

  it('reads negative minutes as no limit', () => {
    const config = resolveTopicConfig(none, layers({ static: new Map([['log.retention.minutes', '-1']]) }));
    expect(config.retentionMs).toBe(-1);
  });

  it('takes internal.segment.bytes over segment.bytes, and survives a stored value that is no longer valid', () => {
    const overrides = new Map([
      ['internal.segment.bytes', '16384'],
      ['retention.ms', 'soon'],
      ['compression.type', 'uncompressed'],
      ['cleanup.policy', 'compact,delete'],
      ['message.timestamp.type', 'LogAppendTime'],
    ]);
    expect(resolveTopicConfig(overrides, layers())).toMatchObject({
      segmentBytes: 16384,
      retentionMs: 604_800_000,
      compressionType: 'none',
      cleanupPolicy: { delete: true, compact: true },
      messageTimestampType: 'log-append-time',
    });
  });
});

describe('a broker config', () => {
  const file = {
    'node.id': '2',
    'process.roles': 'broker,controller',
    listeners: 'PLAINTEXT://127.0.0.1:9093,CONTROLLER://127.0.0.1:9193',
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.voters': '1@127.0.0.1:9192,2@127.0.0.1:9193',
    'log.dirs': '/data/broker-2',
    'replica.lag.time.max.ms': '10000',
  };

  it('is parsed from Kafka-named texts', () => {
    expect(parseBrokerConfig(normalizedStaticConfigs(file))).toMatchObject({
      nodeId: 2,
      processRoles: ['broker', 'controller'],
      listeners: [
        { name: 'PLAINTEXT', host: '127.0.0.1', port: 9093 },
        { name: 'CONTROLLER', host: '127.0.0.1', port: 9193 },
      ],
      advertisedListeners: [{ name: 'PLAINTEXT', host: '127.0.0.1', port: 9093 }],
      controllerListenerNames: ['CONTROLLER'],
      interBrokerListenerName: 'PLAINTEXT',
      controllerQuorumVoters: [
        { id: 1, host: '127.0.0.1', port: 9192 },
        { id: 2, host: '127.0.0.1', port: 9193 },
      ],
      logDirs: ['/data/broker-2'],
      replicaLagTimeMaxMs: 10_000,
      brokerSessionTimeoutMs: 9000,
      groupInitialRebalanceDelayMs: 3000,
    });
  });

  it('that is missing or wrong stops the node with Kafka words', () => {
    const { 'node.id': _, ...nameless } = file;
    expect(() => parseBrokerConfig(normalizedStaticConfigs(nameless))).toThrow(
      'Missing required configuration "node.id" which has no default value.',
    );
    expect(() => parseBrokerConfig(normalizedStaticConfigs({ ...file, 'num.partitions': '0' }))).toThrow(
      'Invalid value 0 for configuration num.partitions: Value must be at least 1',
    );
    expect(() => parseBrokerConfig(normalizedStaticConfigs({ ...file, listeners: '127.0.0.1:9092' }))).toThrow(
      'Invalid value 127.0.0.1:9092 for configuration listeners: A listener is written NAME://host:port',
    );
  });

  it('follows dynamic configs, the broker before all brokers', () => {
    const config = brokerConfigOf(
      layers({
        static: normalizedStaticConfigs(file),
        dynamicClusterWide: new Map([
          ['message.max.bytes', '100'],
          ['log.cleaner.backoff.ms', '7'],
        ]),
        dynamicBroker: new Map([['message.max.bytes', '200']]),
      }),
    );
    expect([config.messageMaxBytes, config.logCleanerBackoffMs]).toEqual([200, 7]);
  });
});

describe('what DescribeConfigs shows', () => {
  it('names every place that sets a config', () => {
    const all = layers({ dynamicClusterWide: new Map([['log.retention.ms', '86400000']]) });
    const retention = describeTopicConfigs(new Map(), all).find(({ name }) => name === 'retention.ms');
    expect(retention).toMatchObject({
      value: '86400000',
      source: ConfigSource.dynamicClusterWide,
      type: 5,
      synonyms: [
        { name: 'log.retention.ms', value: '86400000', source: 3 },
        { name: 'log.retention.hours', value: '168', source: 5 },
      ],
    });
    expect(describeClusterWideConfigs(all).map(shown)).toEqual([
      'log.retention.ms=86400000 sensitive=false synonyms={DYNAMIC_DEFAULT_BROKER_CONFIG:log.retention.ms=86400000}',
    ]);
  });

  it('hides internal configs unless they are set, and what it does not know', () => {
    const names = (described: DescribedConfig[]) => described.map(({ name }) => name);
    expect(names(describeTopicConfigs(none, layers()))).not.toContain('internal.segment.bytes');
    expect(names(describeTopicConfigs(new Map([['internal.segment.bytes', '16384']]), layers()))).toContain(
      'internal.segment.bytes',
    );
    const custom = describeBrokerConfigs(layers({ static: new Map([['my.own', 'x']]) }));
    expect(custom.find(({ name }) => name === 'my.own')).toMatchObject({ value: null, sensitive: true, type: 0 });
    expect(names(custom)).not.toContain('unstable.api.versions.enable');
  });
});

const sources = ['', 'DYNAMIC_TOPIC_CONFIG', 'DYNAMIC_BROKER_CONFIG', 'DYNAMIC_DEFAULT_BROKER_CONFIG'].concat([
  'STATIC_BROKER_CONFIG',
  'DEFAULT_CONFIG',
]);

/** A line of `kafka-configs --describe`. */
function shown({ name, value, sensitive, synonyms }: DescribedConfig): string {
  const list = synonyms.map((synonym) => `${sources[synonym.source]}:${synonym.name}=${synonym.value}`).join(', ');
  return `${name}=${value} sensitive=${sensitive} synonyms={${list}}`;
}

const recording = new URL('../../../../shared/golden/cli/configs.md', import.meta.url);

describe.runIf(existsSync(recording))('recorded listings of kafka-configs', () => {
  const listings = existsSync(recording) ? readFileSync(recording, 'utf8').split('```console') : [];
  /** The lines of one listing, and all that they say is set in a layer. */
  function listing(command: string): { lines: string[]; entries: (source: string) => Map<string, string> } {
    const text = listings.find((each) => each.includes(command)) ?? '';
    const lines = [...text.matchAll(/^ {2}(\S+=.*synonyms=\{.*\})$/gm)].map((match) => match[1]!);
    const entries = (source: string) => {
      const found = new Map<string, string>();
      for (const line of lines) {
        const synonyms = /synonyms=\{(.*)\}$/.exec(line)?.[1] ?? '';
        for (const synonym of synonyms.split(/, (?=[A-Z_]+:)/)) {
          const match = /^([A-Z_]+):([^=]+)=(.*)$/.exec(synonym);
          if (match?.[1] === source) found.set(match[2]!, match[3]!);
        }
      }
      return found;
    };
    return { lines, entries };
  }

  function layersOf(entries: (source: string) => Map<string, string>): BrokerConfigLayers {
    return layers({
      dynamicBroker: entries('DYNAMIC_BROKER_CONFIG'),
      dynamicClusterWide: entries('DYNAMIC_DEFAULT_BROKER_CONFIG'),
      static: entries('STATIC_BROKER_CONFIG'),
    });
  }

  it('of a broker are reproduced line by line', () => {
    const { lines, entries } = listing('--entity-type brokers --entity-name 1 --describe --all');
    expect(lines.length).toBeGreaterThan(300);
    expect(describeBrokerConfigs(layersOf(entries)).map(shown)).toEqual(lines);
  });

  for (const topic of ['orders', 'defaults']) {
    it(`of the topic ${topic} are reproduced line by line`, () => {
      const { lines, entries } = listing(`--entity-type topics --entity-name ${topic} --describe --all`);
      expect(lines.length).toBeGreaterThan(30);
      expect(describeTopicConfigs(entries('DYNAMIC_TOPIC_CONFIG'), layersOf(entries)).map(shown)).toEqual(lines);
    });
  }
});
