import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { TopicName } from '../../base/ids.ts';
import { fromHex } from '../../base/text.ts';
import type { MetadataImage } from '../../metadata/index.ts';
import {
  decodeRequest,
  decodeResponse,
  describeClusterApi,
  describeTopicPartitionsApi,
  ErrorCode,
  MalformedMessageError,
  metadataApi,
  type MetadataRequestInput,
  type MetadataResponse,
} from '../../protocol/index.ts';
import { decodeMessage, encodeMessage } from '../../protocol/index.ts';
import { broker, contextOf, imageOf, partition, received, topic } from '../cluster.testkit.ts';
import { metadataHandler } from './03-metadata.ts';
import { describeClusterHandler, describeControllersHandler } from './60-describe-cluster.ts';
import { describeTopicPartitionsHandler } from './75-describe-topic-partitions.ts';

const ordersId = 'gEmt_4tERre3a1N_4j4LKg';
const image = imageOf({
  brokers: [broker(1), broker(2, { fenced: true }), broker(3, { endpoints: [], rack: 'r3' })],
  topics: [
    topic('orders', ordersId, [
      partition([1, 2]),
      partition([2, 1], { leader: 1, isr: [1], leaderEpoch: 3, elr: [2] }),
      partition([3, 1], { isr: [3] }),
      partition([9], { isr: [] }),
    ]),
    topic('__consumer_offsets', 'x7BnDfqATUeEKbu5b9C55g', [partition([1])]),
  ],
});

function ask(version: number, request: MetadataRequestInput, autoCreateTopics = true) {
  const asked: TopicName[] = [];
  const handler = metadataHandler({
    image: () => image,
    listener: 'PLAINTEXT',
    clusterId: 'lab',
    random: { integer: () => 0 },
    autoCreateTopics: () => autoCreateTopics,
    creation: { request: (topics) => asked.push(...topics) },
  });
  const decoded = decodeMessage(metadataApi.request, version, encodeMessage(metadataApi.request, version, request));
  const response = handler.handle(decoded, contextOf(metadataApi, version));
  if (response instanceof Promise) throw new Error('metadata is answered at once');
  return { response: received(metadataApi, version, response), asked };
}

function partitionsOf({ topics }: MetadataResponse) {
  return topics[0]?.partitions.map((each) => [each.errorCode, each.leaderId, each.replicaNodes, each.offlineReplicas]);
}

