import { beforeEach, describe, expect, it } from 'vitest';
import { SimWorld } from '../../env/sim/index.ts';
import { ErrorCode } from '../../protocol/index.ts';
import { failureOf, PollingConsumer } from './consumer.testkit.ts';
import { ScriptedGroup } from './scripted-group.testkit.ts';

let world: SimWorld;
let group: ScriptedGroup;

beforeEach(async () => {
  world = new SimWorld(31);
  group = new ScriptedGroup(world, [1, 2]);
  group.cluster.addTopic('orders', 4);
  await group.cluster.start();
});

function member(configs: Readonly<Record<string, string>> = {}, node = 'client'): PollingConsumer {
  return new PollingConsumer(world, group.cluster.bootstrap, configs, node);
}

/** Alone in the group, with all partitions. */
async function joined(configs: Readonly<Record<string, string>> = {}): Promise<PollingConsumer> {
  const consumer = member(configs).start();
  await world.until(() => consumer.consumer.sample().memberState === 'stable', 10_000);
  await world.run(1000);
  return consumer;
}

const cooperative = { 'partition.assignment.strategy': 'cooperative-sticky' };

describe('joining', () => {
  it('asks for a member id first, then leads alone and gets everything', async () => {
    const consumer = await joined();
    expect(group.requests('JoinGroup').map(({ text }) => text)).toEqual([
      '',
      expect.stringMatching(/^need to re-join with the given member-id: member-/),
    ]);
    expect(consumer.told('member-state').map(({ to }) => to)).toEqual([
      'preparing-rebalance',
      'completing-rebalance',
      'stable',
    ]);
    expect(consumer.consumer.sample()).toMatchObject({
      generation: 1,
      isLeader: true,
      assignor: 'range',
      coordinator: 1,
    });
    expect(consumer.heard).toEqual(['assigned orders-0 orders-1 orders-2 orders-3']);
    expect(consumer.consumer.groupMetadata()).toMatchObject({ groupId: 'billing', generationId: 1 });
    await world.complete(consumer.close());
  });

  it('goes on after the coordinator was not available, was another one, or loaded', async () => {
    group.errors.join = [ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, ErrorCode.NOT_COORDINATOR];
    group.errors.sync = [ErrorCode.COORDINATOR_NOT_AVAILABLE, ErrorCode.REBALANCE_IN_PROGRESS];
    const consumer = await joined();
    expect(consumer.owned).toHaveLength(4);
    expect(consumer.told('rebalance-failed').map(({ error }) => error)).toEqual([
      'COORDINATOR_LOAD_IN_PROGRESS',
      'NOT_COORDINATOR',
      'COORDINATOR_NOT_AVAILABLE',
      'REBALANCE_IN_PROGRESS',
    ]);
    await world.complete(consumer.close());
  });

  it.each([
    [ErrorCode.GROUP_MAX_SIZE_REACHED, 'Consumer group billing already has the configured maximum number of members.'],
    [ErrorCode.INCONSISTENT_GROUP_PROTOCOL, /protocol/],
    [ErrorCode.INVALID_SESSION_TIMEOUT, /session timeout/],
    [ErrorCode.FENCED_INSTANCE_ID, /instance/],
  ])('fails the poll for good with code %i', async (code, message) => {
    group.errors.join = [code];
    const consumer = member().start();
    await world.run(2000);
    expect(consumer.failures).toEqual([expect.stringMatching(message)]);
    expect(consumer.told('fatal')).toHaveLength(1);
    consumer.consumer.abandon();
  });

  it('refuses what cannot be without a group', async () => {
    const { env } = world.node('client');
    const { Consumer } = await import('./index.ts');
    const { noCodecs } = await import('../../record/index.ts');
    const configs = { 'bootstrap.servers': group.cluster.bootstrap };
    const consumer = new Consumer({ env, codecs: noCodecs, configs, onEvent: () => {} });
    expect(() => consumer.subscribe(['orders'])).toThrow(
      'To use the group management or offset commit APIs, you must provide a valid group.id in the consumer configuration.',
    );
    expect(await world.complete(failureOf(consumer.poll(0)))).toBe(
      'IllegalStateException: Consumer is not subscribed to any topics or assigned any partitions',
    );
    await world.complete(consumer.close());
    expect(await failureOf(consumer.poll(0))).toBe('IllegalStateException: This consumer has already been closed.');
  });
});

