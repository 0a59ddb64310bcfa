/**
 * What the window may ask, with the schemas that check it at the edge. Every command answers with an outcome as data;
 * a refused one names the thing, the value and what would be right.
 */
import * as v from 'valibot';
import { keyStrategies, partitionerNames, sendModes } from './clients.ts';
import { configCommands } from './configs.ts';
import { faultCommands } from './faults.ts';
import { feedCommands } from './feeds.ts';
import { ledgerCommands } from './ledger.ts';
import { headerTemplates, keyFile, produceCommands } from './produce.ts';
import { runCommands } from './runs.ts';
import { scenarioCommands } from './scenarios.ts';
import { storageCommands } from './storage.ts';
import { timeCommands } from './time.ts';
import { wireCommands } from './wire.ts';

/** `node.id` as the lab gives it; the limit keeps ports and files sane. */
const nodeId = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(99));
const port = v.pipe(v.number(), v.integer(), v.minValue(1024), v.maxValue(65535));
/** Kafka's rule (class `Topic`): letters, digits, `.`, `_` and `-`, at most 249, neither `.` nor `..`. */
const topicName = v.pipe(
  v.string(),
  v.regex(/^[a-zA-Z0-9._-]{1,249}$/, 'a topic name has 1 to 249 letters, digits, ".", "_" or "-"'),
  v.check((name) => name !== '.' && name !== '..', 'a topic is not called "." or ".."'),
);

/** Kafka takes any `client.id`; the lab's are file names and words of a command line as well. */
const clientName = v.pipe(
  v.string(),
  v.regex(/^[a-zA-Z0-9._-]{1,64}$/, 'a client name has 1 to 64 letters, digits, ".", "_" or "-"'),
);
const groupId = v.pipe(v.string(), v.minLength(1, 'a group id is not empty'), v.maxLength(249));
const instanceId = v.pipe(
  v.string(),
  v.regex(/^[a-zA-Z0-9._-]{1,249}$/, 'a group.instance.id has 1 to 249 letters, digits, ".", "_" or "-"'),
);
const configs = v.record(v.pipe(v.string(), v.maxLength(100)), v.pipe(v.string(), v.maxLength(1000)));
const whole = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
const acks = v.picklist(['0', '1', 'all']);
const keys = v.picklist(keyStrategies);
const assignor = v.picklist(['range', 'roundrobin', 'sticky', 'cooperative-sticky']);
const assignors = v.pipe(v.array(assignor), v.minLength(1));
const commit = v.picklist(['auto', 'sync', 'async', 'none']);
/** What can be left out of a new producer and changed of a running one. */
const producerSettings = {
  topic: v.optional(topicName),
  recordsPerSecond: v.optional(whole(0, 100_000)),
  keys: v.optional(keys),
  keyCount: v.optional(whole(1, 1_000_000)),
  recordBytes: v.optional(whole(1, 900_000)),
  skewPercent: v.optional(whole(1, 100)),
  keyNames: v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(249))), v.maxLength(1000), v.readonly())),
  /** Null takes it away. */
  keyFile: v.optional(v.nullable(keyFile)),
  payload: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(100_000)))),
  headers: v.optional(headerTemplates),
  sendMode: v.optional(v.picklist(sendModes)),
  partitioner: v.optional(v.picklist(partitionerNames)),
  partitionExpression: v.optional(v.pipe(v.string(), v.maxLength(1000))),
  seed: v.optional(v.nullable(whole(0, 0xffff_ffff))),
  acks: v.optional(acks),
  /** Replaces all explicit ones. */
  configs: v.optional(configs),
};
const consumerSettings = {
  topics: v.optional(v.pipe(v.array(topicName), v.minLength(1))),
  assignors: v.optional(assignors),
  commit: v.optional(commit),
  processingMs: v.optional(whole(0, 600_000)),
  processingJitterMs: v.optional(whole(0, 600_000)),
  commitOnRevoke: v.optional(v.boolean()),
  configs: v.optional(configs),
  /** On gives it a `group.instance.id` of its own name; off takes it away. */
  staticMembership: v.optional(v.boolean()),
  /** A `group.instance.id` to have instead of its own name, also one that another member has. */
  instanceId: v.optional(instanceId),
};
const text = v.pipe(v.string(), v.maxLength(100_000));
const configName = v.pipe(v.string(), v.minLength(1), v.maxLength(249));

