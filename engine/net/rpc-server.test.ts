import { beforeEach, describe, expect, it } from 'vitest';
import { SimWorld } from '../env/sim/index.ts';
import {
  apiVersionsApi,
  encodeRequest,
  ErrorCode,
  fetchApi,
  heartbeatApi,
  MalformedMessageError,
  produceApi,
} from '../protocol/index.ts';
import { concatBytes } from '../base/text.ts';
import { ApiRegistry, type Handler, type RequestContext, RpcServer, type RpcServerOptions } from './index.ts';
import { handlerOf, RawClient } from './rpc.testkit.ts';

let world: SimWorld;
let bugs: unknown[];
beforeEach(() => {
  world = new SimWorld(3);
  bugs = [];
});

async function serve(handlers: readonly Handler[], options: Partial<RpcServerOptions> = {}): Promise<RpcServer> {
  const server = new RpcServer({
    env: world.node('server').env,
    listener: 'broker',
    host: '127.0.0.1',
    port: 9092,
    registry: new ApiRegistry(handlers),
    onBug: (error) => bugs.push(error),
    ...options,
  });
  await world.complete(server.listen());
  return server;
}

function connect(): Promise<RawClient> {
  return world.complete(RawClient.connect(world.node('client').env, 9092));
}

function heartbeat(correlationId: number, groupId = 'group'): Uint8Array {
  const parts = encodeRequest(
    heartbeatApi,
    4,
    { correlationId, clientId: 'test' },
    { groupId, generationId: 1, memberId: 'm' },
  );
  return frameOf(parts);
}

function frameOf(parts: readonly Uint8Array[]): Uint8Array {
  const body = concatBytes(parts);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setInt32(0, body.length);
  return concatBytes([length, body]);
}

describe('order', () => {
  it('processes one request of a connection at a time and answers in order', async () => {
    const started: number[] = [];
    const release: (() => void)[] = [];
    await serve([
      handlerOf(heartbeatApi, (_request, { header }) => {
        started.push(header.correlationId);
        return new Promise((resolve) => release.push(() => resolve({ errorCode: ErrorCode.NONE })));
      }),
    ]);
    const client = await connect();
    client.write(concatBytes([heartbeat(1), heartbeat(2), heartbeat(3)]));
    await world.run(50);
    expect(started).toEqual([1]);
    release[0]!();
    await world.run(50);
    expect([started, client.correlationIds]).toEqual([[1, 2], [1]]);
    release[1]!();
    await world.run(50);
    release[2]!();
    await world.run(50);
    expect(client.correlationIds).toEqual([1, 2, 3]);
  });

  it('begins pipelined requests of one kind together, answers them in order, and lets no other kind in between', async () => {
    const started: number[] = [];
    const release = new Map<number, () => void>();
    const pipelined = handlerOf(heartbeatApi, (_request, { header }) => {
      started.push(header.correlationId);
      return new Promise((resolve) => release.set(header.correlationId, () => resolve({ errorCode: ErrorCode.NONE })));
    });
    await serve([
      { ...pipelined, pipelined: true },
      handlerOf(produceApi, (_request, { header }) => {
        started.push(header.correlationId);
        return null;
      }),
    ]);
    const client = await connect();
    const produce = encodeRequest(
      produceApi,
      9,
      { correlationId: 4, clientId: null },
      { transactionalId: null, acks: 0, timeoutMs: 1, topicData: [] },
    );
    client.write(concatBytes([heartbeat(1), heartbeat(2), heartbeat(3), frameOf(produce), heartbeat(5)]));
    await world.run(50);
    expect(started).toEqual([1, 2, 3]);
    release.get(3)!();
    release.get(2)!();
    await world.run(50);
    expect(client.correlationIds).toEqual([]);
    release.get(1)!();
    await world.run(50);
    expect([client.correlationIds, started]).toEqual([
      [1, 2, 3],
      [1, 2, 3, 4, 5],
    ]);
    release.get(5)!();
    await world.run(50);
    expect(client.correlationIds).toEqual([1, 2, 3, 5]);
  });

  it('serves other connections meanwhile', async () => {
    await serve([
      handlerOf(heartbeatApi, ({ groupId }) =>
        groupId === 'slow' ? new Promise(() => {}) : { errorCode: ErrorCode.NONE },
      ),
    ]);
    const slow = await connect();
    const fast = await connect();
    slow.write(heartbeat(1, 'slow'));
    fast.write(heartbeat(2));
    await world.run(50);
    expect([slow.correlationIds, fast.correlationIds]).toEqual([[], [2]]);
  });

  it('goes on after a request that gets no response', async () => {
    await serve([handlerOf(produceApi, () => null), handlerOf(heartbeatApi, () => ({ errorCode: ErrorCode.NONE }))]);
    const client = await connect();
    const produce = encodeRequest(
      produceApi,
      9,
      { correlationId: 1, clientId: null },
      { transactionalId: null, acks: 0, timeoutMs: 1, topicData: [] },
    );
    client.write(concatBytes([frameOf(produce), heartbeat(2)]));
    await world.run(50);
    expect(client.correlationIds).toEqual([2]);
  });
});

