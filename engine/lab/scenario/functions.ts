/**
 * The functions that conditions and expectations of a scenario may call, with the kinds of their arguments: what
 * docs/scenarios.md lists, what a file is checked against, and where a run gets their values from.
 */

/** `client`: a producer or a consumer. `process`: a broker or a client. `consumers`: a consumer or a group. */
export type ParameterKind =
  | 'partition'
  | 'topic'
  | 'broker'
  | 'producer'
  | 'consumer'
  | 'client'
  | 'process'
  | 'consumers'
  | 'group'
  | 'fault'
  | 'value';

export interface FunctionSignature {
  readonly params: readonly ParameterKind[];
  /** Of the last ones. */
  readonly optional: number;
  /** Where its values come from: what the window shows, the ledger, or the list of rebalances. */
  readonly from: 'snapshot' | 'ledger' | 'rebalances' | 'values';
}

function of(from: FunctionSignature['from'], params: readonly ParameterKind[], optional = 0): FunctionSignature {
  return { params, optional, from };
}

export const functionSignatures = {
  // Brokers and the quorum.
  state: of('snapshot', ['process']),
  fenced: of('snapshot', ['broker']),
  // Partitions.
  leader: of('snapshot', ['partition']),
  hasLeader: of('snapshot', ['partition']),
  epoch: of('snapshot', ['partition']),
  replicas: of('snapshot', ['partition']),
  isr: of('snapshot', ['partition']),
  elr: of('snapshot', ['partition']),
  hw: of('snapshot', ['partition', 'broker'], 1),
  leo: of('snapshot', ['partition', 'broker'], 1),
  logStart: of('snapshot', ['partition', 'broker'], 1),
  // Producers.
  sent: of('snapshot', ['producer']),
  acked: of('snapshot', ['producer']),
  failed: of('snapshot', ['producer']),
  retries: of('snapshot', ['producer']),
  lastError: of('snapshot', ['client']),
  // Consumers and groups.
  consumed: of('snapshot', ['consumers']),
  owned: of('snapshot', ['consumer']),
  lag: of('snapshot', ['group']),
  members: of('snapshot', ['group']),
  generation: of('snapshot', ['group']),
  groupState: of('snapshot', ['group']),
  owner: of('snapshot', ['group', 'partition']),
  committed: of('snapshot', ['group', 'partition']),
  rebalances: of('rebalances', ['group']),
  gaps: of('rebalances', ['group', 'partition'], 1),
  gapMs: of('rebalances', ['group', 'partition'], 1),
  // Faults by the name that `as` gave them.
  fault: of('snapshot', ['fault']),
  // The ledger.
  lost: of('ledger', ['producer']),
  duplicated: of('ledger', ['producer']),
  unread: of('ledger', ['producer']),
  // Values.
  min: of('values', ['value', 'value']),
  max: of('values', ['value', 'value']),
  abs: of('values', ['value']),
  length: of('values', ['value']),
} as const satisfies Readonly<Record<string, FunctionSignature>>;

export type FunctionName = keyof typeof functionSignatures;
export const functionNames = Object.keys(functionSignatures) as readonly FunctionName[];

export function signatureOf(name: string): FunctionSignature | null {
  const known = functionNames.find((each) => each === name);
  return known === undefined ? null : functionSignatures[known];
}

/** Names that have a value of their own: `time` is milliseconds of lab time since the first step began. */
export const valueNames = ['controller', 'time'] as const;

/** Names that stand for themselves, to compare states with. */
export const stateNames = [
  ...['starting', 'running', 'paused', 'shutting-down', 'stopped', 'killed', 'failed', 'frozen', 'stopping'],
  ...['Empty', 'PreparingRebalance', 'CompletingRebalance', 'Stable', 'Dead', 'Unknown'],
  ...['armed', 'active', 'lifted', 'none'],
] as const;
