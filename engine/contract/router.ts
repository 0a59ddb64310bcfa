/**
 * The contract as oRPC reads it: `commands.*` and `queries.*`, one procedure for each, and `subscribe`, which first yields a
 * snapshot and then deltas. A reader that falls behind, or a host whose deltas do not follow, gets a new snapshot in
 * the same stream. Which transport carries it is none of its business.
 */
import { eventIterator, oc, type, type ContractRouterClient } from '@orpc/contract';
import { commandSchemas, type CommandName, type CommandResult } from './commands.ts';
import type { LabDelta } from './delta.ts';
import {
  querySchemas,
  tailSchema,
  type QueryAnswers,
  type QueryName,
  type QueryResult,
  type TailUpdate,
} from './queries.ts';
import type { LabSnapshot } from './snapshot.ts';

export type LabUpdate =
  { readonly type: 'snapshot'; readonly snapshot: LabSnapshot } | { readonly type: 'delta'; readonly delta: LabDelta };

const result = type<CommandResult>();
const command = <N extends CommandName>(name: N) => oc.input(commandSchemas[name]).output(result);
const query = <N extends QueryName>(name: N) =>
  oc.input(querySchemas[name]).output(type<QueryResult<QueryAnswers[N]>>());

export const labContract = {
  commands: {
    addBroker: command('addBroker'),
    stopBroker: command('stopBroker'),
    killBroker: command('killBroker'),
    pauseBroker: command('pauseBroker'),
    resumeBroker: command('resumeBroker'),
    startBroker: command('startBroker'),
    dismissProblem: command('dismissProblem'),
    createTopic: command('createTopic'),
    deleteTopic: command('deleteTopic'),
    addPartitions: command('addPartitions'),
    setTopicConfig: command('setTopicConfig'),
    produceRecords: command('produceRecords'),
    addProducer: command('addProducer'),
    setProducer: command('setProducer'),
    stopProducer: command('stopProducer'),
    killProducer: command('killProducer'),
    startProducer: command('startProducer'),
    removeProducer: command('removeProducer'),
    addConsumer: command('addConsumer'),
    setConsumer: command('setConsumer'),
    setGroup: command('setGroup'),
    closeConsumer: command('closeConsumer'),
    killConsumer: command('killConsumer'),
    freezeConsumer: command('freezeConsumer'),
    thawConsumer: command('thawConsumer'),
    startConsumer: command('startConsumer'),
    removeConsumer: command('removeConsumer'),
  },
  queries: {
    journal: query('journal'),
    timeline: query('timeline'),
    moment: query('moment'),
    events: query('events'),
    neighbour: query('neighbour'),
    rebalances: query('rebalances'),
    topicConfigs: query('topicConfigs'),
    records: query('records'),
  },
  subscribe: oc.output(eventIterator(type<LabUpdate>())),
  /** Records as they come, until the reader leaves. */
  tail: oc.input(tailSchema).output(eventIterator(type<TailUpdate>())),
};

export type LabClient = ContractRouterClient<typeof labContract>;