describe('back pressure', () => {
  it('stops reading requests while a client does not take its responses', async () => {
    let handled = 0;
    const records = new Uint8Array(600 * 1024);
    const server = await serve([
      handlerOf(fetchApi, () => {
        handled++;
        return {
          responses: [
            {
              topic: 't',
              partitions: [{ partitionIndex: 0, errorCode: 0, highWatermark: 0, abortedTransactions: null, records }],
            },
          ],
        };
      }),
    ]);
    const env = world.node('client').env;
    const connection = await world.complete(env.network.connect('127.0.0.1', 9092, 1000));
    let received = 0;
    connection.handle({ onData: (bytes) => (received += bytes.length), onClose: () => {} });
    connection.pause();
    const header = { correlationId: 1, clientId: null };
    const fetch = encodeRequest(fetchApi, 12, header, { maxWaitMs: 0, minBytes: 0, topics: [] });
    for (let i = 0; i < 10; i++) connection.write([frameOf(fetch)]);
    await world.run(100);
    expect(bugs).toEqual([]);
    expect(handled).toBe(1);
    expect(server.sample().queuedBytes).toBeGreaterThan(records.length - 1);
    connection.resume();
    await world.run(1000);
    expect(handled).toBe(10);
    expect(received).toBeGreaterThan(10 * records.length);
    expect(server.sample()).toMatchObject({ requests: 10, queuedBytes: 0, bytesOut: received });
  });

  it('stops reading when much waits behind a request in work', async () => {
    const release: (() => void)[] = [];
    const server = await serve([
      handlerOf(heartbeatApi, () => new Promise((resolve) => release.push(() => resolve({ errorCode: 0 })))),
    ]);
    const client = await connect();
    const frame = heartbeat(1, 'g'.repeat(30_000));
    for (let i = 0; i < 100; i++) client.write(frame);
    await world.run(500);
    expect(server.sample().bytesIn).toBeLessThan(1.5 * 1024 * 1024);
    while (client.frames.length < 100) {
      release.shift()?.();
      await world.run(5);
    }
    expect(server.sample().bytesIn).toBe(100 * frame.length);
  });
});

describe('what a handler is told', () => {
  it('is the connection, the header and the client software of its ApiVersions', async () => {
    const contexts: RequestContext[] = [];
    await serve([
      handlerOf(apiVersionsApi, () => ({ errorCode: 0, apiKeys: [] })),
      handlerOf(heartbeatApi, (_request, context) => {
        contexts.push(context);
        return { errorCode: 0 };
      }),
    ]);
    const client = await connect();
    client.write(heartbeat(1));
    const software = { clientSoftwareName: 'librdkafka', clientSoftwareVersion: '2.0' };
    client.write(frameOf(encodeRequest(apiVersionsApi, 3, { correlationId: 2, clientId: null }, software)));
    client.write(heartbeat(3));
    await world.run(50);
    expect(contexts[0]).toMatchObject({ clientSoftwareName: 'unknown', clientSoftwareVersion: 'unknown' });
    expect(contexts[1]).toMatchObject({
      clientSoftwareName: 'librdkafka',
      clientSoftwareVersion: '2.0',
      listener: 'broker',
      connectionId: 0,
      remoteHost: '127.0.0.1',
      localPort: 9092,
      header: { apiKey: 12, apiVersion: 4, correlationId: 3, clientId: 'test' },
    });
    expect(contexts[1]?.remote).toMatch(/^127\.0\.0\.1:\d+$/);
  });
});

