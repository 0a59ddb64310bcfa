/** Why a command for a lab client is refused, by what it asks for and by the state that the client is in. */
import type { CommandError, CommandResult } from '../../contract/commands.ts';
import { refused } from '../outcome.ts';
import type { ClientCommand } from './client-commands.ts';
import type { LabConsumer, LabProducer } from './supervised-client.ts';

type CommandOf<T extends ClientCommand['type']> = Extract<ClientCommand, { type: T }>;

/** Why a `group.instance.id` does not fit a member that is not to be static; null when it does. */
export function whyNoInstanceId({
  staticMembership,
  instanceId,
}: Pick<CommandOf<'setConsumer'>, 'staticMembership' | 'instanceId'>): CommandError | null {
  if (staticMembership !== false || instanceId === undefined) return null;
  const hint = 'A member with a group.instance.id is a static one; leave one of the two out.';
  return { code: 'invalid', thing: 'instanceId', value: instanceId, hint };
}

/** Why a command does not fit the state that the client is in; null when it does. */
export function whyNot(
  command: ClientCommand['type'],
  kind: 'producer' | 'consumer',
  { name, state, alive }: LabProducer | LabConsumer,
): CommandResult | null {
  const wrong = (hint: string): CommandResult => refused('wrong-state', `${kind} ${name}`, state, hint);
  switch (command) {
    case 'startProducer':
    case 'startConsumer':
      return alive ? wrong('It runs already.') : null;
    case 'stopProducer':
    case 'closeConsumer':
      return alive ? null : wrong('It does not run.');
    case 'wakeupConsumer':
      return state === 'running' || state === 'starting' ? null : wrong('Only a running consumer can be woken up.');
    case 'killProducer':
    case 'killConsumer':
      return alive ? null : wrong('Start it first.');
    case 'freezeConsumer':
      return state === 'running' || state === 'starting' ? null : wrong('Only a running consumer can be frozen.');
    case 'thawConsumer':
      return state === 'frozen' ? null : wrong('Only a frozen consumer can be thawed.');
    default:
      return null;
  }
}
