/** `recorded-topic-configs.json`: DescribeConfigs v4 of one topic, as Kafka 4.3.1 answered an admin client. */
import { describe, expect, it } from 'vitest';
import { fromHex } from '../../base/text.ts';
import {
  decodeRequest,
  decodeResponse,
  describeConfigsApi,
  encodeMessage,
  envelopeApi,
  ErrorCode,
  incrementalAlterConfigsApi,
  initProducerIdApi,
  listConfigResourcesApi,
  apiVersionsApi,
  type DescribeConfigsResponse,
} from '../../protocol/index.ts';
import { ApiRegistry } from '../../net/index.ts';
import { broker, contextOf, imageOf, partition, received, ScriptedController, topic } from '../cluster.testkit.ts';
import { EnvelopeForwarding } from '../forwarding.ts';
import { apiVersionsHandler } from './18-api-versions.ts';
import { initProducerIdHandler } from './22-init-producer-id.ts';
import { describeConfigsHandler } from './32-describe-configs.ts';
import { incrementalAlterConfigsHandler } from './44-incremental-alter-configs.ts';
import { listConfigResourcesHandler } from './74-list-config-resources.ts';
import recorded from './recorded-topic-configs.json';

const id = 'gEmt_4tERre3a1N_4j4LKg';
const [topicType, brokerType, loggerType, metricsType, groupType] = [2, 4, 8, 16, 32];

function answered<T>(value: T | Promise<T>): T {
  if (value instanceof Promise) throw new Error('answered at once');
  return value;
}

describe('DescribeConfigs', () => {
  const image = imageOf({
    brokers: [broker(1)],
    topics: [topic('orders', id, [partition([1])])],
    configs: [
      [topicType, 'orders', { 'retention.ms': '60000', 'internal.segment.bytes': '16384' }],
      [brokerType, '', { 'min.insync.replicas': '1' }],
      [brokerType, '1', { 'log.cleaner.threads': '2' }],
      [groupType, 'g', { 'consumer.session.timeout.ms': '50000' }],
    ],
  });
  const handler = describeConfigsHandler({
    image: () => image,
    nodeId: 1,
    staticConfigs: new Map([
      ['node.id', '1'],
      ['log.index.size.max.bytes', '1048576'],
    ]),
  });
  function ask(resourceType: number, resourceName: string, keys: string[] | null = null, docs = false) {
    const resources = [{ resourceType, resourceName, configurationKeys: keys }];
    const request = { resources, includeSynonyms: true, includeDocumentation: docs };
    const response = answered(handler.handle(request, contextOf(describeConfigsApi, 4)));
    return received(describeConfigsApi, 4, response).results[0]!;
  }

  it('gives the value, its source and its synonyms', () => {
    expect(ask(topicType, 'orders', ['retention.ms', 'segment.index.bytes', 'no.such']).configs).toEqual([
      {
        name: 'retention.ms',
        value: '60000',
        readOnly: false,
        configSource: 1,
        isSensitive: false,
        synonyms: [{ name: 'retention.ms', value: '60000', source: 1 }],
        configType: 5,
        documentation: null,
      },
      {
        name: 'segment.index.bytes',
        value: '1048576',
        readOnly: false,
        configSource: 4,
        isSensitive: false,
        synonyms: [
          { name: 'log.index.size.max.bytes', value: '1048576', source: 4 },
          { name: 'log.index.size.max.bytes', value: '10485760', source: 5 },
        ],
        configType: 3,
        documentation: null,
      },
    ]);
  });

  it('shows internal configs when they are set, and documentation when it is asked for', () => {
    expect(ask(topicType, 'orders').configs.length).toBe(34);
    expect(ask(topicType, 'orders', ['segment.ms'], true).configs[0]?.documentation).toMatch(/new segment/);
  });

  it('shows what is set for all brokers, and everything for this one', () => {
    expect(ask(brokerType, '').configs.map(({ name, configSource }) => [name, configSource])).toEqual([
      ['min.insync.replicas', 3],
    ]);
    const { configs } = ask(brokerType, '1', ['log.cleaner.threads', 'node.id', 'min.insync.replicas']);
    expect(configs.map(({ name, value, configSource, readOnly }) => [name, value, configSource, readOnly])).toEqual([
      ['log.cleaner.threads', '2', 2, false],
      ['min.insync.replicas', '1', 3, false],
      ['node.id', '1', 4, true],
    ]);
    expect(ask(groupType, 'g').configs).toMatchObject([
      { name: 'consumer.session.timeout.ms', value: '50000', configSource: 8 },
    ]);
    expect(ask(loggerType, '1')).toMatchObject({ errorCode: 0, configs: [] });
  });

  it('refuses what is not there in the words of Kafka', () => {
    const refusals: [number, string, number, string][] = [
      [topicType, 'absent', ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ''],
      [
        topicType,
        'a b',
        ErrorCode.INVALID_TOPIC_EXCEPTION,
        "Topic name is invalid: 'a b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'",
      ],
      [brokerType, '9', ErrorCode.INVALID_REQUEST, 'Unexpected broker id, expected 1 or empty string, but received 9'],
      [brokerType, 'x', ErrorCode.INVALID_REQUEST, 'Broker id must be an integer, but it is: x'],
      [loggerType, '9', ErrorCode.INVALID_REQUEST, 'Unexpected broker id, expected 1 but received 9'],
      [metricsType, '', ErrorCode.INVALID_REQUEST, 'Client metrics subscription name must not be empty'],
      [groupType, '', ErrorCode.INVALID_REQUEST, 'Group name must not be empty'],
      [99, 'x', ErrorCode.INVALID_REQUEST, 'Unsupported resource type: UNKNOWN'],
    ];
    for (const [type, name, errorCode, errorMessage] of refusals) {
      expect(ask(type, name)).toEqual({ errorCode, errorMessage, resourceType: type, resourceName: name, configs: [] });
    }
  });

  it('answers as a broker of Kafka did', () => {
    const { body, header } = decodeRequest(describeConfigsApi, 4, fromHex(recorded.requestHex));
    const theirs = decodeResponse(describeConfigsApi, 4, fromHex(recorded.responseHex)).body;
    const set = (source: number) =>
      new Map(
        theirs.results[0]!.configs.flatMap(({ synonyms }) =>
          synonyms.filter((each) => each.source === source).map(({ name, value }) => [name, value ?? ''] as const),
        ),
      );
    const name = theirs.results[0]!.resourceName;
    const behind = imageOf({
      topics: [topic(name, id, [partition([1])])],
      configs: [
        [topicType, name, Object.fromEntries(set(1))],
        [brokerType, '', Object.fromEntries(set(3))],
      ],
    });
    const same = describeConfigsHandler({ image: () => behind, nodeId: 1, staticConfigs: set(4) });
    const ours = received(
      describeConfigsApi,
      4,
      answered(same.handle(body, contextOf(describeConfigsApi, 4, { header }))),
    );
    const sorted = ({ results }: DescribeConfigsResponse) =>
      results.map((result) => ({ ...result, configs: [...result.configs].sort((a, b) => (a.name < b.name ? -1 : 1)) }));
    expect(sorted(ours)).toEqual(sorted(theirs));
  });
});

