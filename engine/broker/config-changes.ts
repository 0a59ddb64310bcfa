/**
 * What a broker checks of config changes before it passes them on: that a resource and a key appear once, that values
 * are there, and that a change of broker configs is for this broker and for configs that may change while it runs
 * (`ConfigAdminManager`, `DynamicBrokerConfig.validate`). Everything about topics is the controller's.
 */
import type { NodeId } from '../base/ids.ts';
import {
  brokerConfig,
  brokerConfigs,
  ConfigError,
  dynamicBrokerConfigs,
  parseConfig,
} from '../metadata/config/index.ts';
import { configEntries, configResourceType, type MetadataImage } from '../metadata/image.ts';
import { ErrorCode } from '../protocol/index.ts';
import type { ForwardingChannel } from './forwarding.ts';

export interface AlterConfigsDeps {
  readonly forwarding: ForwardingChannel;
  readonly image: () => MetadataImage;
  readonly nodeId: NodeId;
}

export type ConfigOperation = 'set' | 'delete' | 'append' | 'subtract' | 'replace';

export interface ConfigChange {
  readonly name: string;
  readonly value: string | null;
  /** Null: the number on the wire means nothing. */
  readonly operation: ConfigOperation | null;
  readonly operationId?: number;
}

export interface ConfigProblem {
  readonly code: ErrorCode;
  readonly message: string;
}

interface Resource {
  readonly resourceType: number;
  readonly resourceName: string;
}

