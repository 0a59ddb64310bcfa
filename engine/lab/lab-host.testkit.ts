/** A lab host that plays back what a test tells it: for tests of the transports. */
import { applyDelta, type LabDelta } from '../contract/delta.ts';
import type { CommandResult, LabCommand } from '../contract/commands.ts';
import type { LabHost } from '../contract/host.ts';
import type { LabQueries, TailUpdate } from '../contract/queries.ts';
import { labSnapshot } from '../contract/snapshot.testkit.ts';
import type { LabSnapshot } from '../contract/snapshot.ts';
import { everyQuery, refused } from './outcome.ts';

const unanswered = () => Promise.resolve(refused('wrong-state', 'query', '', 'It is not played.'));

export class PlayedLab implements LabHost {
  readonly commands: LabCommand[] = [];
  #snapshot: LabSnapshot = labSnapshot();
  readonly #listeners = new Set<(delta: LabDelta) => void>();

  /** Answers to queries; one that is not set is refused. */
  readonly queries: LabQueries = everyQuery(unanswered);
  /** What a tail yields. */
  tailed: TailUpdate[] = [];

  async *tail(): AsyncGenerator<TailUpdate, void, void> {
    yield* this.tailed;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  snapshot(): LabSnapshot {
    return this.#snapshot;
  }

  subscribe(listener: (delta: LabDelta) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  execute(command: LabCommand): Promise<CommandResult> {
    this.commands.push(command);
    if (command.type === 'killBroker' && command.node > 3) {
      const error = {
        code: 'no-such-broker',
        thing: 'broker',
        value: String(command.node),
        hint: 'Brokers are 1, 2, 3.',
      };
      return Promise.resolve({ ok: false, error });
    }
    return Promise.resolve({ ok: true, node: null });
  }

  /** Emits the next delta; with `unheard` the snapshot moves on but nobody is told. */
  play(change: Omit<LabDelta, 'seq' | 'sampledMs'>, unheard = false): LabDelta {
    const delta = { seq: this.#snapshot.seq + 1, sampledMs: this.#snapshot.sampledMs + 16, ...change };
    this.#snapshot = applyDelta(this.#snapshot, delta);
    if (!unheard) for (const listener of this.#listeners) listener(delta);
    return delta;
  }
}
