import { beforeEach, describe, expect, it } from 'vitest';
import { SimWorld } from '../../env/sim/index.ts';
import { handlerOf } from '../../net/rpc.testkit.ts';
import {
  createPartitionsApi,
  createTopicsApi,
  deleteTopicsApi,
  describeConfigsApi,
  ErrorCode,
  incrementalAlterConfigsApi,
} from '../../protocol/index.ts';
import { ClusterClient, parseBootstrapServers } from '../cluster/index.ts';
import { KafkaError } from '../kafka-error.ts';
import { clientNode, ScriptedCluster } from '../scripted-cluster.testkit.ts';
import { Admin } from './index.ts';

let world: SimWorld;
let cluster: ScriptedCluster;
let admin: Admin;
/** What the brokers were asked, in order. */
let asked: unknown[];
/** Outcomes of the next requests; then all is well. */
let outcomes: { errorCode: number; errorMessage: string | null }[];

const next = () => outcomes.shift() ?? { errorCode: ErrorCode.NONE, errorMessage: null };

beforeEach(async () => {
  world = new SimWorld(51);
  asked = [];
  outcomes = [];
  cluster = new ScriptedCluster(
    world,
    [1, 2, 3],
    [
      handlerOf(createTopicsApi, ({ topics }) => {
        asked.push(...topics);
        return { topics: topics.map(({ name }) => ({ name, ...next() })) };
      }),
      handlerOf(deleteTopicsApi, ({ topics }) => {
        asked.push(...topics.map(({ name }) => name));
        return { responses: topics.map(({ name }) => ({ name, ...next() })) };
      }),
      handlerOf(createPartitionsApi, ({ topics }) => {
        asked.push(...topics);
        return { results: topics.map(({ name }) => ({ name, ...next() })) };
      }),
      handlerOf(incrementalAlterConfigsApi, ({ resources }) => {
        asked.push(...resources);
        return {
          responses: resources.map(({ resourceType, resourceName }) => ({ resourceType, resourceName, ...next() })),
        };
      }),
      handlerOf(describeConfigsApi, ({ resources, includeSynonyms, includeDocumentation }) => {
        asked.push({ resources, includeSynonyms, includeDocumentation });
        return {
          results: resources.map(({ resourceType, resourceName }) => ({
            ...next(),
            resourceType,
            resourceName,
            configs: [
              {
                name: 'retention.ms',
                value: '60000',
                readOnly: false,
                configSource: 1,
                isSensitive: false,
                synonyms: [
                  { name: 'retention.ms', value: '60000', source: 1 },
                  { name: 'log.retention.ms', value: '70000', source: 4 },
                ],
                configType: 5,
                documentation: 'How long.',
              },
              {
                name: 'cleanup.policy',
                value: 'delete',
                readOnly: false,
                configSource: 5,
                isSensitive: false,
                synonyms: [],
                configType: 7,
                documentation: '',
              },
            ],
          })),
        };
      }),
    ],
  );
  await cluster.start();
  const { env } = world.node(clientNode);
  const client = new ClusterClient({
    env,
    bootstrapServers: parseBootstrapServers(cluster.bootstrap.split(',')),
    clientId: 'admin',
    requestTimeoutMs: 5000,
    metadataMaxAgeMs: 300_000,
    retryBackoffMs: 100,
    retryBackoffMaxMs: 1000,
    reconnectBackoffMs: 50,
    reconnectBackoffMaxMs: 1000,
    connectTimeoutMs: 2000,
    allowAutoTopicCreation: false,
  });
  admin = new Admin({ cluster: client, clock: env.clock, apiTimeoutMs: 20_000, requestTimeoutMs: 5000 });
});

function failure(promise: Promise<unknown>): Promise<string> {
  return world.complete(
    promise.then(
      () => 'no failure',
      (error: unknown) => (error instanceof KafkaError ? `${error.code}: ${error.message}` : String(error)),
    ),
  );
}

