/**
 * The contract served: one router over a `LabHost`, attached to WebSockets or to message ports (Electron's
 * `MessagePortMain`, a worker's or a browser's port). Leaves the guarding of the door to whoever opens it: `guard.ts`
 * checks the upgrade of a WebSocket, a port is handed over by its owner.
 *
 * Invariant: in one subscription a snapshot is followed by deltas without a gap. A reader that has not taken
 * `deltasWaitingMax` deltas loses them and gets a new snapshot instead, so a slow window costs bounded memory.
 */
import type { Server } from 'node:http';
import { implement, type RouterClient } from '@orpc/server';
import { RPCHandler as PortHandler } from '@orpc/server/message-port';
import { RPCHandler as SocketHandler } from '@orpc/server/ws';
import { WebSocketServer } from 'ws';
import type { Dispose } from '../base/disposer.ts';
import { commandNames, type CommandName, type LabCommand } from '../contract/commands.ts';
import { contractPath } from '../contract/door.ts';
import type { LabDelta } from '../contract/delta.ts';
import type { LabHost } from '../contract/host.ts';
import { queryNames, type QueryName, type QueryResult } from '../contract/queries.ts';
import { labContract, type LabUpdate } from '../contract/router.ts';
import { refuseUpgrade, whyRefused, type DoorRules } from './guard.ts';

/** Deltas that wait for a slow reader: about four seconds' worth at one per animation frame. */
export const deltasWaitingMax = 256;
/** The longest command carries a record that somebody typed; a longer frame closes the socket. */
const frameBytesMax = 512 * 1024;

export function labRouter(host: LabHost) {
  const server = implement(labContract);
  type Commands = { [N in CommandName]: ReturnType<(typeof server.commands)[N]['handler']> };
  type Queries = { [N in QueryName]: ReturnType<(typeof server.queries)[N]['handler']> };
  const command = <N extends CommandName>(type: N) =>
    server.commands[type].handler(({ input }: { input: object }) => host.execute({ type, ...input } as LabCommand));
  const query = <N extends QueryName>(name: N) => {
    return server.queries[name].handler(({ input }: { input: object }) => {
      // The schema of this name has checked the input, and its own answer is what comes back.
      const ask = host.queries[name] as (input: object) => Promise<QueryResult<never>>;
      return ask(input);
    });
  };
  return server.router({
    commands: Object.fromEntries(commandNames.map((type) => [type, command(type)])) as Commands,
    queries: Object.fromEntries(queryNames.map((name) => [name, query(name)])) as Queries,
    subscribe: server.subscribe.handler(({ signal }) => labUpdates(host, signal)),
    tail: server.tail.handler(async function* ({ input, signal }) {
      yield* host.tail(input, signal);
    }),
  });
}

export type LabRouterClient = RouterClient<ReturnType<typeof labRouter>>;

/** A snapshot, then deltas, until the reader leaves. */
export async function* labUpdates(host: LabHost, signal?: AbortSignal): AsyncGenerator<LabUpdate, void, void> {
  let waiting: LabDelta[] = [];
  let overflowed = false;
  let wake: () => void = () => {};
  const dispose = host.subscribe((delta) => {
    if (waiting.length >= deltasWaitingMax) overflowed = true;
    else waiting.push(delta);
    wake();
  });
  const left = (): boolean => signal?.aborted === true;
  const onAbort = (): void => wake();
  signal?.addEventListener('abort', onAbort);
  try {
    let snapshot = host.snapshot();
    let seq = snapshot.seq;
    yield { type: 'snapshot', snapshot };
    while (!left()) {
      const deltas = waiting;
      waiting = [];
      const follows = deltas.every((delta, index) => delta.seq === seq + 1 + index);
      if (overflowed || !follows) {
        overflowed = false;
        waiting = [];
        snapshot = host.snapshot();
        seq = snapshot.seq;
        yield { type: 'snapshot', snapshot };
        continue;
      }
      for (const delta of deltas) {
        seq = delta.seq;
        yield { type: 'delta', delta };
      }
      // Nothing came while the reader took these: sleep until something does.
      if (waiting.length === 0 && !overflowed && !left()) {
        await new Promise<void>((resolve) => (wake = resolve));
        wake = () => {};
      }
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    dispose();
  }
}

/**
 * Serves the contract on upgrades of `server` to `contractPath`; every other upgrade is refused. Returns what closes the
 * sockets that are open and stops taking new ones.
 */
export function attachWebSocket(server: Server, host: LabHost, rules: DoorRules): Dispose {
  const handler = new SocketHandler(labRouter(host));
  const sockets = new WebSocketServer({ noServer: true, maxPayload: frameBytesMax, perMessageDeflate: false });
  const onUpgrade: Parameters<Server['on']>[1] = (request, socket, head) => {
    const refusal = whyRefused(request, rules, contractPath);
    if (refusal !== null) {
      refuseUpgrade(socket, refusal);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (open) => {
      // A frame that is too long or broken is the peer's doing; ws closes the socket by itself.
      open.on('error', () => {});
      void handler.upgrade({
        addEventListener: open.addEventListener.bind(open),
        // The peer waits for each frame to be written, which is what holds back a subscription on a slow socket.
        send: (data: Parameters<typeof open.send>[0]) =>
          new Promise<void>((resolve) => open.send(data, () => resolve())),
      });
    });
  };
  server.on('upgrade', onUpgrade);
  return () => {
    server.off('upgrade', onUpgrade);
    for (const open of sockets.clients) open.terminate();
    sockets.close();
  };
}

/** What Electron's `MessagePortMain`, Node's and the browser's `MessagePort` have in common. */
export type ContractPort = Parameters<PortHandler<Record<never, never>>['upgrade']>[0] & { start?(): void };

/** Serves the contract on one end of a message channel; the port's owner closes it. */
export function attachMessagePort(port: ContractPort, host: LabHost): void {
  new PortHandler(labRouter(host)).upgrade(port);
  port.start?.();
}
