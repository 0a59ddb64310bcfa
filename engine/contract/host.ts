/**
 * The lab as its transports see it. The host owns one projection; whoever subscribes gets a disposable and every delta
 * after the snapshot taken in the same turn.
 */
import type { Dispose } from '../base/disposer.ts';
import type { CommandResult, LabCommand } from './commands.ts';
import type { LabDelta } from './delta.ts';
import type { LabQueries, TailInput, TailUpdate } from './queries.ts';
import type { LabSnapshot } from './snapshot.ts';

/** What a reader leaves by; every platform's `AbortSignal` is one. */
export interface LeaveSignal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

export interface LabHost {
  snapshot(): LabSnapshot;
  /**
   * `listener` is called with each delta in order, never within this call. A snapshot taken in the same turn as this
   * call has the `seq` that the first delta follows. At most one delta per animation frame (16 ms), at least one per
   * second while the host lives, so that ages stay true.
   */
  subscribe(listener: (delta: LabDelta) => void): Dispose;
  /** The command is checked already. Never rejects for an outcome; a rejection is a bug of the host. */
  execute(command: LabCommand): Promise<CommandResult>;
  /** The input is checked already. As with commands, what cannot be answered is an outcome. */
  readonly queries: LabQueries;
  /** Ends when `signal` says so. */
  tail(input: TailInput, signal: LeaveSignal | undefined): AsyncIterable<TailUpdate>;
}
