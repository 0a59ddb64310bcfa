import { describe, expect, it } from 'vitest';
import { noLeader } from '../../metadata/index.ts';
import { ErrorCode } from '../../protocol/index.ts';
import type { BrokerHeartbeatRequest, BrokerRegistrationRequest } from '../../protocol/index.ts';
import { supportedFeatures } from '../../metadata/index.ts';
import {
  brokerRecord,
  decided,
  directoryOf,
  testClusterId,
  topicIdOf,
  topicRecords,
  viewAfter,
  viewOf,
} from '../view.testkit.ts';
import type { ControllerView } from '../view.ts';
import { decideHeartbeat, decideSessionExpiry } from './heartbeat.ts';
import { decideBrokerRegistration, decideControllerRegistration, decideUnregisterBroker } from './registration.ts';
import { BrokerSessions } from './sessions.ts';

const incarnation = 'newIncarnationAAAAAAAA';

const registration = (fields: Partial<BrokerRegistrationRequest> = {}): BrokerRegistrationRequest => ({
  brokerId: 4,
  clusterId: testClusterId,
  incarnationId: incarnation,
  listeners: [{ name: 'PLAINTEXT', host: '127.0.0.1', port: 9095, securityProtocol: 0 }],
  features: supportedFeatures,
  rack: null,
  isMigratingZkBroker: false,
  logDirs: [directoryOf(fields.brokerId ?? 4)],
  previousBrokerEpoch: -1,
  ...fields,
});

const heartbeat = (fields: Partial<BrokerHeartbeatRequest> = {}): BrokerHeartbeatRequest => ({
  brokerId: 1,
  brokerEpoch: 101,
  currentMetadataOffset: 400,
  wantFence: false,
  wantShutDown: false,
  offlineLogDirs: [],
  cordonedLogDirs: null,
  ...fields,
});

/** Sessions in which the given brokers were heard of at the view's time. */
function heardOf(view: ControllerView, ...brokers: number[]): ControllerView {
  const sessions = new BrokerSessions(9000);
  for (const id of brokers) {
    const epoch = view.image.cluster.brokers.get(id)!.epoch;
    sessions.contact(id, epoch, 450, view.nowMs);
  }
  return { ...view, sessions };
}

describe('registration of brokers', () => {
  it('fences a new broker and gives it the next offset as its epoch', () => {
    const { records, reply } = decided(decideBrokerRegistration(viewOf(), registration()));
    expect(reply).toEqual({ brokerEpoch: 500 });
    expect(records).toMatchObject([
      { type: 'RegisterBrokerRecord', version: 4, brokerId: 4, brokerEpoch: 500, fenced: true, cordonedLogDirs: null },
    ]);
  });

  it('keeps epoch and fencing of the same incarnation', () => {
    const view = viewOf([brokerRecord(4, { incarnationId: incarnation, epoch: 77, fenced: false })]);
    const { records, reply } = decided(decideBrokerRegistration(view, registration()));
    expect(reply).toEqual({ brokerEpoch: 77 });
    expect(records).toMatchObject([{ brokerEpoch: 77, fenced: false }]);
  });

  it.each([
    ['another cluster', { clusterId: 'other' }, 'INCONSISTENT_CLUSTER_ID'],
    ['no directories', { logDirs: [] }, 'INVALID_REGISTRATION'],
    ['a reserved directory', { logDirs: ['AAAAAAAAAAAAAAAAAAAAAA'] }, 'INVALID_REGISTRATION'],
    ['a directory twice', { logDirs: [directoryOf(4), directoryOf(4)] }, 'INVALID_REGISTRATION'],
    ["another broker's directory", { logDirs: [directoryOf(1)] }, 'INVALID_REGISTRATION'],
    ['a ZooKeeper broker', { isMigratingZkBroker: true }, 'BROKER_ID_NOT_REGISTERED'],
    ['no features', { features: [] }, 'UNSUPPORTED_VERSION'],
  ] as const)('refuses %s', (_, fields, code) => {
    expect(decideBrokerRegistration(viewOf(), registration(fields))).toMatchObject({
      refused: { code: ErrorCode[code] },
    });
  });

  it('refuses another incarnation of a broker that was heard of within its session', () => {
    const view = heardOf(viewOf(), 1);
    const request = registration({ brokerId: 1 });
    expect(decideBrokerRegistration(view, request)).toMatchObject({
      refused: { code: ErrorCode.DUPLICATE_BROKER_REGISTRATION },
    });
    const later = { ...view, nowMs: view.nowMs + 9001 };
    expect(decideBrokerRegistration(later, request)).toHaveProperty('reply');
    const fenced = viewAfter(view, { records: [brokerRecord(1, { fenced: true })], reply: null });
    expect(decideBrokerRegistration(fenced, request)).toHaveProperty('reply');
  });

  it('takes a broker that did not stop cleanly out of ISR and ELR, one that did out of the ISR only', () => {
    const topic = topicRecords(
      'orders',
      { replicas: [1, 2], isr: [1] },
      { replicas: [2, 1], isr: [], leader: noLeader, elr: [1] },
    );
    const view = viewOf(topic);
    const partitions = (previousBrokerEpoch: number) => {
      const decision = decided(decideBrokerRegistration(view, registration({ brokerId: 1, previousBrokerEpoch })));
      const after = viewAfter(view, decision).image.topics.byName.get('orders')!.partitions;
      return [0, 1].map((index) => [after.get(index)!.isr, after.get(index)!.elr, after.get(index)!.leader]);
    };
    expect(partitions(101)).toEqual([
      [[], [1], -1],
      [[], [1], -1],
    ]);
    expect(partitions(-1)).toEqual([
      [[], [], -1],
      [[], [], -1],
    ]);
  });

  it('unregisters a broker together with its places in ISR and ELR', () => {
    const view = viewOf(topicRecords('orders', { replicas: [1, 2] }, { replicas: [2, 1], isr: [2], elr: [1] }));
    const after = viewAfter(view, decided(decideUnregisterBroker(view, 1))).image;
    expect(after.cluster.brokers.has(1)).toBe(false);
    expect([...after.topics.byName.get('orders')!.partitions.values()].map((it) => [it.leader, it.isr])).toEqual([
      [2, [2]],
      [2, [2]],
    ]);
    expect(decideUnregisterBroker(view, 9)).toEqual({
      refused: { code: ErrorCode.BROKER_ID_NOT_REGISTERED, message: 'Broker ID 9 is not currently registered' },
    });
  });

  it('registers controllers', () => {
    const { records } = decideControllerRegistration(viewOf(), {
      controllerId: 3,
      incarnationId: incarnation,
      zkMigrationReady: false,
      listeners: [],
      features: supportedFeatures,
    });
    expect(records).toMatchObject([{ type: 'RegisterControllerRecord', controllerId: 3 }]);
  });
});

