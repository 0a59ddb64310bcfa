import { beforeEach, describe, expect, it } from 'vitest';
import { NetworkError } from '../env/index.ts';
import { SimWorld } from '../env/sim/index.ts';
import { heartbeatApi, type HeartbeatResponse, produceApi } from '../protocol/index.ts';
import { ApiRegistry, type Handler, RpcChannel, type RpcChannelOptions, RpcServer } from './index.ts';
import { handlerOf } from './rpc.testkit.ts';

let world: SimWorld;
beforeEach(() => {
  world = new SimWorld(11);
});

async function serve(handlers: readonly Handler[]): Promise<RpcServer> {
  const server = new RpcServer({
    env: world.node('server').env,
    listener: 'broker',
    host: '127.0.0.1',
    port: 9092,
    registry: new ApiRegistry(handlers),
    onBug: (error) => {
      throw error;
    },
  });
  await world.complete(server.listen());
  return server;
}

function channel(options: Partial<RpcChannelOptions> = {}): RpcChannel {
  const { env } = world.node('client');
  return new RpcChannel({ env, host: '127.0.0.1', port: 9092, clientId: 'test', ...options });
}

function beat(to: RpcChannel, generationId: number, timeoutMs = 5000): Promise<HeartbeatResponse> {
  return to.send(heartbeatApi, { groupId: 'g', generationId, memberId: 'm' }, { timeoutMs });
}

/** Answers with the generation as the error code. */
const echo = handlerOf(heartbeatApi, ({ generationId }) => ({ errorCode: generationId }));
const mute = handlerOf(heartbeatApi, () => new Promise(() => {}));

/** Error code of each promise, or what the response holds. */
function outcomes(promises: Promise<HeartbeatResponse>[]): Promise<(string | number)[]> {
  return world.complete(
    Promise.all(
      promises.map((promise) =>
        promise.then(
          (response) => response.errorCode,
          (error: unknown) => (error instanceof NetworkError ? error.code : String(error)),
        ),
      ),
    ),
  );
}

describe('requests', () => {
  it('are pipelined and answered in order', async () => {
    await serve([echo]);
    const client = channel();
    expect(await outcomes(Array.from({ length: 3000 }, (_, i) => beat(client, i)))).toEqual([...Array(3000).keys()]);
    expect(client.pendingCount).toBe(0);
  });

  it('carry the client id and the version that was asked for', async () => {
    const seen: unknown[] = [];
    await serve([
      handlerOf(heartbeatApi, (_request, { header }) => {
        seen.push([header.clientId, header.apiVersion]);
        return { errorCode: 0 };
      }),
    ]);
    const client = channel({ clientId: 'raft-client-1' });
    const request = { groupId: 'g', generationId: 1, memberId: 'm' };
    await world.complete(client.send(heartbeatApi, request));
    await world.complete(client.send(heartbeatApi, request, { version: 1 }));
    expect(seen).toEqual([
      ['raft-client-1', 4],
      ['raft-client-1', 1],
    ]);
  });

  it('without a response do not shift the answers of others', async () => {
    let posted = 0;
    await serve([
      echo,
      handlerOf(produceApi, () => {
        posted++;
        return null;
      }),
    ]);
    const client = channel();
    const first = beat(client, 1);
    const post = client.post(produceApi, { transactionalId: null, acks: 0, timeoutMs: 1, topicData: [] });
    expect(await outcomes([first, beat(client, 2)])).toEqual([1, 2]);
    await world.complete(post);
    expect(posted).toBe(1);
  });
});

describe('a lost connection', () => {
  it('rejects what is pending, tells the owner, and is made anew for the next request', async () => {
    await serve([mute]);
    const lost: (string | null)[] = [];
    const client = channel({ onDisconnect: (error) => lost.push(error?.code ?? null) });
    const pending = [beat(client, 1), beat(client, 2)];
    await world.run(20);
    world.node('server').kill();
    expect(await outcomes(pending)).toEqual(['ECONNRESET', 'ECONNRESET']);
    expect(lost).toEqual(['ECONNRESET']);
    world.node('server').restart();
    await serve([echo]);
    expect(await outcomes([beat(client, 3)])).toEqual([3]);
  });

  it('is tried again with growing pauses when nobody listens', async () => {
    const client = channel();
    const attempts: number[] = [];
    for (let i = 0; i < 12; i++) {
      expect(await outcomes([beat(client, i)])).toEqual(['ECONNREFUSED']);
      attempts.push(world.nowMs);
    }
    const pauses = attempts.slice(1).map((at, i) => at - attempts[i]!);
    expect(pauses[0]).toBeLessThan(60);
    expect(pauses[3]).toBeGreaterThan(190);
    for (const pause of pauses) expect(pause).toBeLessThan(1010);
    expect(pauses.at(-1)).toBeGreaterThan(490);
  });
});

describe('time', () => {
  it('that runs out for one request ends the connection and rejects those behind it', async () => {
    await serve([mute]);
    const client = channel();
    const pending = [beat(client, 1, 100), beat(client, 2, 10_000)];
    expect(await outcomes(pending)).toEqual(['ETIMEDOUT', 'ETIMEDOUT']);
    expect(world.nowMs).toBeLessThan(110);
    expect(client.connected).toBe(false);
  });

  it('that runs out before there is a connection rejects that request alone', async () => {
    const heal = world.network.partition(['client'], ['server']);
    await serve([echo]);
    const client = channel();
    const short = beat(client, 1, 200);
    const long = beat(client, 2, 5000);
    expect(await outcomes([short])).toEqual(['ETIMEDOUT']);
    heal();
    expect(await outcomes([long])).toEqual([2]);
  });

  it('of the connect is limited', async () => {
    world.network.partition(['client'], ['server']);
    await serve([echo]);
    const client = channel({ connectTimeoutMs: 300 });
    expect(await outcomes([beat(client, 1)])).toEqual(['ETIMEDOUT']);
    expect(world.nowMs).toBeLessThan(320);
  });
});

describe('an answer that cannot be one', () => {
  it('ends the connection', async () => {
    const listener = await world.complete(
      world.node('server').env.network.listen('127.0.0.1', 9092, (connection) => {
        connection.handle({
          onData: () => connection.write([Uint8Array.of(0, 0, 0, 5, 9, 9, 9, 9, 0)]),
          onClose: () => {},
        });
      }),
    );
    expect(await outcomes([beat(channel(), 1)])).toEqual(['EPROTO']);
    await listener.close();
  });
});

it('close rejects what is pending and all that comes later', async () => {
  await serve([mute]);
  const client = channel();
  const pending = beat(client, 1);
  await world.run(20);
  client.close();
  client.close();
  expect(await outcomes([pending, beat(client, 2)])).toEqual(['ECONNABORTED', 'ECONNABORTED']);
  await world.runUntilIdle(100).catch(() => {});
  expect(world.node('server').state).toBe('running');
});