export const commandSchemas = {
  /** A new broker; without `node` it gets the next id. */
  addBroker: v.strictObject({ node: v.optional(nodeId) }),
  /** Controlled shutdown. */
  stopBroker: v.strictObject({ node: nodeId }),
  /** `worker.terminate()`: sockets reset, nothing flushed. */
  killBroker: v.strictObject({ node: nodeId }),
  /** Its thread does not run, its sockets stay open. */
  pauseBroker: v.strictObject({ node: nodeId }),
  resumeBroker: v.strictObject({ node: nodeId }),
  /** Of a stopped, killed or failed broker; with `port` it gets another one, without it keeps its own. */
  startBroker: v.strictObject({ node: nodeId, port: v.optional(port) }),
  /** Takes a problem from the list: "go on without". */
  dismissProblem: v.strictObject({ node: v.nullable(nodeId) }),
  createTopic: v.strictObject({
    name: topicName,
    partitions: whole(1, 1000),
    replicationFactor: whole(1, 99),
    configs: v.optional(configs),
  }),
  deleteTopic: v.strictObject({ topic: topicName }),
  /** CreatePartitions: `count` is the new total, more than there are. */
  addPartitions: v.strictObject({ topic: topicName, count: whole(1, 1000) }),
  /** IncrementalAlterConfigs: set, or with null back to the default. */
  setTopicConfig: v.strictObject({ topic: topicName, name: configName, value: v.nullable(text) }),
  /** From the console producer: `count` equal records. A null key or value is Kafka's null. */
  produceRecords: v.strictObject({
    topic: topicName,
    /** Null: as the partitioner decides. */
    partition: v.nullable(whole(0, 100_000)),
    key: v.nullable(text),
    value: v.nullable(text),
    headers: v.pipe(v.array(v.strictObject({ key: v.string(), value: text })), v.maxLength(50)),
    count: whole(1, 10_000),
    acks,
  }),

  /** A new lab producer; what is left out has the lab's default (400 records/s with keys to the first topic). */
  addProducer: v.strictObject({ client: v.optional(clientName), ...producerSettings }),
  /** Starts it again with other settings, as a restart with a new config would; the rate and keys change as it runs. */
  setProducer: v.strictObject({ client: clientName, ...producerSettings }),
  /** `close()`: flushes what is in the accumulator. */
  stopProducer: v.strictObject({ client: clientName }),
  /** Its thread ends at once: what is in the accumulator is gone. */
  killProducer: v.strictObject({ client: clientName }),
  startProducer: v.strictObject({ client: clientName }),
  /** Stops it and takes it from the lab. */
  removeProducer: v.strictObject({ client: clientName }),

  /** A new lab consumer; without `group` it joins `billing`. */
  addConsumer: v.strictObject({ client: v.optional(clientName), group: v.optional(groupId), ...consumerSettings }),
  /** Closes it and starts it again with other settings; the time of processing changes as it runs. */
  setConsumer: v.strictObject({ client: clientName, ...consumerSettings }),
  /** The same change for all lab consumers of a group. */
  setGroup: v.strictObject({
    group: groupId,
    assignors: v.optional(assignors),
    commit: v.optional(commit),
    commitOnRevoke: v.optional(v.boolean()),
    staticMembership: v.optional(v.boolean()),
  }),
  /** `close()`: commits (auto) and leaves the group, unless it is static. */
  closeConsumer: v.strictObject({ client: clientName }),
  /** Its thread ends at once: the group finds out by `session.timeout.ms`. */
  killConsumer: v.strictObject({ client: clientName }),
  /** Its thread stands still with its sockets open, until `thawConsumer`. */
  freezeConsumer: v.strictObject({ client: clientName }),
  thawConsumer: v.strictObject({ client: clientName }),
  startConsumer: v.strictObject({ client: clientName }),
  removeConsumer: v.strictObject({ client: clientName }),

  ...configCommands,
  ...faultCommands,
  ...feedCommands,
  ...ledgerCommands,
  ...produceCommands,
  ...runCommands,
  ...scenarioCommands,
  ...storageCommands,
  ...timeCommands,
  ...wireCommands,
} as const;

export type CommandName = keyof typeof commandSchemas;
export type CommandInput<N extends CommandName> = v.InferOutput<(typeof commandSchemas)[N]>;

/** One command as the host gets it: `{ type: 'killBroker', node: 2 }`. */
export type LabCommand = { [N in CommandName]: { readonly type: N } & Readonly<CommandInput<N>> }[CommandName];

export const commandNames = Object.keys(commandSchemas) as readonly CommandName[];

export interface CommandError {
  /** `no-such-broker`, `wrong-state`, `port-in-use`, `invalid`, a Kafka error's name, ... */
  readonly code: string;
  readonly thing: string;
  readonly value: string;
  /** What would be right, a sentence. */
  readonly hint: string;
}

/** `node`, `client`, `fault`, `job`, `run`: what the command made or was about. */
export type CommandResult =
  | {
      readonly ok: true;
      readonly node: number | null;
      readonly client?: string | null;
      readonly fault?: number;
      readonly job?: number;
      readonly run?: string;
    }
  | { readonly ok: false; readonly error: CommandError };

/** Checks a command from anywhere (HTTP, a file, the command line); an invalid one answers as an outcome. */
export function parseCommand(
  name: string,
  input: unknown,
): { readonly ok: true; readonly command: LabCommand } | { readonly ok: false; readonly error: CommandError } {
  const known = commandNames.find((each) => each === name);
  if (known === undefined) {
    const hint = `Commands are ${commandNames.join(', ')}.`;
    return { ok: false, error: { code: 'invalid', thing: 'command', value: name, hint } };
  }
  const parsed = v.safeParse(commandSchemas[known], input);
  if (parsed.success) return { ok: true, command: { type: known, ...parsed.output } as LabCommand };
  const issue = parsed.issues[0];
  const thing = v.getDotPath(issue) ?? known;
  return { ok: false, error: { code: 'invalid', thing, value: issue.received, hint: issue.message } };
}
