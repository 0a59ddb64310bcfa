/**
 * The window's line to the lab: keeps one subscription open, opens it again when it breaks (at once, then slower, at
 * most every two seconds), sends commands and questions, and keeps tails of records going. A command or question while
 * the line is down answers as an outcome, it does not wait; a tail goes on when there is a line again.
 */
import type { CommandError, CommandInput, CommandName, CommandResult } from '../../engine/contract/commands.ts';
import { DeltaGapError } from '../../engine/contract/delta.ts';
import type {
  QueryAnswers,
  QueryInput,
  QueryName,
  QueryResult,
  TailInput,
  TailUpdate,
} from '../../engine/contract/queries.ts';
import type { LabUpdate } from '../../engine/contract/router.ts';
import { openTransport, RefusedError, type Transport } from './transport.ts';

export type LineState = 'connecting' | 'open' | 'lost' | 'no-token' | 'token-refused';

export interface LabListener {
  onLine(state: LineState): void;
  /** Throws `DeltaGapError` when the update does not follow; the bridge then asks for a new snapshot. */
  onUpdate(update: LabUpdate): void;
}

export type Dispose = () => void;

export interface LabBridge {
  send<N extends CommandName>(name: N, input: CommandInput<N>): Promise<CommandResult>;
  /** Never rejects: what cannot be answered is an outcome. */
  ask<N extends QueryName>(name: N, input: QueryInput<N>): Promise<QueryResult<QueryAnswers[N]>>;
  /** Records as they come, until it is disposed of; opened again with every new line, its counts then begin again. */
  tail(input: TailInput, onUpdate: (update: TailUpdate) => void): Dispose;
  close(): void;
}

const retryFirstMs = 250;
const retryMostMs = 2_000;

export function openBridge(listener: LabListener, open: () => Promise<Transport> = openTransport): LabBridge {
  let transport: Transport | null = null;
  const ended = new AbortController();
  const tails = new Set<Tail>();

  async function keepOpen(): Promise<void> {
    let retryMs = retryFirstMs;
    listener.onLine('connecting');
    while (!ended.signal.aborted) {
      try {
        transport = await open();
        listener.onLine('open');
        retryMs = retryFirstMs;
        for (const each of tails) void follow(each, transport);
        await Promise.race([readUpdates(transport), transport.closed]);
      } catch (error) {
        if (error instanceof RefusedError) {
          listener.onLine(error.message === 'no-token' ? 'no-token' : 'token-refused');
          return;
        }
      }
      transport?.close();
      transport = null;
      if (ended.signal.aborted) return;
      listener.onLine('lost');
      await new Promise((resolve) => setTimeout(resolve, retryMs));
      retryMs = Math.min(retryMs * 2, retryMostMs);
    }
  }

  async function readUpdates({ client }: Transport): Promise<void> {
    for (;;) {
      const updates = await client.subscribe();
      try {
        for await (const update of updates) listener.onUpdate(update);
        return;
      } catch (error) {
        if (!(error instanceof DeltaGapError)) throw error;
        await updates.return?.();
      }
    }
  }

  async function follow(tail: Tail, { client, closed }: Transport): Promise<void> {
    const left = new AbortController();
    tail.leave();
    tail.leave = () => left.abort();
    void closed.then(tail.leave);
    try {
      const updates = await client.tail(tail.input, { signal: left.signal });
      for await (const update of updates) if (!left.signal.aborted) tail.onUpdate(update);
    } catch (error) {
      if (left.signal.aborted) return;
      tail.onUpdate({ records: [], seen: 0, matched: 0, skipped: 0, error: messageOf(error) });
    }
  }

  void keepOpen();
  return {
    async send(name, input) {
      if (transport === null) return { ok: false, error: notConnected(name) };
      try {
        // Each procedure takes its own input; the pair (name, input) is checked by this function's signature.
        const call = transport.client.commands[name] as (input: unknown) => Promise<CommandResult>;
        return await call(input);
      } catch (error) {
        return { ok: false, error: failed(name, error) };
      }
    },
    async ask<N extends QueryName>(name: N, input: QueryInput<N>) {
      if (transport === null) return { ok: false, error: notConnected(name) };
      try {
        const call = transport.client.queries[name] as (input: unknown) => Promise<QueryResult<QueryAnswers[N]>>;
        return await call(input);
      } catch (error) {
        return { ok: false, error: failed(name, error) };
      }
    },
    tail(input, onUpdate) {
      const tail: Tail = { input, onUpdate, leave: () => {} };
      tails.add(tail);
      if (transport !== null) void follow(tail, transport);
      return () => {
        tails.delete(tail);
        tail.leave();
      };
    },
    close() {
      ended.abort();
      for (const each of tails) each.leave();
      tails.clear();
      transport?.close();
    },
  };
}

interface Tail {
  readonly input: TailInput;
  readonly onUpdate: (update: TailUpdate) => void;
  /** Of the line that it is on now. */
  leave: Dispose;
}

function notConnected(name: string): CommandError {
  return { code: 'not-connected', thing: name, value: '', hint: '' };
}

function failed(name: string, error: unknown): CommandError {
  return { code: 'failed', thing: name, value: messageOf(error), hint: '' };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