describe('heartbeats of brokers', () => {
  const fenced = (id: number) => brokerRecord(id, { fenced: true });
  const orders = topicRecords('orders', { replicas: [1, 2, 3] }, { replicas: [2, 3, 1] });

  const states: [string, Parameters<typeof viewOf>[0], Partial<BrokerHeartbeatRequest>, unknown, number][] = [
    ['fenced, wants to stay so', [fenced(1)], { wantFence: true }, { isCaughtUp: true, isFenced: true }, 0],
    ['fenced, behind', [fenced(1)], { currentMetadataOffset: 100 }, { isCaughtUp: false, isFenced: true }, 0],
    ['fenced, caught up', [fenced(1)], {}, { isCaughtUp: true, isFenced: false }, 1],
    ['fenced, wants to stop', [fenced(1)], { wantShutDown: true }, { isFenced: true, shouldShutDown: true }, 1],
    ['unfenced', [], {}, { isFenced: false, shouldShutDown: false }, 0],
    ['unfenced, wants to be fenced', [], { wantFence: true }, { isFenced: true, shouldShutDown: false }, 1],
    ['unfenced, wants to stop, leads nothing', [], { wantShutDown: true }, { isFenced: true, shouldShutDown: true }, 1],
    ['unfenced, wants to stop, leads', orders, { wantShutDown: true }, { isFenced: false, shouldShutDown: false }, 3],
  ];
  it.each(states)('%s', (_, records, fields, reply, recordCount) => {
    const decision = decided(decideHeartbeat(heardOf(viewOf(records), 1, 2, 3), heartbeat(fields)));
    expect(decision.reply).toMatchObject(reply as object);
    expect(decision.records.length).toBe(recordCount);
    expect(decision.contact).toMatchObject({ broker: 1, epoch: 101 });
  });

  it('lets a broker go when its leaderships are gone and all others have read so', () => {
    let view = heardOf(viewOf(orders), 1, 2, 3);
    const sessions = new BrokerSessions(9000);
    for (const id of [1, 2, 3]) sessions.contact(id, 100 + id, 450, view.nowMs);
    view = { ...view, sessions };
    const first = decided(decideHeartbeat(view, heartbeat({ wantShutDown: true })));
    view = viewAfter(view, first);
    expect(view.image.topics.byName.get('orders')!.partitions.get(0)).toMatchObject({ leader: 2, isr: [2, 3] });
    expect(view.image.cluster.brokers.get(1)).toMatchObject({ inControlledShutdown: true, fenced: false });
    sessions.enterControlledShutdown(1, 502);
    const waits = decided(decideHeartbeat(view, heartbeat({ wantShutDown: true })));
    expect(waits).toMatchObject({ records: [], reply: { shouldShutDown: false, isFenced: false } });
    for (const id of [2, 3]) sessions.contact(id, 100 + id, 502, view.nowMs);
    const leaves = decided(decideHeartbeat(view, heartbeat({ wantShutDown: true })));
    expect(leaves.reply).toMatchObject({ shouldShutDown: true, isFenced: true });
    expect(leaves.records).toMatchObject([{ type: 'BrokerRegistrationChangeRecord', fenced: 1 }]);
  });

  it.each([
    ['an epoch of before', { brokerEpoch: 100 }, 'Expected broker epoch 101, but got broker epoch 100'],
    ['an unknown broker', { brokerId: 9 }, 'No broker registration found for broker id 9'],
  ])('refuses %s', (_, fields, message) => {
    expect(decideHeartbeat(viewOf(), heartbeat(fields))).toEqual({
      refused: { code: ErrorCode.STALE_BROKER_EPOCH, message },
    });
  });

  it('gives a leaderless partition to an eligible broker that is unfenced', () => {
    const dead = topicRecords('orders', { replicas: [1, 2], isr: [], leader: noLeader, elr: [1], lastKnownElr: [1] });
    const view = viewOf([fenced(1), ...dead]);
    const after = viewAfter(view, decided(decideHeartbeat(view, heartbeat()))).image;
    expect(after.topics.byName.get('orders')!.partitions.get(0)).toMatchObject({ leader: 1, isr: [1], elr: [] });
  });

  it('notes the cordoned directories once', () => {
    const view = viewOf([brokerRecord(1)]);
    const cordoned = heartbeat({ cordonedLogDirs: [directoryOf(1)] });
    const first = decided(decideHeartbeat(view, cordoned));
    expect(first.records).toMatchObject([{ version: 3, cordonedLogDirs: [directoryOf(1)] }]);
    expect(decided(decideHeartbeat(viewAfter(view, first), cordoned)).records).toEqual([]);
  });

  it('moves leaders away from a directory that went offline', () => {
    const logDirs = [directoryOf(1), directoryOf(9)];
    const view = viewOf([brokerRecord(1, { logDirs }), ...orders]);
    const after = viewAfter(
      view,
      decided(decideHeartbeat(view, heartbeat({ offlineLogDirs: [directoryOf(1)] }))),
    ).image;
    expect(after.cluster.brokers.get(1)!.logDirs).toEqual([directoryOf(9)]);
    expect(after.topics.byId.get(topicIdOf('orders'))!.partitions.get(0)).toMatchObject({ leader: 2, isr: [2, 3] });
  });

  it('fences the broker that was silent for the session timeout, longest silent first', () => {
    const base = viewOf(orders);
    const sessions = new BrokerSessions(9000);
    sessions.contact(1, 101, 1, base.nowMs - 9001);
    sessions.contact(2, 102, 1, base.nowMs - 9500);
    sessions.contact(3, 103, 1, base.nowMs - 9000);
    let view: ControllerView = { ...base, sessions };
    const fencedInOrder: unknown[] = [];
    for (;;) {
      const decision = decideSessionExpiry(view);
      fencedInOrder.push(decision.reply);
      if (decision.reply === null) break;
      view = viewAfter(view, decision);
    }
    expect(fencedInOrder).toEqual([2, 1, null]);
    expect(view.image.topics.byName.get('orders')!.partitions.get(0)).toMatchObject({ leader: 3, isr: [3] });
  });
});

describe('sessions of brokers', () => {
  it('assumes at the start that unfenced brokers live, without taking that for evidence', () => {
    const { image, nowMs } = viewOf();
    const sessions = new BrokerSessions(9000);
    sessions.reset(image, nowMs);
    const broker = image.cluster.brokers.get(1)!;
    expect(sessions.nextExpiryMs(image)).toBe(nowMs + 9000);
    expect(sessions.isAlive(broker, nowMs)).toBe(false);
    sessions.contact(1, broker.epoch, 3, nowMs);
    expect(sessions.isAlive(broker, nowMs + 9000)).toBe(true);
    expect(sessions.isAlive(broker, nowMs + 9001)).toBe(false);
  });

  it('knows how far the slowest active broker has read', () => {
    const { image } = viewOf([brokerRecord(3, { fenced: true })]);
    const sessions = new BrokerSessions(9000);
    sessions.contact(1, 101, 40, 0);
    sessions.contact(2, 102, 30, 0);
    sessions.contact(3, 103, 10, 0);
    expect(sessions.lowestActiveOffset(image)).toBe(30);
  });
});
