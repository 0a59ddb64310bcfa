/**
 * The window's line to the lab: keeps one subscription open, opens it again when it breaks (at once, then slower, at
 * most every two seconds), and sends commands. A command while the line is down answers as an outcome, it does not wait.
 */
import type { CommandInput, CommandName, CommandResult } from '../../engine/contract/commands.ts';
import { DeltaGapError } from '../../engine/contract/delta.ts';
import type { LabUpdate } from '../../engine/contract/router.ts';
import { openTransport, RefusedError, type Transport } from './transport.ts';

export type LineState = 'connecting' | 'open' | 'lost' | 'no-token' | 'token-refused';

export interface LabListener {
  onLine(state: LineState): void;
  /** Throws `DeltaGapError` when the update does not follow; the bridge then asks for a new snapshot. */
  onUpdate(update: LabUpdate): void;
}

export interface LabBridge {
  send<N extends CommandName>(name: N, input: CommandInput<N>): Promise<CommandResult>;
  close(): void;
}

const retryFirstMs = 250;
const retryMostMs = 2_000;

export function openBridge(listener: LabListener, open: () => Promise<Transport> = openTransport): LabBridge {
  let transport: Transport | null = null;
  const ended = new AbortController();

  async function keepOpen(): Promise<void> {
    let retryMs = retryFirstMs;
    listener.onLine('connecting');
    while (!ended.signal.aborted) {
      try {
        transport = await open();
        listener.onLine('open');
        retryMs = retryFirstMs;
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

  void keepOpen();
  return {
    async send(name, input) {
      if (transport === null) return notConnected(name);
      try {
        // Each procedure takes its own input; the pair (name, input) is checked by this function's signature.
        const call = transport.client.commands[name] as (input: unknown) => Promise<CommandResult>;
        return await call(input);
      } catch (error) {
        const value = error instanceof Error ? error.message : String(error);
        return { ok: false, error: { code: 'failed', thing: name, value, hint: '' } };
      }
    },
    close() {
      ended.abort();
      transport?.close();
    },
  };
}

function notConnected(name: CommandName): CommandResult {
  return { ok: false, error: { code: 'not-connected', thing: name, value: '', hint: '' } };
}