describe('rebalances', () => {
  it('eager: everybody gives everything up before, and commits', async () => {
    const first = await joined();
    group.produce('orders', 0, ['a', 'b']);
    await world.run(500);
    const second = member({}, 'client 2').start();
    await world.until(() => second.owned.length === 2, 20_000);
    await world.run(500);
    expect(first.heard).toEqual([
      'assigned orders-0 orders-1 orders-2 orders-3',
      'revoked orders-0 orders-1 orders-2 orders-3',
      'assigned orders-0 orders-1',
    ]);
    expect(second.heard).toEqual(['assigned orders-2 orders-3']);
    expect(first.told('commit').map(({ trigger }) => trigger)).toEqual(['auto-rebalance']);
    expect(group.committed.get('orders-0')).toMatchObject({ offset: 2 });
    for (const each of [first, second]) await world.complete(each.close());
  });

  it('cooperative: only what moves is given up, and a second round hands it on', async () => {
    const first = await joined(cooperative);
    const second = member(cooperative, 'client 2').start();
    await world.until(() => second.owned.length === 2, 20_000);
    await world.run(5000);
    expect(first.heard).toEqual([
      'assigned orders-0 orders-1 orders-2 orders-3',
      'revoked orders-2 orders-3',
      'assigned',
      'assigned',
    ]);
    expect(second.heard).toEqual(['assigned', 'assigned orders-2 orders-3']);
    await world.complete(second.close());
    await world.until(() => first.owned.length === 4, 20_000);
    await world.run(500);
    expect(first.heard.slice(4)).toEqual(['assigned orders-2 orders-3']);
    await world.complete(first.close());
  });

  it('happen when a topic gets more partitions, and when the subscription changes', async () => {
    const consumer = await joined({ 'metadata.max.age.ms': '2000' });
    group.cluster.addTopic('orders', 5);
    await world.until(() => consumer.owned.length === 5, 20_000);
    expect(group.requests('JoinGroup').at(-1)?.text).toBe('cached metadata has changed');
    group.cluster.addTopic('payments', 1);
    consumer.consumer.subscribe(['payments'], consumer.listener);
    await world.until(() => consumer.owned.join() === 'payments-0', 20_000);
    expect(group.requests('JoinGroup').at(-1)?.text).toBe('subscription has changed');
    await world.complete(consumer.close());
  });

  it('happen when they are asked for', async () => {
    const consumer = await joined();
    consumer.consumer.enforceRebalance('because');
    await world.until(() => group.generation === 2, 10_000);
    expect(group.requests('JoinGroup').at(-1)?.text).toBe('because');
    await world.complete(consumer.close());
  });

  it('fail the poll with what the listener threw, and go on with the next one', async () => {
    const { consumer } = member();
    let calls = 0;
    consumer.subscribe(['orders'], {
      onPartitionsRevoked: () => {},
      onPartitionsAssigned: () => {
        if (calls++ === 0) throw new Error('no');
      },
    });
    expect(await world.complete(failureOf(consumer.poll(10_000)))).toBe(
      'KafkaException: User rebalance callback throws an error',
    );
    await world.complete(consumer.poll(500));
    expect(consumer.assignment()).toHaveLength(4);
    await world.complete(consumer.close());
  });

  it('let the listener commit and read positions', async () => {
    group.produce('orders', 0, ['a']);
    const { consumer } = member({ 'enable.auto.commit': 'false' });
    const positions: number[] = [];
    consumer.subscribe(['orders'], {
      onPartitionsAssigned: async () => {
        positions.push(await consumer.position({ topic: 'orders', partition: 0 }));
      },
      onPartitionsRevoked: () => consumer.commitSync(),
    });
    await world.complete(consumer.poll(5000));
    await world.complete(consumer.close());
    expect(positions).toEqual([0]);
    expect(group.committed.get('orders-0')).toMatchObject({ offset: 1 });
  });
});

