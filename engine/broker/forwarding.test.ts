/** `recorded-envelopes.json`: requests that brokers of Kafka 4.3.1 passed on, and what their controllers answered. */
import { describe, expect, it } from 'vitest';
import { fromHex, hex } from '../base/text.ts';
import { silentTracer } from '../env/tracer.ts';
import { normalizedStaticConfigs, parseBrokerConfig } from '../metadata/config/index.ts';
import type { Handler } from '../net/index.ts';
import {
  allocateProducerIdsApi,
  createTopicsApi,
  decodeRequest,
  decodeResponse,
  encodeMessage,
  encodeRequest,
  envelopeApi,
  ErrorCode,
  type Api,
} from '../protocol/index.ts';
import { AutoTopicCreation } from './auto-topic-creation.ts';
import { contextOf, imageOf, received, ScriptedController } from './cluster.testkit.ts';
import { EnvelopeForwarding } from './forwarding.ts';
import { createTopicsHandler } from './handlers/19-create-topics.ts';
import { deleteTopicsHandler } from './handlers/20-delete-topics.ts';
import { createPartitionsHandler } from './handlers/37-create-partitions.ts';
import { electLeadersHandler } from './handlers/43-elect-leaders.ts';
import { incrementalAlterConfigsHandler } from './handlers/44-incremental-alter-configs.ts';
import { listPartitionReassignmentsHandler } from './handlers/46-list-partition-reassignments.ts';
import { unregisterBrokerHandler } from './handlers/64-unregister-broker.ts';
import { ProducerIds } from './producer-ids.ts';
import recorded from './recorded-envelopes.json';

const config = parseBrokerConfig(
  normalizedStaticConfigs({
    'node.id': '1',
    'process.roles': 'broker',
    'controller.listener.names': 'CONTROLLER',
    'num.partitions': '3',
    'default.replication.factor': '2',
    'offsets.topic.num.partitions': '4',
  }),
);

function setup() {
  const controller = new ScriptedController();
  const forwarding = new EnvelopeForwarding(controller);
  return { controller, forwarding };
}

describe('a request that is passed on', () => {
  const { controller, forwarding } = setup();
  const image = imageOf({});
  const handlers: Record<string, Handler> = {
    CreateTopics: createTopicsHandler(forwarding),
    IncrementalAlterConfigs: incrementalAlterConfigsHandler({ forwarding, image: () => image, nodeId: 1 }),
    ListPartitionReassignments: listPartitionReassignmentsHandler(forwarding),
    UnregisterBroker: unregisterBrokerHandler(forwarding),
  };

  for (const { api: name, version, requestHex, responseHex } of recorded) {
    it(`travels in the very bytes of Kafka's envelope: ${name}`, async () => {
      const handler = handlers[name]!;
      const envelope = decodeRequest(envelopeApi, 0, fromHex(requestHex));
      const inner = decodeRequest(handler.api, version, envelope.body.requestData);
      const answer = decodeResponse(envelopeApi, 0, fromHex(responseHex)).body;
      controller.sent.length = 0;
      controller.answer = () => encodeMessage(envelopeApi.response, 0, answer);

      const context = contextOf(handler.api, version, { header: inner.header });
      const response = await handler.handle(inner.body, context);

      const sent = controller.sent[0]!.request as typeof envelope.body;
      expect(controller.sent.map(({ api }) => api.name)).toEqual(['Envelope']);
      expect(encodeRequest(envelopeApi, 0, envelope.header, sent).map(hex).join('')).toBe(requestHex);
      const expected = decodeResponse(handler.api, version, answer.responseData!).body;
      expect(received(handler.api, version, response)).toEqual(expected);
    });
  }
});

describe('a request that no controller serves', () => {
  async function answerOf<A extends Api>(
    make: (forwarding: EnvelopeForwarding) => Handler<A>,
    version: number,
    hexBody: string,
  ) {
    const { forwarding } = setup();
    const handler: Handler = make(forwarding);
    const { body } = decodeRequest(handler.api, version, fromHex(hexBody));
    return handler.handle(body, contextOf(handler.api, version));
  }
  const header = { correlationId: 7, clientId: 'c' };

  it('is told that time is up, in the form of its own API', async () => {
    const topics = [{ name: 'a', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }];
    const create = encodeRequest(createTopicsApi, 7, header, { topics }).map(hex).join('');
    expect(await answerOf(createTopicsHandler, 7, create)).toEqual({
      topics: [{ name: 'a', errorCode: ErrorCode.REQUEST_TIMED_OUT, errorMessage: null }],
    });
  });

  it('names each topic, partition and resource', async () => {
    const { forwarding } = setup();
    const elect = electLeadersHandler(forwarding);
    const request = { electionType: 0, topicPartitions: [{ topic: 'a', partitions: [0, 1] }], timeoutMs: 1 };
    expect(await elect.handle(request, contextOf(elect.api, 2))).toMatchObject({
      errorCode: ErrorCode.REQUEST_TIMED_OUT,
      replicaElectionResults: [
        {
          topic: 'a',
          partitionResult: [
            { partitionId: 0, errorCode: 7 },
            { partitionId: 1, errorCode: 7 },
          ],
        },
      ],
    });
    const grow = createPartitionsHandler(forwarding);
    const more = { topics: [{ name: 'a', count: 2, assignments: null }], timeoutMs: 1, validateOnly: false };
    expect(await grow.handle(more, contextOf(grow.api, 3))).toEqual({
      results: [{ name: 'a', errorCode: ErrorCode.REQUEST_TIMED_OUT, errorMessage: null }],
    });
  });

  it('is told of an unknown error when the envelope itself fails', async () => {
    const { controller, forwarding } = setup();
    controller.answer = () =>
      encodeMessage(envelopeApi.response, 0, { responseData: null, errorCode: ErrorCode.CLUSTER_AUTHORIZATION_FAILED });
    const handler = unregisterBrokerHandler(forwarding);
    expect(await handler.handle({ brokerId: 9 }, contextOf(handler.api, 0))).toMatchObject({
      errorCode: ErrorCode.UNKNOWN_SERVER_ERROR,
    });
  });
});