describe('Metadata', () => {
  it('shows living brokers with the listener, and one of them as the controller', () => {
    const { response } = ask(12, { topics: [] });
    expect(response).toMatchObject({
      brokers: [{ nodeId: 1, host: '127.0.0.1', port: 9092, rack: null }],
      clusterId: 'lab',
      controllerId: 1,
      topics: [],
    });
  });

  it('shows partitions with dead leaders, missing listeners and offline replicas', () => {
    const wanted = { topics: [{ name: 'orders' }] };
    expect(partitionsOf(ask(12, wanted).response)).toEqual([
      [ErrorCode.NONE, 1, [1, 2], [2]],
      [ErrorCode.NONE, 1, [2, 1], [2]],
      [ErrorCode.LISTENER_NOT_FOUND, -1, [3, 1], [3]],
      [ErrorCode.LEADER_NOT_AVAILABLE, -1, [9], [9]],
    ]);
    expect(partitionsOf(ask(5, wanted).response)?.[2]?.[0]).toBe(ErrorCode.LEADER_NOT_AVAILABLE);
  });

  it('of version 0 hides dead replicas and says so, and takes an empty list for all topics', () => {
    const { response } = ask(0, { topics: [] });
    expect(response.topics.map(({ name }) => name)).toEqual(['orders', '__consumer_offsets']);
    expect(partitionsOf(response)?.slice(0, 2)).toEqual([
      [ErrorCode.REPLICA_NOT_AVAILABLE, 1, [1], []],
      [ErrorCode.REPLICA_NOT_AVAILABLE, 1, [1], []],
    ]);
  });

  it('lists all topics for null, none for an empty list', () => {
    expect(ask(1, { topics: null }).response.topics.map(({ isInternal }) => isInternal)).toEqual([false, true]);
    expect(ask(1, { topics: [] }).response.topics).toEqual([]);
  });

  it('finds topics by id', () => {
    const { response } = ask(12, {
      topics: [
        { topicId: ordersId, name: null },
        { topicId: 'AAAAAAAAAAUAAAAAAAAABQ', name: null },
      ],
    });
    expect(response.topics.map(({ errorCode, name }) => [errorCode, name])).toEqual([
      [ErrorCode.NONE, 'orders'],
      [ErrorCode.UNKNOWN_TOPIC_ID, null],
    ]);
  });

  it('refuses ids and null names in versions that cannot look them up', () => {
    expect(ask(11, { topics: [{ topicId: ordersId, name: 'orders' }] }).response.topics).toMatchObject([
      { errorCode: ErrorCode.INVALID_REQUEST, name: 'orders', topicId: ordersId },
    ]);
    expect(ask(10, { topics: [{ name: null }] }).response.topics).toMatchObject([
      { errorCode: ErrorCode.INVALID_REQUEST, name: '' },
    ]);
  });

  it('asks for absent topics to be made when the client and the broker allow it', () => {
    const wanted = { topics: [{ name: 'new' }, { name: 'not valid' }, { name: 'orders' }] };
    const { response, asked } = ask(12, wanted);
    expect(response.topics.map(({ name, errorCode }) => [name, errorCode])).toEqual([
      ['orders', ErrorCode.NONE],
      ['new', ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
      ['not valid', ErrorCode.INVALID_TOPIC_EXCEPTION],
    ]);
    expect(asked).toEqual(['new']);
    expect(ask(12, { ...wanted, allowAutoTopicCreation: false }).asked).toEqual([]);
    expect(ask(12, wanted, false).asked).toEqual([]);
  });

  it('says what may be done only when it is asked', () => {
    const asked = ask(9, {
      topics: null,
      includeClusterAuthorizedOperations: true,
      includeTopicAuthorizedOperations: true,
    });
    expect(asked.response.clusterAuthorizedOperations).toBe(8096);
    expect(asked.response.topics[0]?.topicAuthorizedOperations).toBe(3576);
    expect(ask(9, { topics: null }).response.clusterAuthorizedOperations).toBe(-2147483648);
  });
});

describe('DescribeTopicPartitions', () => {
  const handler = describeTopicPartitionsHandler({
    image: () => image,
    listener: 'PLAINTEXT',
    partitionsMax: () => 2000,
  });
  function page(
    topics: readonly string[],
    limit: number,
    cursor: { topicName: string; partitionIndex: number } | null,
  ) {
    const request = { topics: topics.map((name) => ({ name })), responsePartitionLimit: limit, cursor };
    const response = handler.handle(request, contextOf(describeTopicPartitionsApi, 0));
    if (response instanceof Promise) throw new Error('answered at once');
    const { topics: found, nextCursor } = received(describeTopicPartitionsApi, 0, response);
    return {
      found: found.map(({ name, errorCode, partitions }) => [
        name,
        errorCode,
        partitions.map((each) => each.partitionIndex),
      ]),
      nextCursor,
    };
  }

  it('gives pages in the order of names, each beginning at the cursor', () => {
    expect(page([], 3, null)).toEqual({
      found: [
        ['__consumer_offsets', 0, [0]],
        ['orders', 0, [0, 1]],
      ],
      nextCursor: { topicName: 'orders', partitionIndex: 2 },
    });
    expect(page([], 2, { topicName: 'orders', partitionIndex: 2 })).toEqual({
      found: [['orders', 0, [2, 3]]],
      nextCursor: null,
    });
    expect(page([], 1, null)).toMatchObject({ nextCursor: { topicName: 'orders', partitionIndex: 0 } });
  });

  it('names absent and impossible topics that were asked for', () => {
    expect(page(['orders', 'absent', 'a b'], 10, null).found).toEqual([
      ['a b', ErrorCode.INVALID_TOPIC_EXCEPTION, []],
      ['absent', ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, []],
      ['orders', 0, [0, 1, 2, 3]],
    ]);
  });

  it('cannot be asked with a cursor that contradicts the topics', () => {
    expect(() => page(['orders'], 1, { topicName: 'zebra', partitionIndex: 0 })).toThrow(MalformedMessageError);
    expect(() => page(['orders'], 1, { topicName: 'orders', partitionIndex: -1 })).toThrow(MalformedMessageError);
  });

  it('shows eligible leader replicas', () => {
    const response = handler.handle(
      { topics: [{ name: 'orders' }], responsePartitionLimit: 9, cursor: null },
      contextOf(describeTopicPartitionsApi, 0),
    );
    expect(response).toMatchObject({ topics: [{ partitions: [{}, { eligibleLeaderReplicas: [2] }, {}, {}] }] });
  });
});

describe('DescribeCluster', () => {
  const handler = describeClusterHandler({
    image: () => image,
    listener: 'PLAINTEXT',
    clusterId: 'lab',
    random: { integer: () => 0 },
  });
  function ask(endpointType: number, includeFencedBrokers = false) {
    const request = { includeClusterAuthorizedOperations: true, endpointType, includeFencedBrokers };
    const response = handler.handle(request, contextOf(describeClusterApi, 2));
    if (response instanceof Promise) throw new Error('answered at once');
    return received(describeClusterApi, 2, response);
  }

  it('shows brokers, fenced ones when asked for', () => {
    expect(ask(1)).toMatchObject({
      controllerId: 1,
      clusterId: 'lab',
      clusterAuthorizedOperations: 8096,
      brokers: [{ brokerId: 1, isFenced: false }],
    });
    expect(ask(1, true).brokers.map(({ brokerId, isFenced }) => [brokerId, isFenced])).toEqual([
      [1, false],
      [2, true],
    ]);
  });

  it('sends those who want controllers elsewhere', () => {
    expect(ask(2)).toMatchObject({
      errorCode: ErrorCode.MISMATCHED_ENDPOINT_TYPE,
      errorMessage: 'The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER',
    });
    expect(ask(7)).toMatchObject({
      errorCode: ErrorCode.UNSUPPORTED_ENDPOINT_TYPE,
      errorMessage: 'Unsupported endpoint type 7',
    });
  });
});

describe('DescribeCluster on a controller', () => {
  const controllers = [3, 1].map((id) => ({
    id,
    incarnationId: ordersId,
    zkMigrationReady: false,
    endpoints: [{ name: 'CONTROLLER', host: '127.0.0.1', port: 9190 + id, securityProtocol: 0 }],
    features: [],
  }));
  const registered = {
    ...image,
    cluster: { ...image.cluster, controllers: new Map(controllers.map((each) => [each.id, each])) },
  };
  function ask(endpointType: number, leader: number | null) {
    const handler = describeControllersHandler({
      image: () => registered,
      listener: 'CONTROLLER',
      clusterId: 'lab',
      leader: () => leader,
    });
    const request = { includeClusterAuthorizedOperations: false, endpointType, includeFencedBrokers: false };
    const response = handler.handle(request, contextOf(describeClusterApi, 2, { listener: 'controller' }));
    if (response instanceof Promise) throw new Error('answered at once');
    return received(describeClusterApi, 2, response);
  }

  it('shows the registered controllers and the leader among them', () => {
    expect(ask(2, 3)).toMatchObject({
      errorCode: ErrorCode.NONE,
      endpointType: 2,
      controllerId: 3,
      brokers: [
        { brokerId: 1, host: '127.0.0.1', port: 9191, rack: null, isFenced: false },
        { brokerId: 3, host: '127.0.0.1', port: 9193, rack: null, isFenced: false },
      ],
    });
    expect(ask(2, 2).controllerId).toBe(-1);
    expect(ask(2, null).controllerId).toBe(-1);
  });

  it('sends those who want brokers elsewhere', () => {
    expect(ask(1, 3).errorMessage).toBe(
      'The request was sent to an endpoint of type CONTROLLER, but we wanted an endpoint of type BROKER',
    );
  });
});

const recordings = new URL('../../../../shared/golden/wire/03-metadata.ndjson', import.meta.url);

describe.runIf(existsSync(recordings))('recorded answers of Metadata', () => {
  /** The cluster that a recorded answer describes. */
  function imageBehind(response: MetadataResponse): MetadataImage {
    const alive = new Set(response.brokers.map(({ nodeId }) => nodeId));
    const replicas = response.topics.flatMap(({ partitions }) => partitions.flatMap((each) => each.replicaNodes));
    const dead = [...new Set(replicas)].filter((id) => !alive.has(id));
    return imageOf({
      brokers: [
        ...response.brokers.map(({ nodeId, host, port, rack }) =>
          broker(nodeId, { rack, endpoints: [{ name: 'PLAINTEXT', host, port, securityProtocol: 0 }] }),
        ),
        ...dead.map((id) => broker(id, { fenced: true })),
      ],
      topics: response.topics
        .filter(({ errorCode, name }) => errorCode === 0 && name !== null)
        .map(({ name, topicId, partitions }) => ({
          name: name ?? '',
          id: topicId,
          partitions: new Map(
            partitions.map((each) => [
              each.partitionIndex,
              partition(each.replicaNodes, {
                isr: each.isrNodes,
                leader: each.leaderId,
                leaderEpoch: each.leaderEpoch,
              }),
            ]),
          ),
        })),
    });
  }

  it('are given for the same requests and the same cluster', () => {
    const lines = readFileSync(recordings, 'utf8').trim().split('\n');
    for (const line of lines) {
      const { version, request_hex, response_hex } = JSON.parse(line) as Record<string, string> & { version: number };
      const { body, header } = decodeRequest(metadataApi, version, fromHex(request_hex!.slice(8)));
      const recorded = decodeResponse(metadataApi, version, fromHex(response_hex!.slice(8))).body;
      const behind = imageBehind(recorded);
      const handler = metadataHandler({
        image: () => behind,
        listener: 'PLAINTEXT',
        clusterId: recorded.clusterId ?? '',
        random: {
          integer: () =>
            Math.max(
              0,
              recorded.brokers.findIndex(({ nodeId }) => nodeId === recorded.controllerId),
            ),
        },
        autoCreateTopics: () => true,
        creation: { request() {} },
      });
      const response = handler.handle(body, contextOf(metadataApi, version, { header }));
      if (response instanceof Promise) throw new Error('answered at once');
      const byName = (a: { name: string | null }, b: { name: string | null }) =>
        (a.name ?? '') < (b.name ?? '') ? -1 : 1;
      const ours = received(metadataApi, version, response);
      const sorted = (answer: MetadataResponse) => ({
        ...answer,
        brokers: [...answer.brokers].sort((a, b) => a.nodeId - b.nodeId),
        topics: [...answer.topics].sort(byName),
      });
      expect(sorted(ours), `v${version}`).toEqual(sorted(recorded));
    }
    expect(lines.length).toBeGreaterThan(50);
  });
});