describe('heartbeats', () => {
  it('go out every heartbeat.interval.ms, whether it polls or not', async () => {
    const consumer = await joined();
    consumer.pauseMs = 20_000;
    const before = group.requests('Heartbeat').length;
    await world.run(15_000);
    expect(group.requests('Heartbeat').length - before).toBe(5);
    expect(consumer.consumer.sample().lastHeartbeatMs).not.toBe(null);
    consumer.consumer.abandon();
  });

  it('end the membership after max.poll.interval.ms without a poll: it leaves, and has lost all on the next', async () => {
    const consumer = await joined({ 'max.poll.interval.ms': '10000' });
    consumer.pauseMs = 15_000;
    await world.until(() => consumer.told('poll-overdue').length === 1, 30_000);
    await world.run(10);
    expect(group.requests('LeaveGroup').map(({ text }) => text)).toEqual(['consumer poll timeout has expired.']);
    expect(consumer.heard).toEqual(['assigned orders-0 orders-1 orders-2 orders-3']);
    consumer.pauseMs = 0;
    await world.until(() => consumer.heard.length === 3, 30_000);
    expect(consumer.heard.slice(1)).toEqual([
      'lost orders-0 orders-1 orders-2 orders-3',
      'assigned orders-0 orders-1 orders-2 orders-3',
    ]);
    await world.complete(consumer.close());
  });

  it.each([
    [ErrorCode.UNKNOWN_MEMBER_ID, ''],
    [ErrorCode.ILLEGAL_GENERATION, expect.stringMatching(/^member-/)],
  ])('answered by code %i: it has lost its partitions and joins again', async (code, memberId) => {
    const consumer = await joined();
    if (code === ErrorCode.UNKNOWN_MEMBER_ID) group.expel(consumer.consumer.groupMetadata().memberId);
    else group.errors.heartbeat = [code];
    await world.until(() => consumer.heard.length === 3, 20_000);
    expect(consumer.heard[1]).toBe('lost orders-0 orders-1 orders-2 orders-3');
    const out = consumer.told('member-state').find(({ to }) => to === 'unjoined');
    expect(out).toMatchObject({ memberId, generation: -1 });
    await world.complete(consumer.close());
  });

  it('answered by a fenced instance id end the consumer', async () => {
    const consumer = await joined({ 'group.instance.id': 'desk-1' });
    group.errors.heartbeat = [ErrorCode.FENCED_INSTANCE_ID];
    await world.run(4000);
    expect(consumer.failures).toEqual([expect.stringMatching(/^FENCED_INSTANCE_ID: /)]);
    consumer.consumer.abandon();
  });

  it('without an answer for session.timeout.ms make it look for its coordinator again', async () => {
    const consumer = await joined({ 'session.timeout.ms': '10000' });
    group.mute = true;
    await world.until(() => consumer.told('session-expired').length === 1, 20_000);
    group.mute = false;
    await world.run(5000);
    expect(consumer.told('coordinator').map(({ nodeId, reason }) => [nodeId, reason])).toEqual([
      [1, 'found'],
      [null, 'session timed out without receiving a heartbeat response'],
      [1, 'found'],
    ]);
    expect(consumer.consumer.sample().memberState).toBe('stable');
    await world.complete(consumer.close());
  });

  it('follow the coordinator when its broker dies', async () => {
    const consumer = await joined();
    group.coordinator = 2;
    group.cluster.kill(1);
    await world.run(5000);
    expect(consumer.consumer.sample()).toMatchObject({ coordinator: 2, memberState: 'stable', generation: 1 });
    await world.complete(consumer.close());
  });
});

describe('leaving', () => {
  it('commits, tells the listener and the group', async () => {
    const consumer = await joined();
    group.produce('orders', 1, ['x']);
    await world.run(500);
    await world.complete(consumer.close());
    expect(group.committed.get('orders-1')).toMatchObject({ offset: 1 });
    expect(consumer.heard.at(-1)).toBe('revoked orders-0 orders-1 orders-2 orders-3');
    expect(group.requests('LeaveGroup').map(({ text }) => text)).toEqual(['the consumer is being closed']);
    expect(consumer.told('commit').map(({ trigger }) => trigger)).toEqual(['auto-close']);
  });

  it('is not told by a static member, which takes its place again', async () => {
    const consumer = await joined({ 'group.instance.id': 'desk-1' });
    await world.complete(consumer.close());
    expect(consumer.heard.at(-1)).toBe('revoked orders-0 orders-1 orders-2 orders-3');
    expect(group.requests('LeaveGroup')).toEqual([]);
    expect(group.members.size).toBe(1);
    const again = await joined({ 'group.instance.id': 'desk-1' });
    expect([again.owned.length, group.members.size]).toEqual([4, 1]);
    await world.complete(again.close());
  });

  it('by unsubscribe() lets it subscribe anew', async () => {
    const { consumer } = member();
    consumer.subscribe(['orders']);
    await world.complete(consumer.poll(2000));
    await world.complete(consumer.unsubscribe());
    await world.run(100);
    expect(group.requests('LeaveGroup').map(({ text }) => text)).toEqual(['the consumer unsubscribed from all topics']);
    consumer.assign([{ topic: 'orders', partition: 1 }]);
    expect(consumer.assignment()).toEqual([{ topic: 'orders', partition: 1 }]);
    await world.complete(consumer.close());
  });

  it('ends within its time when nobody answers', async () => {
    const consumer = await joined();
    for (const id of [1, 2]) group.cluster.kill(id);
    const startedMs = world.nowMs;
    await world.complete(consumer.close(2000));
    expect(world.nowMs - startedMs).toBeLessThanOrEqual(2000);
  });
});

describe('calls', () => {
  it('are refused while another one waits, and woken up by wakeup()', async () => {
    const { consumer } = member();
    consumer.subscribe(['orders']);
    const poll = failureOf(consumer.poll(10_000));
    expect(await failureOf(consumer.commitSync())).toMatch(/^ConcurrentModificationException: /);
    consumer.wakeup();
    expect(await world.complete(poll)).toMatch(/^WakeupException/);
    expect(await world.complete(failureOf(consumer.poll(100)))).toBe('no failure');
    await world.complete(consumer.close());
  });
});
