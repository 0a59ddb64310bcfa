/**
 * The contract as oRPC reads it: `commands.*`, one procedure for each command, and `subscribe`, which first yields a
 * snapshot and then deltas. A reader that falls behind, or a host whose deltas do not follow, gets a new snapshot in
 * the same stream. Which transport carries it is none of its business.
 */
import { eventIterator, oc, type, type ContractRouterClient } from '@orpc/contract';
import { commandSchemas, type CommandResult } from './commands.ts';
import type { LabDelta } from './delta.ts';
import type { LabSnapshot } from './snapshot.ts';

export type LabUpdate =
  { readonly type: 'snapshot'; readonly snapshot: LabSnapshot } | { readonly type: 'delta'; readonly delta: LabDelta };

const result = type<CommandResult>();

export const labContract = {
  commands: {
    addBroker: oc.input(commandSchemas.addBroker).output(result),
    stopBroker: oc.input(commandSchemas.stopBroker).output(result),
    killBroker: oc.input(commandSchemas.killBroker).output(result),
    pauseBroker: oc.input(commandSchemas.pauseBroker).output(result),
    resumeBroker: oc.input(commandSchemas.resumeBroker).output(result),
    startBroker: oc.input(commandSchemas.startBroker).output(result),
    dismissProblem: oc.input(commandSchemas.dismissProblem).output(result),
    createTopic: oc.input(commandSchemas.createTopic).output(result),
  },
  subscribe: oc.output(eventIterator(type<LabUpdate>())),
};

export type LabClient = ContractRouterClient<typeof labContract>;
