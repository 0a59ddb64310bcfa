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
import { contractPath } from '../contract/door.ts';
import type { LabDelta } from '../contract/delta.ts';
import type { LabHost } from '../contract/host.ts';
import { labContract, type LabUpdate } from '../contract/router.ts';
import { refuseUpgrade, whyRefused, type DoorRules } from './guard.ts';

/** Deltas that wait for a slow reader: about four seconds' worth at one per animation frame. */
export const deltasWaitingMax = 256;
/** The longest command carries a record that somebody typed; a longer frame closes the socket. */
const frameBytesMax = 512 * 1024;

export function labRouter(host: LabHost) {
  const server = implement(labContract);
  const command = server.commands;
  const query = server.queries;
  return server.router({
    commands: {
      addBroker: command.addBroker.handler(({ input }) => host.execute({ type: 'addBroker', ...input })),
      stopBroker: command.stopBroker.handler(({ input }) => host.execute({ type: 'stopBroker', ...input })),
      killBroker: command.killBroker.handler(({ input }) => host.execute({ type: 'killBroker', ...input })),
      pauseBroker: command.pauseBroker.handler(({ input }) => host.execute({ type: 'pauseBroker', ...input })),
      resumeBroker: command.resumeBroker.handler(({ input }) => host.execute({ type: 'resumeBroker', ...input })),
      startBroker: command.startBroker.handler(({ input }) => host.execute({ type: 'startBroker', ...input })),
      dismissProblem: command.dismissProblem.handler(({ input }) => host.execute({ type: 'dismissProblem', ...input })),
      createTopic: command.createTopic.handler(({ input }) => host.execute({ type: 'createTopic', ...input })),
      deleteTopic: command.deleteTopic.handler(({ input }) => host.execute({ type: 'deleteTopic', ...input })),
      addPartitions: command.addPartitions.handler(({ input }) => host.execute({ type: 'addPartitions', ...input })),
      setTopicConfig: command.setTopicConfig.handler(({ input }) => host.execute({ type: 'setTopicConfig', ...input })),
      produceRecords: command.produceRecords.handler(({ input }) => host.execute({ type: 'produceRecords', ...input })),
      addProducer: command.addProducer.handler(({ input }) => host.execute({ type: 'addProducer', ...input })),
      setProducer: command.setProducer.handler(({ input }) => host.execute({ type: 'setProducer', ...input })),
      stopProducer: command.stopProducer.handler(({ input }) => host.execute({ type: 'stopProducer', ...input })),
      killProducer: command.killProducer.handler(({ input }) => host.execute({ type: 'killProducer', ...input })),
      startProducer: command.startProducer.handler(({ input }) => host.execute({ type: 'startProducer', ...input })),
      removeProducer: command.removeProducer.handler(({ input }) => host.execute({ type: 'removeProducer', ...input })),
      addConsumer: command.addConsumer.handler(({ input }) => host.execute({ type: 'addConsumer', ...input })),
      setConsumer: command.setConsumer.handler(({ input }) => host.execute({ type: 'setConsumer', ...input })),
      setGroup: command.setGroup.handler(({ input }) => host.execute({ type: 'setGroup', ...input })),
      closeConsumer: command.closeConsumer.handler(({ input }) => host.execute({ type: 'closeConsumer', ...input })),
      killConsumer: command.killConsumer.handler(({ input }) => host.execute({ type: 'killConsumer', ...input })),
      freezeConsumer: command.freezeConsumer.handler(({ input }) => host.execute({ type: 'freezeConsumer', ...input })),
      thawConsumer: command.thawConsumer.handler(({ input }) => host.execute({ type: 'thawConsumer', ...input })),
      startConsumer: command.startConsumer.handler(({ input }) => host.execute({ type: 'startConsumer', ...input })),
      removeConsumer: command.removeConsumer.handler(({ input }) => host.execute({ type: 'removeConsumer', ...input })),
    },
    queries: {
      journal: query.journal.handler(({ input }) => host.queries.journal(input)),
      timeline: query.timeline.handler(({ input }) => host.queries.timeline(input)),
      moment: query.moment.handler(({ input }) => host.queries.moment(input)),
      events: query.events.handler(({ input }) => host.queries.events(input)),
      neighbour: query.neighbour.handler(({ input }) => host.queries.neighbour(input)),
      rebalances: query.rebalances.handler(({ input }) => host.queries.rebalances(input)),
      topicConfigs: query.topicConfigs.handler(({ input }) => host.queries.topicConfigs(input)),
      records: query.records.handler(({ input }) => host.queries.records(input)),
    },
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
