/** The line of the event log for something that somebody asked for: the command with its words, before anything came of it. */
import type { LabCommand } from '../contract/commands.ts';
import type { LabEventDraft, LabEventTone } from '../contract/events.ts';
import { clientCommandArgs, isClientCommand } from './clients/client-commands.ts';

/** Values that have no place in a line: a record's own text may be long, and is in the log of records anyway. */
const leftOut = new Set(['type', 'headers', 'value', 'key']);

export function commandEvent(command: LabCommand, atMs: number): LabEventDraft {
  const args: Record<string, string | number> = { command: command.type };
  for (const [name, value] of Object.entries(command)) {
    if (leftOut.has(name) && !(name === 'value' && setsConfig(command))) continue;
    const told = argument(value);
    if (told !== null) args[name] = told;
  }
  if (command.type === 'setBrokerConfig' && command.node === null) args['node'] = '*';
  return {
    atMs,
    actor: 'you',
    node: null,
    kind: 'command',
    source: command.type,
    args: isClientCommand(command) ? { ...args, ...clientCommandArgs(command) } : args,
    change: null,
    metric: null,
    tone: toneOf(command),
  };
}

function setsConfig({ type }: LabCommand): boolean {
  return type === 'setTopicConfig' || type === 'setBrokerConfig';
}

function argument(value: unknown): string | number | null {
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (Array.isArray(value)) return value.join(', ');
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([key, each]) => `${key}=${String(each)}`)
      .join(', ');
  }
  return null;
}

function toneOf({ type }: LabCommand): LabEventTone {
  return type.startsWith('kill') || type === 'freezeConsumer' || type === 'pauseBroker' ? 'fault' : 'notice';
}