describe('IncrementalAlterConfigs', () => {
  const image = imageOf({ brokers: [broker(1)], configs: [[brokerType, '1', { 'metric.reporters': 'a' }]] });
  const [set, append] = [0, 2];

  async function alter(
    resources: readonly { type: number; name: string; configs: readonly [string, number, string | null][] }[],
  ) {
    const controller = new ScriptedController();
    const passedOn: string[] = [];
    controller.answer = (_, request) => {
      const { requestData } = request as { requestData: Uint8Array };
      const inner = decodeRequest(incrementalAlterConfigsApi, 1, requestData).body;
      passedOn.push(...inner.resources.map(({ resourceName }) => resourceName));
      const responses = inner.resources.map(({ resourceType, resourceName }) => ({
        resourceType,
        resourceName,
        errorCode: 0,
        errorMessage: null,
      }));
      const body = encodeMessage(incrementalAlterConfigsApi.response, 1, { responses });
      return encodeMessage(envelopeApi.response, 0, {
        responseData: Uint8Array.from([0, 0, 0, 7, 0, ...body]),
        errorCode: 0,
      });
    };
    const forwarding = new EnvelopeForwarding(controller);
    const handler = incrementalAlterConfigsHandler({ forwarding, image: () => image, nodeId: 1 });
    const request = {
      resources: resources.map(({ type, name, configs }) => ({
        resourceType: type,
        resourceName: name,
        configs: configs.map(([config, configOperation, value]) => ({ name: config, configOperation, value })),
      })),
      validateOnly: false,
    };
    const response = received(
      incrementalAlterConfigsApi,
      1,
      await handler.handle(request, contextOf(incrementalAlterConfigsApi, 1)),
    );
    return { passedOn, answers: response.responses.map(({ errorCode, errorMessage }) => [errorCode, errorMessage]) };
  }
  async function refusal(type: number, name: string, ...configs: [string, number, string | null][]) {
    const { answers, passedOn } = await alter([{ type, name, configs }]);
    expect(passedOn).toEqual([]);
    return answers[0];
  }

  it('refuses changes of a broker that cannot be made while it runs', async () => {
    const refusals: [string, [string, number, string | null], string][] = [
      ['1', ['log.dirs', set, 'elsewhere'], 'Cannot update these configs dynamically: [log.dirs]'],
      ['1', ['broker.id', set, '9'], 'Cannot update these configs dynamically: [broker.id]'],
      ['9', ['log.cleaner.threads', set, '2'], 'Unexpected broker id, expected 1, but received 9'],
      ['x', ['log.cleaner.threads', set, '2'], 'Node id must be an integer, but it is: x'],
      [
        '',
        ['cordoned.log.dirs', set, '*'],
        'Cannot update these configs at default cluster level, broker id must be specified: [cordoned.log.dirs]',
      ],
      [
        '1',
        ['ssl.keystore.type', set, 'PEM'],
        'These security configs can be dynamically updated only per-listener using the listener prefix: [ssl.keystore.type]',
      ],
      [
        '',
        ['log.retention.ms', set, 'soon'],
        'Invalid value soon for configuration log.retention.ms: Not a number of type LONG',
      ],
      ['1', ['log.cleaner.threads', 7, '2'], 'Unknown operations type 7'],
      ['1', ['log.cleaner.threads', set, null], 'Null value not supported for : log.cleaner.threads'],
    ];
    for (const [name, config, message] of refusals) {
      expect(await refusal(brokerType, name, config)).toEqual([ErrorCode.INVALID_REQUEST, message]);
    }
    expect(await refusal(brokerType, '1', ['log.cleaner.threads', append, '2'])).toEqual([
      ErrorCode.INVALID_CONFIG,
      'Config value append is not allowed for config key: log.cleaner.threads',
    ]);
    expect(await refusal(loggerType, '1', ['root', set, 'DEBUG'])).toEqual([
      ErrorCode.INVALID_REQUEST,
      'This broker has no loggers whose level could change.',
    ]);
  });

  it('refuses a resource or a key that comes twice, passes the rest on and answers in order', async () => {
    const change: [string, number, string] = ['log.cleaner.threads', set, '2'];
    const { passedOn, answers } = await alter([
      { type: topicType, name: 'twice', configs: [] },
      { type: brokerType, name: '1', configs: [change] },
      { type: topicType, name: 'twice', configs: [] },
      { type: topicType, name: 'a', configs: [change, change] },
      { type: topicType, name: 'b', configs: [change] },
      { type: brokerType, name: '', configs: [['my.own.config', set, 'x']] },
    ]);
    const repeated = [ErrorCode.INVALID_REQUEST, 'Each resource must appear at most once.'];
    expect(answers).toEqual([
      repeated,
      [0, null],
      repeated,
      [ErrorCode.INVALID_REQUEST, 'Error due to duplicate config keys'],
      [0, null],
      [0, null],
    ]);
    expect(passedOn).toEqual(['1', 'b', '']);
  });
});