describe('DeleteTopics', () => {
  it('is refused by a broker that does not allow it, in words that the version knows', async () => {
    const { controller, forwarding } = setup();
    const handler = deleteTopicsHandler({ forwarding, isDeletionEnabled: () => false });
    const byName = { topics: [], topicNames: ['a'], timeoutMs: 1 };
    const byId = { topics: [{ name: 'a', topicId: 'AAAAAAAAAAAAAAAAAAAAAA' }], topicNames: [], timeoutMs: 1 };
    expect(await handler.handle(byName, contextOf(handler.api, 2))).toMatchObject({
      responses: [{ name: 'a', errorCode: 42 }],
    });
    expect(await handler.handle(byId, contextOf(handler.api, 6))).toMatchObject({
      responses: [{ name: 'a', errorCode: 73 }],
    });
    expect(controller.sent).toEqual([]);
  });
});

describe('automatic topics', () => {
  function creationWith(answer: ScriptedController['answer']) {
    const { controller, forwarding } = setup();
    controller.answer = answer;
    const creation = new AutoTopicCreation({ forwarding, controller, tracer: silentTracer, config: () => config });
    return { controller, creation };
  }
  const context = contextOf(createTopicsApi, 12);

  it("are asked for in the client's name with the broker's counts, and not twice", async () => {
    const inner = encodeMessage(createTopicsApi.response, 7, { topics: [] });
    const responseData = fromHex(`0000000700${hex(inner)}`);
    const { controller, creation } = creationWith(() =>
      encodeMessage(envelopeApi.response, 0, { responseData, errorCode: 0 }),
    );
    creation.request(['new'], context);
    creation.request(['new'], context);
    expect(controller.sent.length).toBe(1);
    const { requestData } = controller.sent[0]!.request as { requestData: Uint8Array };
    const { header, body } = decodeRequest(createTopicsApi, 7, requestData);
    expect(header).toEqual({ apiKey: 19, apiVersion: 7, correlationId: 7, clientId: 'a-client' });
    expect(body.topics).toEqual([
      { name: 'new', numPartitions: 3, replicationFactor: 2, assignments: [], configs: [] },
    ]);
    await settled();
    creation.request(['new'], context);
    expect(controller.sent.length).toBe(2);
  });

  it("have Kafka's settings when they are internal, and may be asked for again after a failure", async () => {
    const { controller, creation } = creationWith(() => null);
    creation.ensureOffsetsTopic();
    creation.ensureOffsetsTopic();
    expect(controller.sent).toMatchObject([
      {
        api: { name: 'CreateTopics' },
        request: {
          timeoutMs: 30_000,
          topics: [
            {
              name: '__consumer_offsets',
              numPartitions: 4,
              replicationFactor: 3,
              configs: [
                { name: 'compression.type', value: 'producer' },
                { name: 'cleanup.policy', value: 'compact' },
                { name: 'segment.bytes', value: '104857600' },
              ],
            },
          ],
        },
      },
    ]);
    await settled();
    creation.ensureOffsetsTopic();
    expect(controller.sent.length).toBe(2);
  });
});

describe('producer ids', () => {
  function idsOf(blocks: number[]) {
    const controller = new ScriptedController();
    controller.answer = () => {
      const start = blocks.shift();
      return start === undefined
        ? encodeMessage(allocateProducerIdsApi.response, 0, {
            errorCode: ErrorCode.NOT_CONTROLLER,
            producerIdStart: 0,
            producerIdLen: 0,
          })
        : encodeMessage(allocateProducerIdsApi.response, 0, {
            errorCode: 0,
            producerIdStart: start,
            producerIdLen: 10,
          });
    };
    const ids = new ProducerIds({ controller, tracer: silentTracer, nodeId: 3, brokerEpoch: () => 15 });
    return { controller, ids };
  }

  it('come from a block, and the next block is there before it is needed', async () => {
    const { controller, ids } = idsOf([1000, 2000]);
    const taken: (number | null)[] = [];
    for (let i = 0; i < 12; i++) taken.push(await ids.next());
    expect(taken).toEqual([1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 2000, 2001]);
    expect(controller.sent).toMatchObject([
      { request: { brokerId: 3, brokerEpoch: 15 } },
      { request: { brokerId: 3, brokerEpoch: 15 } },
    ]);
  });

  it('are never given twice to producers that come at once', async () => {
    const { ids } = idsOf([0, 10, 20]);
    const taken = await Promise.all(Array.from({ length: 25 }, () => ids.next()));
    const given = taken.filter((id) => id !== null);
    expect(new Set(given).size).toBe(given.length);
    expect(given.length).toBeGreaterThanOrEqual(10);
  });

  it('are not to be had while no controller gives a block, and are later', async () => {
    const blocks: number[] = [];
    const { ids } = idsOf(blocks);
    expect(await ids.next()).toBeNull();
    blocks.push(500);
    expect(await ids.next()).toBe(500);
  });
});

/** Lets every promise that is already decided run. */
async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}
