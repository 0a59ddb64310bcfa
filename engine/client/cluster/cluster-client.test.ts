import { beforeEach, describe, expect, it } from 'vitest';
import { SimWorld } from '../../env/sim/index.ts';
import { describeClusterApi, ErrorCode, findCoordinatorApi, metadataApi } from '../../protocol/index.ts';
import { handlerOf } from '../../net/rpc.testkit.ts';
import { KafkaError } from '../kafka-error.ts';
import { clientNode, portOf, ScriptedCluster } from '../scripted-cluster.testkit.ts';
import { ClusterClient, type ClusterClientOptions, type ConnectionEvent, parseBootstrapServers } from './index.ts';

let world: SimWorld;
let cluster: ScriptedCluster;
let events: ConnectionEvent[];

beforeEach(async () => {
  world = new SimWorld(21);
  cluster = new ScriptedCluster(world, [1, 2, 3]);
  cluster.addTopic('orders', 3);
  events = [];
  await cluster.start();
});

function client(options: Partial<ClusterClientOptions> = {}): ClusterClient {
  return new ClusterClient({
    env: world.node(clientNode).env,
    bootstrapServers: parseBootstrapServers(cluster.bootstrap.split(',')),
    clientId: 'test',
    requestTimeoutMs: 5000,
    metadataMaxAgeMs: 300_000,
    retryBackoffMs: 100,
    retryBackoffMaxMs: 1000,
    reconnectBackoffMs: 50,
    reconnectBackoffMaxMs: 1000,
    connectTimeoutMs: 2000,
    allowAutoTopicCreation: true,
    onConnection: (event) => events.push(event),
    ...options,
  });
}

/** With metadata of `orders`. */
async function connected(options: Partial<ClusterClientOptions> = {}): Promise<ClusterClient> {
  const made = client(options);
  made.followTopics(['orders']);
  await world.complete(made.awaitUpdate(10_000));
  return made;
}

function failure(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no failure',
    (error: unknown) => (error instanceof KafkaError ? error.code : String(error)),
  );
}

describe('metadata', () => {
  it('comes from the first bootstrap server that answers', async () => {
    cluster.kill(1);
    cluster.kill(2);
    const made = await connected();
    expect(made.brokers.map(({ id, port }) => [id, port])).toEqual([1, 2, 3].map((id) => [id, portOf(id)]));
    expect(made.topic('orders')?.partitions.map(({ leader, leaderEpoch }) => [leader, leaderEpoch])).toEqual([
      [1, 0],
      [2, 0],
      [3, 0],
    ]);
    expect(made.leader('orders', 1)?.port).toBe(portOf(2));
    expect([made.clusterId, made.controllerId]).toEqual(['scripted', 1]);
  });

  it('is asked for again after metadata.max.age.ms, and not before', async () => {
    await connected({ metadataMaxAgeMs: 60_000 });
    const asked = cluster.metadataRequests.length;
    await world.run(59_000);
    expect(cluster.metadataRequests.length).toBe(asked);
    await world.run(2000);
    expect(cluster.metadataRequests.length).toBe(asked + 1);
  });

  it('is asked for ever less often while it brings nothing new', async () => {
    const made = await connected();
    const asked = cluster.metadataRequests.length;
    for (let i = 0; i < 1000; i++) {
      made.requestUpdate();
      await world.run(10);
    }
    // At once, then after 100, 200, 400, 800 ms and every second, a fifth more or less.
    const inTenSeconds = cluster.metadataRequests.length - asked;
    expect(inTenSeconds).toBeGreaterThanOrEqual(10);
    expect(inTenSeconds).toBeLessThanOrEqual(16);
  });

  it('is asked for again while a partition has no leader, and tells who it is then', async () => {
    cluster.moveLeader('orders', 0, -1);
    const made = await connected();
    expect(made.leader('orders', 0)).toBe(null);
    await world.run(3000);
    cluster.moveLeader('orders', 0, 2);
    await world.run(2000);
    expect(made.leader('orders', 0)?.id).toBe(2);
  });

  it('keeps a leader of a newer epoch against an older answer, and takes one that a broker names', async () => {
    const made = await connected();
    expect(made.updateLeader('orders', 0, 3, 5, [])).toBe(true);
    expect(made.updateLeader('orders', 0, 2, 4, [])).toBe(false);
    made.requestUpdate();
    await world.complete(made.awaitUpdate(5000));
    expect(made.partition('orders', 0)).toMatchObject({ leader: 3, leaderEpoch: 5 });
    expect(made.partition('orders', 1)).toMatchObject({ leader: 2, leaderEpoch: 0 });
  });

  it('names the error of a topic that is not there, and finds it once it is', async () => {
    const made = await connected();
    made.followTopics(['orders', 'payments']);
    await world.complete(made.awaitUpdate(5000));
    expect([made.topic('payments'), made.topicError('payments')]).toEqual([null, 'UNKNOWN_TOPIC_OR_PARTITION']);
    cluster.addTopic('payments', 2);
    await world.run(2000);
    expect([made.topic('payments')?.partitions.length, made.topicError('payments')]).toEqual([2, null]);
    expect(made.topicById(cluster.topics.get('payments')?.topicId ?? '')?.name).toBe('payments');
  });

  it('of all topics is followed with null', async () => {
    cluster.addTopic('payments', 1);
    const made = client();
    made.followTopics(null);
    await world.complete(made.awaitUpdate(5000));
    expect(made.topics.map(({ name }) => name)).toEqual(['orders', 'payments']);
  });

  it('falls back on the bootstrap servers when all brokers that it named are gone', async () => {
    const made = await connected({
      bootstrapServers: [
        { host: '127.0.0.1', port: portOf(9) },
        { host: '127.0.0.1', port: portOf(1) },
      ],
    });
    for (const id of [1, 2, 3]) cluster.kill(id);
    await world.run(3000);
    cluster.brokers = [9];
    cluster.topics.set('orders', { topicId: cluster.topics.get('orders')?.topicId ?? '', leaders: [9], epochs: [7] });
    await cluster.startBroker(9);
    made.requestUpdate();
    await world.until(() => made.leader('orders', 0)?.id === 9, 30_000, 'the new leader');
    expect(made.brokers.map(({ id }) => id)).toEqual([9]);
  });

  it('that does not come rejects who waits', async () => {
    for (const id of [1, 2, 3]) cluster.kill(id);
    const made = client();
    made.requestUpdate();
    expect(await world.complete(failure(made.awaitUpdate(700)))).toBe('TimeoutException');
    const waiting = failure(made.awaitUpdate(700_000));
    made.close();
    expect(await world.complete(waiting)).toBe('KafkaException');
  });
});