describe('the admin client', () => {
  it('creates a topic with its configs', async () => {
    await world.complete(
      admin.createTopic({ name: 'orders', partitions: 3, replicationFactor: 2, configs: { 'retention.ms': '60000' } }),
    );
    expect(asked).toEqual([
      {
        name: 'orders',
        numPartitions: 3,
        replicationFactor: 2,
        assignments: [],
        configs: [{ name: 'retention.ms', value: '60000' }],
      },
    ]);
  });

  it('deletes a topic, and adds partitions by their new total', async () => {
    await world.complete(admin.deleteTopic('orders'));
    await world.complete(admin.createPartitions('payments', 6));
    expect(asked).toEqual(['orders', { name: 'payments', count: 6, assignments: null }]);
  });

  it('sets configs and takes them away', async () => {
    await world.complete(
      admin.alterConfigs({ type: 'topic', topic: 'orders' }, [
        { name: 'retention.ms', value: '60000' },
        { name: 'segment.bytes', value: null },
      ]),
    );
    expect(asked).toEqual([
      {
        resourceType: 2,
        resourceName: 'orders',
        configs: [
          { name: 'retention.ms', configOperation: 0, value: '60000' },
          { name: 'segment.bytes', configOperation: 1, value: null },
        ],
      },
    ]);
  });

  it('tells configs by name, with the names of sources and types, synonyms and documentation', async () => {
    expect(await world.complete(admin.describeConfigs({ type: 'topic', topic: 'orders' }))).toEqual([
      {
        name: 'cleanup.policy',
        value: 'delete',
        source: 'DEFAULT_CONFIG',
        readOnly: false,
        sensitive: false,
        type: 'LIST',
        documentation: null,
        synonyms: [],
      },
      {
        name: 'retention.ms',
        value: '60000',
        source: 'DYNAMIC_TOPIC_CONFIG',
        readOnly: false,
        sensitive: false,
        type: 'LONG',
        documentation: 'How long.',
        synonyms: [
          { name: 'retention.ms', value: '60000', source: 'DYNAMIC_TOPIC_CONFIG' },
          { name: 'log.retention.ms', value: '70000', source: 'STATIC_BROKER_CONFIG' },
        ],
      },
    ]);
    expect(asked).toEqual([
      {
        resources: [{ resourceType: 2, resourceName: 'orders', configurationKeys: null }],
        includeSynonyms: true,
        includeDocumentation: true,
      },
    ]);
  });

  it('rejects at once with Kafka’s name and the broker’s message, or Kafka’s own', async () => {
    outcomes = [
      { errorCode: ErrorCode.TOPIC_ALREADY_EXISTS, errorMessage: "Topic 'orders' already exists." },
      { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, errorMessage: null },
    ];
    const topic = { name: 'orders', partitions: 1, replicationFactor: 1 };
    expect(await failure(admin.createTopic(topic))).toBe("TOPIC_ALREADY_EXISTS: Topic 'orders' already exists.");
    expect(await failure(admin.deleteTopic('orders'))).toBe(
      'UNKNOWN_TOPIC_OR_PARTITION: This server does not host this topic-partition.',
    );
    expect(asked.length).toBe(2);
  });

  it('asks again where the controller moved, and elsewhere where a broker is gone', async () => {
    outcomes = [
      { errorCode: ErrorCode.NOT_CONTROLLER, errorMessage: null },
      { errorCode: ErrorCode.NOT_CONTROLLER, errorMessage: null },
    ];
    await world.complete(admin.deleteTopic('orders'));
    expect(asked.length).toBe(3);
    cluster.kill(1);
    cluster.kill(3);
    await world.complete(admin.deleteTopic('payments'));
    expect(asked.at(-1)).toBe('payments');
  });

  it('gives up after its time with what stood in the way', async () => {
    for (const broker of [1, 2, 3]) cluster.kill(broker);
    const began = world.nowMs;
    expect(await failure(admin.deleteTopic('orders'))).toMatch(
      /^TimeoutException: Call\(callName=deleteTopics\) timed out after \d+ attempt\(s\): /,
    );
    expect(world.nowMs - began).toBeLessThanOrEqual(20_000);
  });
});
