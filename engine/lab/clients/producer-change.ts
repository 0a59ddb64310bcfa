/**
 * From a command about a lab producer to the change of its settings, or why it is refused: templates and expressions are
 * read here, before anything starts, and a strategy has what it needs.
 */
import { ExpressionPartitioner, KafkaError } from '../../client/index.ts';
import type { KeyFileView, ProducerSettings } from '../../contract/clients.ts';
import type { CommandError, CommandInput } from '../../contract/commands.ts';
import { templateProblem } from '../../contract/templates/index.ts';
import { whyConfigsRefused, type ProducerChange } from './client-settings.ts';
import { keyFileOf } from './key-files.ts';

type Asked = Omit<CommandInput<'setProducer'>, 'client'>;

export interface CheckedChange {
  readonly change: ProducerChange;
  /** Whose text is to be kept. */
  readonly keptFile: { readonly file: KeyFileView; readonly text: string } | null;
}

export function producerChange(asked: Asked): CheckedChange | CommandError {
  const { keyFile: given, ...rest } = asked;
  const why = whyConfigsRefused('producer', asked.configs) ?? whyTemplatesRefused(asked);
  if (why !== null) return why;
  if (given === undefined) return { change: rest, keptFile: null };
  if (given === null) return { change: { ...rest, keyFile: null }, keptFile: null };
  if ('id' in given) return { change: { ...rest, keyFile: given }, keptFile: null };
  const keyFile = keyFileOf(given);
  if ('code' in keyFile) return keyFile;
  return { change: { ...rest, keyFile }, keptFile: { file: keyFile, text: given.text } };
}

function whyTemplatesRefused({ payload, headers }: Asked): CommandError | null {
  const texts = [
    ...(payload === undefined || payload === null ? [] : [{ thing: 'payload', text: payload }]),
    ...(headers ?? []).map(({ key, value }) => ({ thing: `header ${key}`, text: value })),
  ];
  for (const { thing, text } of texts) {
    const problem = templateProblem(text);
    if (problem !== null) return { code: 'invalid', thing, value: text.slice(0, 80), hint: `${problem.message}.` };
  }
  return null;
}

/** What settings lack for what they ask for; null when they are whole. */
export function whyNotWhole(settings: ProducerSettings): CommandError | null {
  const { keys, keyNames, keyFile, partitioner, partitionExpression } = settings;
  if (keys === 'fixed' && keyNames.length === 0) return lacks('keys', keys, 'Name some keys: keyNames.');
  if (keys === 'file' && keyFile === null) return lacks('keys', keys, 'Give it a file: keyFile.');
  if (partitioner !== 'custom') return null;
  if (partitionExpression.trim() === '') {
    return lacks('partitioner', partitioner, 'Give it an expression: partitionExpression, as crc32(key) % partitions.');
  }
  try {
    void new ExpressionPartitioner(partitionExpression);
    return null;
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
    return lacks('partitionExpression', partitionExpression, error.message);
  }
}

function lacks(thing: string, value: string, hint: string): CommandError {
  return { code: 'invalid', thing, value, hint };
}
