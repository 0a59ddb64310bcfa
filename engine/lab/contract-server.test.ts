import { createServer } from 'node:http';
import { MessageChannel } from 'node:worker_threads';
import { createORPCClient } from '@orpc/client';
import { RPCLink as PortLink } from '@orpc/client/message-port';
import { RPCLink as SocketLink } from '@orpc/client/websocket';
import { afterEach, describe, expect, it } from 'vitest';
import { Disposer } from '../base/disposer.ts';
import { applyDelta } from '../contract/delta.ts';
import type { LabClient, LabUpdate } from '../contract/router.ts';
import { attachMessagePort, attachWebSocket, deltasWaitingMax, labUpdates } from './contract-server.ts';
import { contractProtocol, tokenProtocolPrefix } from '../contract/door.ts';
import { PlayedLab } from './lab-host.testkit.ts';

const token = 'a-token-of-at-least-thirty-two-characters';
let cleanup = new Disposer();
afterEach(() => {
  cleanup.dispose();
  cleanup = new Disposer();
});

async function overSocket(lab: PlayedLab): Promise<LabClient> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanup.add(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const origin = `http://127.0.0.1:${port}`;
  cleanup.add(attachWebSocket(server, lab, { token, allowedOrigins: [origin], allowedHosts: [`127.0.0.1:${port}`] }));
  const protocols = [contractProtocol, tokenProtocolPrefix + token];
  const websocket = new WebSocket(`ws://127.0.0.1:${port}/contract`, { protocols, headers: { origin } });
  cleanup.add(() => websocket.close());
  return createORPCClient(new SocketLink({ websocket }));
}

async function overPort(lab: PlayedLab): Promise<LabClient> {
  const { port1, port2 } = new MessageChannel();
  cleanup.add(() => port1.close());
  attachMessagePort(port1, lab);
  port2.start();
  return createORPCClient(new PortLink({ port: port2 }));
}

describe.each([
  ['a WebSocket', overSocket],
  ['a message port', overPort],
])('the contract over %s', (_name, connect) => {
  it('yields a snapshot and then deltas that lead to the host’s own state', async () => {
    const lab = new PlayedLab();
    const client = await connect(lab);
    const updates = (await client.subscribe())[Symbol.asyncIterator]();
    const first = await updates.next();
    if (first.done === true || first.value.type !== 'snapshot') throw new Error('the first update is no snapshot');
    let snapshot = first.value.snapshot;
    expect(snapshot).toEqual(lab.snapshot());
    lab.play({ replicas: [[1, 2, 0, 1300, 1290, -1]] });
    lab.play({ brokers: [{ id: 2, process: 'killed' }] });
    for (let taken = 0; taken < 2; taken += 1) {
      const next = await updates.next();
      if (next.done === true || next.value.type !== 'delta') throw new Error('an update is no delta');
      snapshot = applyDelta(snapshot, next.value.delta);
    }
    expect(snapshot).toEqual(lab.snapshot());
  });

  it('passes commands on and brings outcomes back as data', async () => {
    const lab = new PlayedLab();
    const client = await connect(lab);
    expect(await client.commands.killBroker({ node: 2 })).toEqual({ ok: true, node: null });
    expect(await client.commands.killBroker({ node: 9 })).toMatchObject({
      ok: false,
      error: { code: 'no-such-broker', value: '9' },
    });
    expect(lab.commands).toEqual([
      { type: 'killBroker', node: 2 },
      { type: 'killBroker', node: 9 },
    ]);
  });

  it('refuses input that the schema does not allow before the host sees it', async () => {
    const lab = new PlayedLab();
    const client = await connect(lab);
    await expect(client.commands.killBroker(JSON.parse('{"node":"2; rm -rf"}') as { node: number })).rejects.toThrow(
      /validation/i,
    );
    await expect(
      client.commands.createTopic({ name: '../../etc', partitions: 1, replicationFactor: 1 }),
    ).rejects.toThrow(/validation/i);
    expect(lab.commands).toEqual([]);
  });
});

describe('a subscription', () => {
  const take = async (updates: AsyncIterator<LabUpdate>): Promise<LabUpdate> => {
    const next = await updates.next();
    if (next.done === true) throw new Error('the subscription ended');
    return next.value;
  };

  it('gives a reader that fell behind a new snapshot instead of an endless queue', async () => {
    const lab = new PlayedLab();
    const updates = labUpdates(lab);
    expect(await take(updates)).toMatchObject({ type: 'snapshot' });
    for (let played = 0; played <= deltasWaitingMax; played += 1) lab.play({});
    expect(await take(updates)).toEqual({ type: 'snapshot', snapshot: lab.snapshot() });
    const delta = lab.play({});
    expect(await take(updates)).toEqual({ type: 'delta', delta });
  });

  it('sends a new snapshot when the host’s deltas do not follow', async () => {
    const lab = new PlayedLab();
    const updates = labUpdates(lab);
    await take(updates);
    lab.play({ eventCount: 7 }, true);
    lab.play({});
    expect(await take(updates)).toEqual({ type: 'snapshot', snapshot: lab.snapshot() });
  });

  it('lets go of the host when the reader leaves', async () => {
    const lab = new PlayedLab();
    const leaving = new AbortController();
    const updates = labUpdates(lab, leaving.signal);
    await take(updates);
    const waiting = updates.next();
    expect(lab.listeners).toBe(1);
    leaving.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(lab.listeners).toBe(0);
  });
});