describe('ListConfigResources', () => {
  const image = imageOf({
    brokers: [broker(1), broker(2, { fenced: true })],
    topics: [topic('orders', id, [partition([1])])],
    configs: [
      [metricsType, 'all', { 'interval.ms': '1000' }],
      [groupType, 'g', { 'consumer.session.timeout.ms': '50000' }],
    ],
  });
  const handler = listConfigResourcesHandler({ image: () => image, listener: 'PLAINTEXT' });
  function ask(version: number, resourceTypes: number[]) {
    const response = answered(handler.handle({ resourceTypes }, contextOf(listConfigResourcesApi, version)));
    const { errorCode, configResources } = received(listConfigResourcesApi, version, response);
    return {
      errorCode,
      found: configResources.map(({ resourceName, resourceType }) => `${resourceType} ${resourceName}`),
    };
  }

  it('lists every kind, or those that are asked for', () => {
    expect(ask(1, []).found).toEqual(['32 g', '16 all', '8 1', '4 1', '2 orders']);
    expect(ask(1, [topicType]).found).toEqual(['2 orders']);
    expect(ask(1, [7])).toEqual({ errorCode: ErrorCode.UNSUPPORTED_VERSION, found: [] });
  });

  it('of version 0 knows client metrics only', () => {
    expect(ask(0, []).found).toEqual(['16 all']);
  });
});

