/** Which commands are about lab clients, and what the event log says of them. */
import type { LabCommand } from '../../contract/commands.ts';

const names = [
  'addProducer',
  'setProducer',
  'stopProducer',
  'killProducer',
  'startProducer',
  'removeProducer',
  'addConsumer',
  'setConsumer',
  'setGroup',
  'closeConsumer',
  'wakeupConsumer',
  'killConsumer',
  'freezeConsumer',
  'thawConsumer',
  'startConsumer',
  'removeConsumer',
] as const satisfies readonly LabCommand['type'][];

export type ClientCommand = Extract<LabCommand, { type: (typeof names)[number] }>;

export function isClientCommand(command: LabCommand): command is ClientCommand {
  return names.some((name) => name === command.type);
}

/** Whom it is about (`client` or `group`) and what it asks for, as `acks=1, linger.ms=20`. */
export function clientCommandArgs(command: ClientCommand): Readonly<Record<string, string>> {
  const asked = new Map<string, unknown>(Object.entries(command));
  const configs = 'configs' in command ? (command.configs ?? {}) : {};
  for (const name of ['type', 'configs', 'client', ...(command.type === 'setGroup' ? ['group'] : [])]) {
    asked.delete(name);
  }
  const settings = [...asked, ...Object.entries(configs)]
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${Array.isArray(value) ? value.join('+') : String(value)}`);
  return {
    ...('client' in command && command.client !== undefined ? { client: command.client } : {}),
    ...('group' in command && command.group !== undefined ? { group: command.group } : {}),
    settings: settings.join(', '),
  };
}
