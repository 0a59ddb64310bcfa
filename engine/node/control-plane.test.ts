import { describe, expect, it } from 'vitest';
import { concatBytes } from '../base/text.ts';
import { RpcChannel } from '../net/index.ts';
import {
  allocateProducerIdsApi,
  createTopicsApi,
  decodeResponse,
  encodeRequest,
  envelopeApi,
  ErrorCode,
} from '../protocol/index.ts';
import { ControlPlane } from './control-plane.testkit.ts';

describe('the control plane of three simulated nodes', () => {
  it('registers and unfences all brokers within 300 ms of the quorum having a leader', async () => {
    const plane = new ControlPlane({ seed: 1, nodes: 3 });
    await plane.world.until(() => plane.active !== null, 10_000, 'an active controller');
    const ledSinceMs = plane.world.nowMs;
    await plane.untilUnfenced([1, 2, 3]);
    expect(plane.world.nowMs - ledSinceMs).toBeLessThan(300);
    expect([...plane.image.features]).toContainEqual(['metadata.version', 30]);
    expect(plane.image.configs.get('4:')?.entries.get('min.insync.replicas')).toBe('1');
  });

  it('makes every controller known to the cluster', async () => {
    const plane = new ControlPlane({ seed: 2, nodes: 3 });
    const known = () => plane.active !== null && plane.image.cluster.controllers.size === 3;
    await plane.world.until(known, 10_000, 'three registered controllers');
    expect([...plane.image.cluster.controllers.keys()].sort()).toEqual([1, 2, 3]);
  });

  it('fences a killed broker after the session timeout and elects new leaders at once', async () => {
    const plane = new ControlPlane({ seed: 3, nodes: 3 });
    await plane.untilUnfenced([1, 2, 3]);
    await plane.createTopic('orders', 6, 3);
    const victim = plane.alive.find((node) => !node.controller.active)!.id;
    expect(plane.leaders('orders')).toContain(victim);
    await plane.world.run(3000);
    const killedAtMs = plane.world.nowMs;
    plane.kill(victim);
    const rest = [1, 2, 3].filter((id) => id !== victim);
    await plane.untilUnfenced(rest, 20_000);
    const elapsedMs = plane.world.nowMs - killedAtMs;
    expect(elapsedMs).toBeGreaterThan(6900);
    expect(elapsedMs).toBeLessThan(9300);
    expect(plane.leaders('orders')).not.toContain(victim);
    for (const partition of plane.image.topics.byName.get('orders')!.partitions.values()) {
      expect([...partition.isr].sort()).toEqual(rest);
    }
  });

  it('lets a broker leave without waiting for anything, its leaderships moved first', async () => {
    const plane = new ControlPlane({ seed: 4, nodes: 3 });
    await plane.untilUnfenced([1, 2, 3]);
    await plane.createTopic('orders', 6, 3);
    await plane.world.run(5000);
    const leaving = plane.alive.find((node) => !node.controller.active)!.id;
    const askedAtMs = plane.world.nowMs;
    expect(await plane.world.complete(plane.stop(leaving))).toBe('granted');
    expect(plane.world.nowMs - askedAtMs).toBeLessThan(500);
    expect(plane.unfenced()).toEqual([1, 2, 3].filter((id) => id !== leaving));
    expect(plane.leaders('orders')).not.toContain(leaving);
  });

  it('goes on under another controller when the active one is killed', async () => {
    const plane = new ControlPlane({ seed: 5, nodes: 3 });
    await plane.untilUnfenced([1, 2, 3]);
    await plane.createTopic('orders', 3, 3);
    const first = plane.active!.id;
    plane.kill(first);
    await plane.world.until(() => plane.active !== null, 20_000, 'another active controller');
    await plane.createTopic('payments', 3, 2);
    await plane.untilUnfenced(
      [1, 2, 3].filter((id) => id !== first),
      30_000,
    );
    expect(plane.leaders('orders')).not.toContain(first);
    expect([...plane.image.topics.byName.keys()].sort()).toEqual(['orders', 'payments']);
  });

  it('takes a killed broker back under a new epoch once its old session has ended', async () => {
    const plane = new ControlPlane({ seed: 6, nodes: 3 });
    await plane.untilUnfenced([1, 2, 3]);
    const victim = plane.alive.find((node) => !node.controller.active)!.id;
    const before = plane.node(victim).lifecycle.epoch;
    plane.kill(victim);
    await plane.world.run(1000);
    plane.start(victim);
    await plane.world.run(3000);
    expect(plane.node(victim).lifecycle.state).toBe('registering');
    await plane.world.until(() => plane.node(victim).lifecycle.state === 'running', 20_000, 'the broker back');
    expect(plane.node(victim).lifecycle.epoch).toBeGreaterThan(before);
    expect(plane.unfenced()).toEqual([1, 2, 3]);
  });

  it('starts again at once after all nodes were killed, with topics and leaders as before', async () => {
    const plane = new ControlPlane({ seed: 7, nodes: 3 });
    await plane.untilUnfenced([1, 2, 3]);
    await plane.createTopic('orders', 3, 3);
    const topicId = plane.image.topics.byName.get('orders')!.id;
    for (const id of [1, 2, 3]) plane.kill(id);
    for (const id of [1, 2, 3]) plane.start(id);
    await plane.world.until(() => plane.active !== null, 10_000, 'an active controller');
    const ledSinceMs = plane.world.nowMs;
    const back = () => plane.alive.every((node) => node.lifecycle.state === 'running');
    await plane.world.until(back, 10_000, 'all brokers back');
    expect(plane.world.nowMs - ledSinceMs).toBeLessThan(500);
    expect(plane.image.topics.byName.get('orders')!.id).toBe(topicId);
    expect(plane.leaders('orders').every((leader) => leader > 0)).toBe(true);
  });

  it('starts again after all were stopped in turn', async () => {
    const plane = new ControlPlane({ seed: 8, nodes: 3 });
    await plane.untilUnfenced([1, 2, 3]);
    await plane.createTopic('orders', 3, 3);
    for (const id of [1, 2, 3]) await plane.world.complete(plane.stop(id));
    for (const id of [1, 2, 3]) plane.start(id);
    await plane.world.until(() => plane.alive.every((node) => node.lifecycle.state === 'running'), 10_000, 'all back');
    expect(plane.leaders('orders').every((leader) => leader > 0)).toBe(true);
  });

  it('snapshots the metadata and brings a new node up from the snapshot', async () => {
    const plane = new ControlPlane({ seed: 9, nodes: 3, config: { snapshotBytes: 4000 } });
    await plane.untilUnfenced([1, 2, 3]);
    for (let i = 0; i < 20; i++) await plane.createTopic(`topic-${i}`, 3, 3);
    await plane.world.run(2000);
    const snapshots = plane.alive.map((node) => node.raft.sample().latestSnapshot);
    expect(snapshots.every((snapshot) => snapshot !== null)).toBe(true);
    plane.kill(3);
    plane.start(3);
    await plane.world.until(() => plane.node(3).lifecycle.state === 'running', 20_000, 'node 3 back');
    expect(plane.node(3).metadata.image.topics.byName.size).toBe(20);
  });

  it.each(Array.from({ length: 12 }, (_, i) => i + 100))(
    'keeps its promises under kills and pauses, seed %i',
    async (seed) => {
      const plane = new ControlPlane({ seed, nodes: 3 });
      await plane.untilUnfenced([1, 2, 3]);
      await plane.createTopic('orders', 4, 3);
      for (let round = 0; round < 6; round++) {
        const id = 1 + plane.world.random.integer(3);
        if (plane.world.random.integer(2) === 0) {
          plane.kill(id);
          await plane.world.run(plane.world.random.integer(12_000));
          plane.start(id);
        } else {
          plane.world.node(`n${id}`).pause();
          await plane.world.run(plane.world.random.integer(12_000));
          plane.world.node(`n${id}`).resume();
        }
        await plane.world.run(plane.world.random.integer(4000));
      }
      await plane.untilUnfenced([1, 2, 3], 60_000);
      await plane.world.run(1000);
      expect(plane.leaders('orders').every((leader) => leader > 0)).toBe(true);
      const offsets = plane.alive.map((node) => node.metadata.publishedOffset);
      expect(Math.max(...offsets) - Math.min(...offsets)).toBeLessThan(5);
    },
  );

  it('answers a request that waits for its commit with NOT_CONTROLLER when leadership is lost', async () => {
    const plane = new ControlPlane({ seed: 10, nodes: 3 });
    await plane.untilUnfenced([1, 2, 3]);
    const cut = plane.active!.id;
    const others = [1, 2, 3].filter((id) => id !== cut).map((id) => `n${id}`);
    const heal = plane.world.network.partition([`n${cut}`], others);
    const channel = channelTo(plane, cut);
    const topics = [{ name: 'lost', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }];
    const answer = channel.send(createTopicsApi, { topics }, { timeoutMs: 60_000 });
    const response = await plane.world.complete(answer);
    expect(response.topics[0]).toMatchObject({ name: 'lost', errorCode: ErrorCode.NOT_CONTROLLER });
    heal();
    await plane.untilUnfenced([1, 2, 3], 60_000);
    expect(plane.image.topics.byName.has('lost')).toBe(false);
  });

  it('takes requests in envelopes, and says on the envelope when it is not the active controller', async () => {
    const plane = new ControlPlane({ seed: 11, nodes: 3 });
    await plane.untilUnfenced([1, 2, 3]);
    const topics = [{ name: 'wrapped', numPartitions: 2, replicationFactor: 3, assignments: [], configs: [] }];
    const inner = encodeRequest(createTopicsApi, 7, { correlationId: 42, clientId: 'admin' }, { topics });
    const envelope = {
      requestData: concatBytes(inner),
      requestPrincipal: null,
      clientHostAddress: new Uint8Array([127, 0, 0, 1]),
    };
    const active = plane.active!.id;
    const passive = active === 1 ? 2 : 1;
    const refused = await plane.world.complete(channelTo(plane, passive).send(envelopeApi, envelope));
    expect(refused).toMatchObject({ errorCode: ErrorCode.NOT_CONTROLLER, responseData: null });
    const taken = await plane.world.complete(channelTo(plane, active).send(envelopeApi, envelope));
    expect(taken.errorCode).toBe(0);
    const { correlationId, body } = decodeResponse(createTopicsApi, 7, taken.responseData!);
    expect([correlationId, body.topics[0]?.errorCode, body.topics[0]?.numPartitions]).toEqual([42, 0, 2]);
    const garbage = { ...envelope, requestData: new Uint8Array([0, 99, 0, 0]) };
    const unreadable = await plane.world.complete(channelTo(plane, active).send(envelopeApi, garbage));
    expect(unreadable.errorCode).toBe(ErrorCode.INVALID_REQUEST);
  });

  it('gives every broker producer ids of its own, across controllers', async () => {
    const plane = new ControlPlane({ seed: 12, nodes: 3 });
    await plane.untilUnfenced([1, 2, 3]);
    const block = async (id: number): Promise<number[]> => {
      const request = { brokerId: id, brokerEpoch: plane.node(id).lifecycle.epoch };
      const { errorCode, producerIdStart, producerIdLen } = await plane.send(id, allocateProducerIdsApi, request);
      return [errorCode, producerIdStart, producerIdLen];
    };
    const first = plane.active!.id;
    const [a, b] = [1, 2, 3].filter((id) => id !== first) as [number, number];
    expect(await block(a)).toEqual([0, 0, 1000]);
    expect(await block(b)).toEqual([0, 1000, 1000]);
    plane.kill(first);
    await plane.world.until(() => plane.active !== null, 20_000, 'another active controller');
    expect(await block(a)).toEqual([0, 2000, 1000]);
  });

  it('tells what happened to brokers and partitions', async () => {
    const plane = new ControlPlane({ seed: 13, nodes: 3 });
    await plane.untilUnfenced([1, 2, 3]);
    await plane.createTopic('orders', 1, 3);
    await plane.world.run(1000);
    const { tracer } = plane.world.node('n1');
    expect(
      tracer
        .ofType('broker-registered')
        .map((event) => event.broker)
        .sort(),
    ).toEqual([1, 2, 3]);
    expect(tracer.ofType('broker-fenced').filter((event) => !event.fenced).length).toBe(3);
    expect(tracer.ofType('topic-created')).toMatchObject([{ topic: 'orders' }]);
    expect(tracer.ofType('partition-changed')).toMatchObject([
      { topic: 'orders', partition: 0, leader: { was: -1 }, leaderEpoch: { was: -1, now: 0 }, isr: { was: [] } },
    ]);
  });
});

function channelTo(plane: ControlPlane, id: number): RpcChannel {
  return new RpcChannel({
    env: plane.world.node(`client-of-${id}`).env,
    host: '127.0.0.1',
    port: 9090 + id,
    clientId: 'test',
  });
}
