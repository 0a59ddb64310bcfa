/**
 * The lab's own producers and consumers: which there are, what they were told to do, a thread for each. What they say of
 * themselves becomes the window's views and lines of the event log. They reach the cluster over the wire alone.
 */
import type { ConsumerView, ProducerView } from '../../contract/clients.ts';
import type { CommandResult, LabCommand } from '../../contract/commands.ts';
import type { LabEventDraft } from '../../contract/events.ts';
import { refused } from '../outcome.ts';

export type ClientCommand = Extract<
  LabCommand,
  {
    type:
      | 'addProducer'
      | 'setProducer'
      | 'stopProducer'
      | 'killProducer'
      | 'startProducer'
      | 'removeProducer'
      | 'addConsumer'
      | 'setConsumer'
      | 'setGroup'
      | 'closeConsumer'
      | 'killConsumer'
      | 'freezeConsumer'
      | 'thawConsumer'
      | 'startConsumer'
      | 'removeConsumer';
  }
>;

export interface LabClientsOptions {
  /** Of the threads. */
  readonly workerEntry: URL;
  /** Of the lab's directory: `clients.json` in it keeps which clients there are. */
  readonly directory: string;
  /** `127.0.0.1:9092,...` as of now. */
  bootstrapServers(): string;
  onViews(producers: readonly ProducerView[], consumers: readonly ConsumerView[]): void;
  onEvents(drafts: readonly LabEventDraft[]): void;
}

export class LabClients {
  readonly #options: LabClientsOptions;

  constructor(options: LabClientsOptions) {
    this.#options = options;
  }

  /** Starts the clients that the directory remembers; with `defaults`, and when it remembers none, the default lab's. */
  async start(_defaults: boolean): Promise<void> {
    this.#options.onViews([], []);
  }

  execute(command: ClientCommand): Promise<CommandResult> {
    return Promise.resolve(refused('wrong-state', 'command', command.type, 'Lab clients are not running yet.'));
  }

  /** How often samples are wanted. */
  observe(_intervalMs: number): void {}

  /** Closes all clients as their owner would: producers flush, consumers commit and leave. */
  async stop(): Promise<void> {}
}