describe('InitProducerId', () => {
  const handler = initProducerIdHandler({ producerIds: { next: async () => 1000 } });
  async function ask(transactionalId: string | null, producerId = -1, producerEpoch = -1) {
    const request = {
      transactionalId,
      transactionTimeoutMs: 1,
      producerId,
      producerEpoch,
      enable2Pc: false,
      keepPreparedTxn: false,
    };
    const response = await handler.handle(request, contextOf(initProducerIdApi, 5));
    return received(initProducerIdApi, 5, response);
  }

  it('gives an idempotent producer a fresh id, whatever it had', async () => {
    expect(await ask(null)).toMatchObject({ errorCode: 0, producerId: 1000, producerEpoch: 0 });
    expect(await ask(null, 7, 3)).toMatchObject({ errorCode: 0, producerId: 1000, producerEpoch: 0 });
  });

  it('refuses an empty transactional id, half an identity, and transactions', async () => {
    const refused = { producerId: -1, producerEpoch: -1 };
    expect(await ask('')).toMatchObject({ ...refused, errorCode: ErrorCode.INVALID_REQUEST });
    expect(await ask(null, 7)).toMatchObject({ ...refused, errorCode: ErrorCode.INVALID_REQUEST });
    expect(await ask('my-tx')).toMatchObject({ ...refused, errorCode: ErrorCode.UNSUPPORTED_VERSION });
  });

  it('asks the producer to come again while there is no block', async () => {
    const without = initProducerIdHandler({ producerIds: { next: async () => null } });
    const request = {
      transactionalId: null,
      transactionTimeoutMs: 1,
      producerId: -1,
      producerEpoch: -1,
      enable2Pc: false,
      keepPreparedTxn: false,
    };
    expect(await without.handle(request, contextOf(initProducerIdApi, 5))).toMatchObject({
      errorCode: ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
    });
  });
});

describe('ApiVersions', () => {
  const image = imageOf({ features: { 'group.version': 1, 'metadata.version': 30 } });
  const handler = apiVersionsHandler({
    ranges: () => registry.ranges('broker'),
    image: () => image,
    supportedFeatures: [
      { name: 'group.version', minSupportedVersion: 0, maxSupportedVersion: 1 },
      { name: 'metadata.version', minSupportedVersion: 7, maxSupportedVersion: 30 },
    ],
  });
  const registry = new ApiRegistry([
    handler,
    listConfigResourcesHandler({ image: () => image, listener: 'PLAINTEXT' }),
    initProducerIdHandler({ producerIds: { next: async () => 1 } }),
  ]);
  function ask(version: number, clientSoftwareName = 'golden', clientSoftwareVersion = '1.0') {
    const request = { clientSoftwareName, clientSoftwareVersion, clusterId: null, nodeId: -1 };
    return received(apiVersionsApi, version, answered(handler.handle(request, contextOf(apiVersionsApi, version))));
  }

  it('lists what is registered, without unstable versions', () => {
    expect(ask(0).apiKeys).toEqual([
      { apiKey: 18, minVersion: 0, maxVersion: 4 },
      { apiKey: 22, minVersion: 0, maxVersion: 5 },
      { apiKey: 74, minVersion: 0, maxVersion: 1 },
    ]);
  });

  it('shows features, those supported from level 0 on since version 4 only', () => {
    const finalizedFeatures = [
      { name: 'group.version', maxVersionLevel: 1, minVersionLevel: 1 },
      { name: 'metadata.version', maxVersionLevel: 30, minVersionLevel: 30 },
    ];
    expect(ask(3)).toMatchObject({
      supportedFeatures: [{ name: 'metadata.version', minVersion: 7, maxVersion: 30 }],
      finalizedFeaturesEpoch: 42,
      finalizedFeatures,
    });
    expect(ask(4).supportedFeatures.map(({ name }) => name)).toEqual(['group.version', 'metadata.version']);
  });

  it('refuses software names that are none', () => {
    for (const [name, version] of [
      ['', '1'],
      ['golden', 'bad name!'],
      ['-x', '1'],
    ] as const) {
      expect(ask(3, name, version)).toMatchObject({ errorCode: ErrorCode.INVALID_REQUEST, apiKeys: [] });
    }
    expect(ask(2, '', '').errorCode).toBe(0);
  });
});