describe('requests', () => {
  it('go to the broker that is named, in the newest version that both know', async () => {
    const made = await connected();
    const answer = await world.complete(made.send(2, metadataApi, { topics: [{ name: 'orders' }] }));
    expect(answer.topics[0]?.topicId).toBe(cluster.topics.get('orders')?.topicId);
    expect(cluster.metadataRequests.at(-1)?.broker).toBe(2);
    expect(
      await world.complete(failure(made.send(2, describeClusterApi, { includeClusterAuthorizedOperations: false }))),
    ).toBe('UnsupportedVersionException');
    expect(await world.complete(failure(made.send(8, metadataApi, { topics: null })))).toBe('DisconnectException');
  });

  it('on their way are rejected when the broker dies, and work again when it is back', async () => {
    const made = await connected();
    await world.complete(made.send(2, metadataApi, { topics: [] }));
    expect(made.isReady(2)).toBe(true);
    const lost = failure(made.send(2, metadataApi, { topics: [] }));
    cluster.kill(2);
    expect(await world.complete(lost)).toBe('DisconnectException');
    expect(made.isReady(2)).toBe(false);
    await world.run(500);
    await cluster.startBroker(2);
    await world.until(() => made.isReady(2), 3000, 'the connection');
    const ofTwo = events.filter(({ broker }) => broker === 2).map(({ kind }) => kind);
    expect([ofTwo[0], ofTwo[1], ofTwo.at(-1)]).toEqual(['ready', 'lost', 'ready']);
    expect(ofTwo.slice(2, -1).every((kind) => kind === 'unreachable')).toBe(true);
  });

  it('that wait long do not hold up those of another purpose', async () => {
    const slow = new ScriptedCluster(
      new SimWorld(3),
      [1],
      [handlerOf(describeClusterApi, () => new Promise(() => {}))],
    );
    world = slow.world;
    cluster = slow;
    await slow.start();
    slow.addTopic('orders', 1);
    const made = await connected();
    const waiting = failure(made.send(1, describeClusterApi, { includeClusterAuthorizedOperations: false }));
    await world.complete(made.send(1, metadataApi, { topics: [] }, { purpose: 'coordinator' }), 1000);
    expect(await world.complete(waiting)).toBe('TimeoutException');
  });

  it('bring a connection back that was closed for want of them', async () => {
    const made = await connected({ connectionsMaxIdleMs: 60_000, metadataMaxAgeMs: 30_000 });
    cluster.brokers = [2, 1];
    await world.complete(made.send(2, metadataApi, { topics: [] }));
    await world.run(120_000);
    // One of them is asked for metadata now and then, the other for nothing.
    expect([made.isReady(1), made.isReady(2)].filter(Boolean).length).toBe(1);
    await world.run(1000);
    expect([made.isReady(1), made.isReady(2)]).toEqual([true, true]);
    expect(events.filter(({ kind }) => kind !== 'ready')).toEqual([]);
  });

  it('find a coordinator, and are sent to it', async () => {
    const made = await connected();
    const found = await world.complete(made.findCoordinator('group', 'billing'));
    expect(made.broker(found.id)).toMatchObject({ id: found.id, host: '127.0.0.1', port: portOf(found.id) });
    await world.complete(made.send(found.id, metadataApi, { topics: [] }, { purpose: 'coordinator' }));
  });

  it('for a coordinator that is not there yet are rejected by its name', async () => {
    const refusing = handlerOf(findCoordinatorApi, ({ coordinatorKeys }) => ({
      coordinators: coordinatorKeys.map((key) => ({
        key,
        nodeId: -1,
        host: '',
        port: -1,
        errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE,
        errorMessage: 'not yet',
      })),
    }));
    cluster = new ScriptedCluster(new SimWorld(4), [1]);
    cluster.replaceHandler(refusing);
    world = cluster.world;
    await cluster.start();
    const made = client();
    expect(await world.complete(failure(made.findCoordinator('group', 'billing')))).toBe('COORDINATOR_NOT_AVAILABLE');
  });
});
