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
    .map(([name, value]) => `${name}=${told(value)}`);
  return {
    ...('client' in command && command.client !== undefined ? { client: command.client } : {}),
    ...('group' in command && command.group !== undefined ? { group: command.group } : {}),
    settings: settings.join(', '),
  };
}

/** A line of the log has room for a word: long texts are cut, a file is told by its name. */
function told(value: unknown): string {
  if (Array.isArray(value)) return value.map(told).join('+');
  if (typeof value !== 'object' || value === null) {
    const text = String(value);
    return text.length > toldMax ? `${text.slice(0, toldMax)}…` : text;
  }
  if ('name' in value) return String(value.name);
  return 'key' in value ? String(value.key) : JSON.stringify(value);
}

const toldMax = 60;
