/**
 * The lab as its transports see it. The host owns one projection; whoever subscribes gets a disposable and every delta
 * after the snapshot taken in the same turn.
 */
import type { Dispose } from '../base/disposer.ts';
import type { CommandResult, LabCommand } from './commands.ts';
import type { LabDelta } from './delta.ts';
import type { LabSnapshot } from './snapshot.ts';

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
}
