/** The line of the event log for something that somebody asked for: the command with its words, before anything came of it. */
import type { CommandInput, LabCommand } from '../contract/commands.ts';
import { injectWords } from '../contract/fault-words.ts';
import type { LabEventDraft, LabEventTone } from '../contract/events.ts';
import { clientCommandArgs, isClientCommand } from './clients/client-commands.ts';

/** Values that have no place in a line: a record's own text may be long, and is in the log of records anyway. */
const leftOut = new Set(['type', 'headers', 'value', 'key', 'text', 'template', 'keyFile', 'payload']);

export function commandEvent(command: LabCommand, atMs: number): LabEventDraft {
  const args: Record<string, string | number> = { command: command.type };
  if (command.type === 'injectFault') return eventOf(command, { ...args, ...faultArgs(command) }, atMs);
  for (const [name, value] of Object.entries(command)) {
    if (leftOut.has(name) && !(name === 'value' && setsConfig(command))) continue;
    const told = argument(value);
    if (told !== null) args[name] = told;
  }
  if (command.type === 'setBrokerConfig' && command.node === null) args['node'] = '*';
  return eventOf(command, isClientCommand(command) ? { ...args, ...clientCommandArgs(command) } : args, atMs);
}

function eventOf(command: LabCommand, args: LabEventDraft['args'], atMs: number): LabEventDraft {
  return {
    atMs,
    actor: 'you',
    node: null,
    kind: 'command',
    source: command.type,
    args,
    change: null,
    metric: null,
    tone: toneOf(command),
  };
}

/** As on the command line: `slow-disk 2 --delay 50ms --for 20s`. */
function faultArgs({ fault, afterMs, forMs }: CommandInput<'injectFault'>): LabEventDraft['args'] {
  return { fault: injectWords({ fault, afterMs, forMs }).join(' ') };
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
  return type.startsWith('kill') || type === 'injectFault' || type === 'freezeConsumer' || type === 'pauseBroker'
    ? 'fault'
    : 'notice';
}
