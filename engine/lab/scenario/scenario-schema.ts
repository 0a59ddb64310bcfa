/**
 * The form of a scenario file. Commands, settings of clients and faults are the contract's own schemas, so what the
 * window and the command line can do a file can; three things are written more freely than there: a node is a number or
 * an expression (`leader(orders-1)`), configs may be numbers and truths, and `acks` may be a number.
 */
import * as v from 'valibot';
import { commandSchemas, type CommandName } from '../../contract/commands.ts';
import { faultSpec } from '../../contract/faults.ts';
import { runCommands } from '../../contract/runs.ts';
import { scenarioCommands } from '../../contract/scenarios.ts';
import { speedMax, speedMin } from '../../contract/time.ts';
import type { PropertyName } from '../../contract/verdicts.ts';
import { durationSchema } from './durations.ts';

type Schema = v.GenericSchema;
type Entries = Readonly<Record<string, Schema>>;

const expression = v.pipe(v.string(), v.minLength(1), v.maxLength(2000), v.description('an expression'));
const text = v.pipe(v.string(), v.maxLength(2000));
const word = v.pipe(
  v.string(),
  v.regex(
    /^[A-Za-z_][A-Za-z0-9_]*(?:[.-]+[A-Za-z0-9_]+)*$/,
    'a name has letters, digits and "_", with "." or "-" between',
  ),
);
const scalar = v.union([v.string(), v.number(), v.boolean()], 'a config is a text, a number, true or false');
const configs = v.record(v.string(), scalar);
const node = v.union(
  [v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(99)), expression],
  'a broker is its number or an expression',
);
const linkEnd = v.union(
  [v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(99)), expression],
  'an end of a link is a broker or a client',
);
const acks = v.picklist(['0', '1', 'all', 0, 1]);

const freer: Entries = { node, configs, acks, from: linkEnd, to: linkEnd };

/** The same entries; those that a file writes more freely replaced. */
function freely(entries: Entries): Entries {
  return Object.fromEntries(
    Object.entries(entries).map(([name, schema]) => {
      const own = freer[name];
      if (own === undefined) return [name, schema];
      return [name, schema.type === 'optional' ? v.optional(own) : own];
    }),
  );
}

function without(entries: Entries, names: readonly string[]): Entries {
  return Object.fromEntries(Object.entries(entries).filter(([name]) => !names.includes(name)));
}

/** Commands that are about runs, or would stop the time that a run goes by. */
const notInSteps = new Set([
  ...Object.keys(scenarioCommands),
  ...Object.keys(runCommands),
  'pauseTime',
  'resumeTime',
  'stepTime',
  'injectFault',
  'liftFault',
  'liftAllFaults',
  'dismissProblem',
]);

export const stepCommandNames = Object.keys(commandSchemas).filter(
  (name) => !notInSteps.has(name),
) as readonly CommandName[];

const commands = v.strictObject(
  Object.fromEntries(
    stepCommandNames.map((name) => [name, v.optional(v.strictObject(freely(commandSchemas[name].entries)))]),
  ),
);

const faultTiming = {
  after: v.optional(durationSchema),
  for: v.optional(durationSchema),
  as: v.optional(word),
};
const fault = v.variant(
  'kind',
  faultSpec.options.map((option) =>
    v.strictObject({ ...freely(option.entries), ...faultTiming, kind: option.entries.kind }),
  ),
);

/** As a file names them: `noAckedRecordLost: { producer: b }`. */
export const properties = {
  noAckedRecordLost: 'no-acked-record-lost',
  noRecordDuplicated: 'no-record-duplicated',
  highWatermarkNeverRetreats: 'high-watermark-never-retreats',
  minIsrAtEachAck: 'min-isr-at-each-ack',
  oneOwnerPerGeneration: 'one-owner-per-generation',
  consumedAtLeastOnce: 'consumed-at-least-once',
} as const satisfies Readonly<Record<string, PropertyName>>;

export type PropertyWord = keyof typeof properties;
export const propertyWords = Object.keys(properties) as readonly PropertyWord[];

const propertyFilter = v.optional(v.strictObject({ producer: v.optional(text) }));
const expected = {
  name: v.optional(text),
  expect: v.optional(expression),
  noAckedRecordLost: propertyFilter,
  noRecordDuplicated: propertyFilter,
  highWatermarkNeverRetreats: propertyFilter,
  minIsrAtEachAck: propertyFilter,
  oneOwnerPerGeneration: propertyFilter,
  consumedAtLeastOnce: propertyFilter,
} satisfies Readonly<Record<PropertyWord, Schema>> & Entries;

const step = v.strictObject({
  title: v.optional(text),
  do: v.optional(commands),
  produce: v.optional(v.strictObject(freely(producedEntries()))),
  /** With `do` and `produce`: the code that it must be refused with. */
  refused: v.optional(text),
  fault: v.optional(fault),
  lift: v.optional(word),
  when: v.optional(expression),
  /** With `when`. */
  timeout: v.optional(durationSchema),
  wait: v.optional(durationSchema),
  note: v.optional(text),
  remember: v.optional(v.record(word, expression)),
  check: v.optional(v.pipe(v.array(v.strictObject(expected)), v.minLength(1))),
});

/** What a step does: exactly one of them. */
export const stepActions = ['do', 'produce', 'fault', 'lift', 'when', 'wait', 'note', 'remember', 'check'] as const;

/** Of a record by hand: only the topic has no default. */
function producedEntries(): Entries {
  const { topic, partition, key, value, headers, count, acks: all } = commandSchemas.produceRecords.entries;
  return {
    topic,
    partition: v.optional(partition, null),
    key: v.optional(key, null),
    value: v.optional(value, 'by hand'),
    headers: v.optional(headers, []),
    count: v.optional(count, 1),
    acks: v.optional(all, 'all'),
  };
}

function client(command: 'addProducer' | 'addConsumer'): Entries {
  return {
    name: v.pipe(text, v.minLength(1)),
    start: v.optional(v.boolean(), true),
    ...freely(without(commandSchemas[command].entries, ['client'])),
  };
}

export const scenarioSchema = v.strictObject({
  version: v.literal(1, 'this lab reads version 1'),
  title: v.pipe(text, v.minLength(1)),
  description: v.optional(text, ''),
  seed: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  speed: v.optional(v.pipe(v.number(), v.minValue(speedMin), v.maxValue(speedMax))),
  cluster: v.optional(
    v.strictObject({
      brokers: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10)), 3),
      configs: v.optional(configs, {}),
    }),
    {},
  ),
  topics: v.optional(v.array(v.strictObject(freely(commandSchemas.createTopic.entries))), []),
  producers: v.optional(v.array(v.strictObject(client('addProducer'))), []),
  consumers: v.optional(v.array(v.strictObject(client('addConsumer'))), []),
  steps: v.optional(v.array(step), []),
  expectations: v.optional(
    v.array(
      v.strictObject({
        ...expected,
        by: v.optional(v.union([v.literal('end'), durationSchema], 'by is "end" or a length of time')),
      }),
    ),
    [],
  ),
});

export type ScenarioFile = v.InferOutput<typeof scenarioSchema>;
export type StepFile = ScenarioFile['steps'][number];
export type ExpectationFile = ScenarioFile['expectations'][number];
