/**
 * What the window may ask, with the schemas that check it at the edge. Every command answers with an outcome as data;
 * a refused one names the thing, the value and what would be right.
 */
import * as v from 'valibot';

/** `node.id` as the lab gives it; the limit keeps ports and files sane. */
const nodeId = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(99));
const port = v.pipe(v.number(), v.integer(), v.minValue(1024), v.maxValue(65535));
/** Kafka's rule (class `Topic`): letters, digits, `.`, `_` and `-`, at most 249, neither `.` nor `..`. */
const topicName = v.pipe(
  v.string(),
  v.regex(/^[a-zA-Z0-9._-]{1,249}$/, 'a topic name has 1 to 249 letters, digits, ".", "_" or "-"'),
  v.check((name) => name !== '.' && name !== '..', 'a topic is not called "." or ".."'),
);

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
    partitions: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)),
    replicationFactor: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(99)),
  }),
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

/** `node`: the broker that the command made or was about. */
export type CommandResult =
  { readonly ok: true; readonly node: number | null } | { readonly ok: false; readonly error: CommandError };

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