describe('failures of a handler', () => {
  it('a malformed message, found late, closes the connection in order', async () => {
    await serve([
      handlerOf(heartbeatApi, ({ groupId }) => {
        if (groupId === 'bad') throw new MalformedMessageError('a subscription that ends early', 3);
        return { errorCode: 0 };
      }),
    ]);
    const client = await connect();
    client.write(concatBytes([heartbeat(1), heartbeat(2, 'bad'), heartbeat(3)]));
    await world.run(50);
    expect([client.correlationIds, client.closed, bugs]).toEqual([[1], null, []]);
    expect(world.node('server').tracer.ofType('connection-closed')).toHaveLength(1);
  });

  it.each([
    [
      'thrown',
      (error: Error) => () => {
        throw error;
      },
    ],
    ['rejected', (error: Error) => () => Promise.reject(error)],
  ])('anything else that is %s is a bug and told to the node', async (_how, failing) => {
    const error = new Error('broken');
    await serve([handlerOf(heartbeatApi, failing(error))]);
    const client = await connect();
    client.write(heartbeat(1));
    await world.run(50);
    expect(bugs).toEqual([error]);
    expect(client.frames).toEqual([]);
  });

  it('a response that its version cannot carry is a bug, too', async () => {
    await serve([handlerOf(heartbeatApi, () => Promise.resolve({ errorCode: 70_000 }))]);
    const client = await connect();
    client.write(heartbeat(1));
    await world.run(50);
    expect(String(bugs[0])).toContain('Heartbeat');
  });
});

describe('connections', () => {
  it('are closed after the idle time, but not while a request is in work', async () => {
    await serve(
      [handlerOf(heartbeatApi, ({ groupId }) => (groupId === 'slow' ? new Promise(() => {}) : { errorCode: 0 }))],
      { idleMsMax: 10_000 },
    );
    const idle = await connect();
    const busy = await connect();
    const lively = await connect();
    busy.write(heartbeat(1, 'slow'));
    for (let i = 0; i < 10; i++) {
      lively.write(heartbeat(i));
      await world.run(3000);
    }
    expect([idle.closed, busy.closed, lively.closed].map((closed) => closed === 'open')).toEqual([false, true, true]);
  });

  it('end with the server, whose port is free then', async () => {
    const server = await serve([]);
    const client = await connect();
    await world.complete(server.close());
    await world.run(50);
    expect(client.closed === 'open').toBe(false);
    expect(server.sample().connections).toBe(0);
    await serve([]);
  });

  it('that the client resets are forgotten, a pending answer included', async () => {
    const release: (() => void)[] = [];
    const server = await serve([
      handlerOf(heartbeatApi, () => new Promise((resolve) => release.push(() => resolve({ errorCode: 0 })))),
    ]);
    const client = await connect();
    client.write(heartbeat(1));
    await world.run(50);
    client.destroy();
    await world.run(50);
    release[0]!();
    await world.run(50);
    expect([server.sample().connections, bugs]).toEqual([0, []]);
  });
});

it('ApiVersions is derived from what is registered: stable versions, Produce from 0 on', () => {
  const registry = new ApiRegistry([handlerOf(heartbeatApi, () => null), handlerOf(produceApi, () => null)]);
  expect(registry.ranges('broker')).toEqual([
    { apiKey: 0, minVersion: 0, maxVersion: 13 },
    { apiKey: 12, minVersion: 0, maxVersion: 4 },
  ]);
  expect(registry.ranges('controller')).toEqual([]);
});