interface Answer extends Resource {
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

/** `AlterConfigOp.OpType` */
export function configOperation(id: number): ConfigOperation | null {
  return (['set', 'delete', 'append', 'subtract'] as const)[id] ?? null;
}

function key({ resourceType, resourceName }: Resource): string {
  return `${resourceType}:${resourceName}`;
}

/** Keys of the resources that a request names more than once. */
export function repeatedResources(resources: readonly Resource[]): ReadonlySet<string> {
  const seen = new Set<string>();
  return new Set(resources.map(key).filter((each) => seen.has(each) || !seen.add(each)));
}

/** What keeps a change from being passed on; null when nothing does. */
export function resourceProblem(
  deps: AlterConfigsDeps,
  resource: Resource,
  repeated: ReadonlySet<string>,
  changes: readonly ConfigChange[],
): ConfigProblem | null {
  if (repeated.has(key(resource))) return invalidRequest('Each resource must appear at most once.');
  if (new Set(changes.map(({ name }) => name)).size < changes.length) {
    return invalidRequest('Error due to duplicate config keys');
  }
  const nulls = changes.filter(({ operation, value }) => operation !== 'delete' && value === null);
  if (nulls.length > 0) {
    return invalidRequest(`Null value not supported for : ${nulls.map(({ name }) => name).join(', ')}`);
  }
  switch (resource.resourceType) {
    case configResourceType.topic:
    case configResourceType.clientMetrics:
    case configResourceType.group:
      return null;
    case configResourceType.broker:
      return brokerProblem(deps, resource.resourceName, changes);
    case configResourceType.brokerLogger:
      return invalidRequest('This broker has no loggers whose level could change.');
    default:
      return invalidRequest(`Unknown resource type ${resource.resourceType}`);
  }
}

function invalidRequest(message: string): ConfigProblem {
  return { code: ErrorCode.INVALID_REQUEST, message };
}

function brokerProblem(deps: AlterConfigsDeps, name: string, changes: readonly ConfigChange[]): ConfigProblem | null {
  if (name !== '' && !/^[+-]?\d+$/.test(name)) return invalidRequest(`Node id must be an integer, but it is: ${name}`);
  if (name !== '' && Number(name) !== deps.nodeId) {
    return invalidRequest(`Unexpected broker id, expected ${deps.nodeId}, but received ${name}`);
  }
  const entries = new Map(configEntries(deps.image(), configResourceType.broker, name));
  if (changes.some(({ operation }) => operation === 'replace')) entries.clear();
  for (const change of changes) {
    const problem = applyChange(entries, change);
    if (problem !== null) return problem;
  }
  return entriesProblem(entries, name !== '');
}

function applyChange(entries: Map<string, string>, change: ConfigChange): ConfigProblem | null {
  const { name, value, operation } = change;
  switch (operation) {
    case null:
      return invalidRequest(`Unknown operations type ${change.operationId ?? ''}`);
    case 'set':
    case 'replace':
      entries.set(name, value ?? '');
      return null;
    case 'delete':
      entries.delete(name);
      return null;
    case 'append':
    case 'subtract':
      return applyListChange(entries, name, value ?? '', operation);
  }
}

function applyListChange(
  entries: Map<string, string>,
  name: string,
  value: string,
  operation: 'append' | 'subtract',
): ConfigProblem | null {
  const definition = brokerConfig(name);
  if (definition?.type !== 'list') {
    const message =
      definition === undefined
        ? `Unknown config name: ${name}`
        : `Config value ${operation} is not allowed for config key: ${name}`;
    return { code: ErrorCode.INVALID_CONFIG, message };
  }
  const before = split(entries.get(name) ?? definition.default ?? '');
  const given = split(value);
  const after =
    operation === 'append'
      ? [...before, ...given.filter((each) => !before.includes(each))]
      : before.filter((each) => !given.includes(each));
  entries.set(name, after.join(','));
  return null;
}

function split(text: string): string[] {
  return text === '' ? [] : text.split(',').map((each) => each.trim());
}

/** `DynamicBrokerConfig.validate`; names that nobody knows are let through, as Kafka does. */
function entriesProblem(entries: ReadonlyMap<string, string>, isForOneBroker: boolean): ConfigProblem | null {
  const names = [...entries.keys()];
  const fixed = names.filter((name) => brokerConfigs.has(name) && !dynamicBrokerConfigs.has(name));
  if (fixed.length > 0) return invalidRequest(`Cannot update these configs dynamically: [${fixed.join(', ')}]`);
  const perBroker = names.filter((name) => brokerConfigs.get(name)?.update === 'per-broker');
  const perListener = perBroker.filter((name) => name.startsWith('ssl.') || name.startsWith('sasl.'));
  if (perListener.length > 0) {
    const what = 'These security configs can be dynamically updated only per-listener using the listener prefix';
    return invalidRequest(`${what}: [${perListener.join(', ')}]`);
  }
  if (!isForOneBroker && perBroker.length > 0) {
    const what = 'Cannot update these configs at default cluster level, broker id must be specified';
    return invalidRequest(`${what}: [${perBroker.join(', ')}]`);
  }
  return valuesProblem(entries);
}

function valuesProblem(entries: ReadonlyMap<string, string>): ConfigProblem | null {
  try {
    for (const [name, text] of entries) {
      const definition = brokerConfig(name);
      if (definition !== undefined) parseConfig(definition, text);
    }
    return null;
  } catch (error) {
    if (error instanceof ConfigError) return invalidRequest(error.message);
    throw error;
  }
}

/** Passes the resources without a problem on and puts all answers together, in the order of the request. */
export async function alteredElsewhere<R extends Resource>(
  resources: readonly R[],
  problemOf: (resource: R) => ConfigProblem | null,
  pass: (resources: readonly R[]) => Promise<{ readonly responses: readonly Answer[] }>,
): Promise<{ responses: Answer[] }> {
  const problems = resources.map(problemOf);
  const good = resources.filter((_, index) => problems[index] === null);
  const passed = good.length === 0 ? [] : (await pass(good)).responses;
  const byKey = new Map(passed.map((answer) => [key(answer), answer]));
  return {
    responses: resources.map((resource, index): Answer => {
      const { resourceType, resourceName } = resource;
      const problem = problems[index];
      if (problem !== null && problem !== undefined) {
        return { resourceType, resourceName, errorCode: problem.code, errorMessage: problem.message };
      }
      const answer = byKey.get(key(resource));
      const { errorCode, errorMessage } = answer ?? { errorCode: ErrorCode.UNKNOWN_SERVER_ERROR, errorMessage: null };
      return { resourceType, resourceName, errorCode, errorMessage };
    }),
  };
}
