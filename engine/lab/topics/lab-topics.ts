/** What the window does with topics and records, over the wire like anybody: admin requests, reads, the console producer. */
import type { CommandResult, LabCommand } from '../../contract/commands.ts';
import type { LeaveSignal } from '../../contract/host.ts';
import type { LabQueries, TailInput, TailUpdate } from '../../contract/queries.ts';
import { refused } from '../outcome.ts';

export type TopicCommand = Extract<
  LabCommand,
  { type: 'createTopic' | 'deleteTopic' | 'addPartitions' | 'setTopicConfig' | 'produceRecords' }
>;

export interface LabTopicsOptions {
  /** Of the brokers that run now. */
  bootstrapServers(): string;
}

export class LabTopics {
  readonly #options: LabTopicsOptions;

  constructor(options: LabTopicsOptions) {
    this.#options = options;
  }

  execute(command: TopicCommand): Promise<CommandResult> {
    return Promise.resolve(refused('wrong-state', 'command', command.type, this.#options.bootstrapServers()));
  }

  readonly queries: Pick<LabQueries, 'topicConfigs' | 'records'> = {
    topicConfigs: ({ topic }) => Promise.resolve(refused('wrong-state', 'topic', topic, 'No broker answers.')),
    records: ({ topic }) => Promise.resolve(refused('wrong-state', 'topic', topic, 'No broker answers.')),
  };

  async *tail(_input: TailInput, _signal: LeaveSignal | undefined): AsyncGenerator<TailUpdate, void, void> {}

  stop(): void {}
}
