import { beforeEach, describe, expect, it } from 'vitest';
import type { Env, TappedCall } from '../env/index.ts';
import { SimWorld } from '../env/sim/index.ts';
import { heartbeatApi, produceApi } from '../protocol/index.ts';
import { ApiRegistry, CloseConnectionError, type Handler, RpcChannel, RpcServer } from './index.ts';
import { handlerOf } from './rpc.testkit.ts';

let world: SimWorld;
let called: TappedCall[];
let served: TappedCall[];
beforeEach(() => {
  world = new SimWorld(5);
  called = [];
  served = [];
});

function tapped(env: Env): Env {
  return { ...env, wire: { called: (call) => called.push(call), served: (call) => served.push(call) } };
}

async function serve(handlers: readonly Handler[]): Promise<void> {
  const env = tapped(world.node('server').env);
  const registry = new ApiRegistry(handlers);
  const onBug = (error: unknown): void => {
    throw error;
  };
  await world.complete(
    new RpcServer({ env, listener: 'broker', host: '127.0.0.1', port: 9092, registry, onBug }).listen(),
  );
}

function channel(): RpcChannel {
  return new RpcChannel({ env: tapped(world.node('client').env), host: '127.0.0.1', port: 9092, clientId: 'test' });
}

function beat(to: RpcChannel, generationId = 7): Promise<unknown> {
  return to.send(heartbeatApi, { groupId: 'g', generationId, memberId: 'm' }, { timeoutMs: 5000 });
}

const echo = handlerOf(heartbeatApi, ({ generationId }) => ({ errorCode: generationId }));
const slow = handlerOf(
  heartbeatApi,
  () => new Promise((resolve) => world.clock.after(300, () => resolve({ errorCode: 0 }))),
);
const mute = handlerOf(heartbeatApi, () => new Promise(() => {}));

describe('a tap', () => {
  it('sees both halves of a call with the same ports and correlation id', async () => {
    await serve([echo]);
    const to = channel();
    await world.complete(beat(to, 7).then(() => beat(to, 8)));
    expect(called).toHaveLength(2);
    for (const [index, near] of called.entries()) {
      const far = served[index]!;
      expect([near.localPort, near.remotePort]).toEqual([far.remotePort, far.localPort]);
      expect(near).toMatchObject({
        correlationId: far.correlationId,
        version: far.version,
        clientId: 'test',
        failure: null,
      });
      expect(near.requestBytes).toBe(far.requestBytes);
      expect(near.responseBytes).toBe(far.responseBytes);
      expect(far.request).toMatchObject({ groupId: 'g', generationId: 7 + index });
      expect(near.response).toMatchObject({ errorCode: 7 + index });
      expect(near.beganMs).toBeLessThan(far.beganMs);
      expect(far.beganMs).toBeLessThanOrEqual(far.endedMs!);
      expect(far.endedMs).toBeLessThan(near.endedMs!);
    }
    expect(called[0]!.localPort).toBeGreaterThan(0);
  });

  it('tells what was done at once from what was waited for', async () => {
    await serve([slow]);
    await world.complete(beat(channel()));
    const { beganMs, handledMs, endedMs } = served[0]!;
    expect(handledMs).toBe(beganMs);
    expect(endedMs! - handledMs!).toBe(300);
  });

  it('sees a request without an answer as one-way at both ends', async () => {
    await serve([handlerOf(produceApi, () => null)]);
    await world.complete(channel().post(produceApi, { acks: 0, timeoutMs: 1, topicData: [] }));
    await world.run(1000);
    const oneWay = { oneWay: true, endedMs: null, response: null, failure: null };
    expect([called, served]).toMatchObject([[oneWay], [oneWay]]);
  });

  it('hears of requests that were lost on their way, by the name of what happened', async () => {
    await serve([mute]);
    const to = channel();
    const lost = beat(to).catch(() => null);
    await world.run(100);
    world.node('server').kill();
    await world.complete(lost);
    expect(called).toMatchObject([{ failure: 'ECONNRESET', response: null, responseBytes: null }]);
    expect(called[0]!.endedMs).not.toBeNull();
    expect(served).toEqual([]);
  });

  it('hears of an answer that nobody was left to take', async () => {
    await serve([slow]);
    const to = channel();
    beat(to).catch(() => null);
    await world.run(100);
    to.close();
    await world.run(1000);
    expect(called).toMatchObject([{ failure: 'ECONNABORTED' }]);
    expect(served).toMatchObject([{ failure: 'ECONNRESET', endedMs: null, oneWay: false }]);
  });

  it('hears why a connection was closed instead of answered', async () => {
    const refusing = handlerOf(heartbeatApi, () => {
      throw new CloseConnectionError('no');
    });
    await serve([refusing]);
    await world.complete(beat(channel()).catch(() => null));
    expect(served).toMatchObject([{ failure: 'CloseConnectionError', endedMs: null }]);
  });

  it('is not told of requests that never left', async () => {
    await world.complete(beat(channel()).catch(() => null));
    expect(called).toEqual([]);
  });

  it('finds the new connection after a reconnect', async () => {
    await serve([echo]);
    const to = channel();
    await world.complete(beat(to));
    world.network.reset('client', 'server');
    await world.run(500);
    await world.complete(beat(to));
    expect(called.map(({ failure }) => failure)).toEqual([null, null]);
    expect(called[0]!.localPort).not.toBe(called[1]!.localPort);
    expect(called.map(({ localPort }) => localPort)).toEqual(served.map(({ remotePort }) => remotePort));
  });
});
