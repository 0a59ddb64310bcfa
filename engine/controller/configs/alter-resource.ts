/**
 * Changes of one config resource, checked as a whole, as records (`ConfigurationControlManager`). What keys mean and
 * which values are good is for {@link ConfigRules} to say; here are the rules that need the cluster: which resources
 * exist, and how `min.insync.replicas` and ELR (KIP-966) bear with each other.
 */
import { configEntries, configResourceType, elrEnabled } from '../../metadata/index.ts';
import type { ConfigResource, MetadataRecord, RecordOf } from '../../metadata/index.ts';
import { ErrorCode } from '../../protocol/index.ts';
import type { ApiError } from '../outcome.ts';
import type { ControllerView } from '../view.ts';

/** `AlterConfigOp.OpType`. */
export type ConfigOperation = 'set' | 'delete' | 'append' | 'subtract';

export interface ConfigChange {
  readonly operation: ConfigOperation;
  /** Null only for `delete` (and for a legacy change that deletes). */
  readonly value: string | null;
}

export type ConfigChanges = ReadonlyMap<string, ConfigChange>;

export interface AlterOptions {
  /** The resource is made by the same decision, so it need not exist yet. */
  readonly created: boolean;
}

const minIsrKey = 'min.insync.replicas';
const valueLengthMax = 32767;

/** The records of the changes, or why none of them may be made. */
export function alterResource(
  view: ControllerView,
  resource: ConfigResource,
  changes: ConfigChanges,
  options: AlterOptions,
): readonly MetadataRecord[] | ApiError {
  const current = configEntries(view.image, resource.type, resource.name);
  const records: RecordOf<'ConfigRecord'>[] = [];
  for (const [key, change] of changes) {
    const value = changedValue(view, resource, key, change, current.get(key) ?? null);
    if (value !== null && typeof value === 'object') return value;
    // A broker resource is written even when unchanged, so that brokers reload what a value points to (KAFKA-14136).
    if (value === (current.get(key) ?? null) && resource.type !== configResourceType.broker) continue;
    records.push(configRecord(resource, key, value));
  }
  const error = validate(view, resource, current, records, options);
  return error ?? withClearedElr(view, records);
}

export function configRecord(resource: ConfigResource, name: string, value: string | null): RecordOf<'ConfigRecord'> {
  return { type: 'ConfigRecord', version: 0, resourceType: resource.type, resourceName: resource.name, name, value };
}

function changedValue(
  view: ControllerView,
  resource: ConfigResource,
  key: string,
  change: ConfigChange,
  current: string | null,
): string | null | ApiError {
  if (change.operation === 'delete') return null;
  if (change.operation === 'set') return change.value;
  const rules = view.config.configRules;
  if (!rules.isList(resource.type, key)) {
    const operation = change.operation.toUpperCase();
    return {
      code: ErrorCode.INVALID_CONFIG,
      message: `Can't ${operation} to key ${key} because its type is not LIST.`,
    };
  }
  const before = (current ?? rules.defaultValue(resource.type, key) ?? '').split(',').filter((part) => part !== '');
  const named = (change.value ?? '').split(',');
  const after =
    change.operation === 'append'
      ? [...before, ...named.filter((part) => !before.includes(part))]
      : before.filter((part) => !named.includes(part));
  return after.join(',');
}

/** Checks the resource as it would be after `records`. */
export function validate(
  view: ControllerView,
  resource: ConfigResource,
  current: ReadonlyMap<string, string>,
  records: readonly RecordOf<'ConfigRecord'>[],
  options: AlterOptions,
): ApiError | null {
  const after = new Map(current);
  for (const { name, value } of records) {
    if (value === null) after.delete(name);
    else after.set(name, value);
    if (value !== null && value.length > valueLengthMax) {
      return {
        code: ErrorCode.INVALID_CONFIG,
        message: 'The configuration value cannot be added because it exceeds the maximum value size of 32767 bytes.',
      };
    }
  }
  return (
    minIsrError(view, resource, records) ??
    view.config.configRules.validate(resource.type, resource.name, after) ??
    (options.created ? null : missingResource(view, resource))
  );
}

/** With ELR there must be exactly one cluster-wide value below the topics' own. */
function minIsrError(
  view: ControllerView,
  resource: ConfigResource,
  records: readonly RecordOf<'ConfigRecord'>[],
): ApiError | null {
  if (resource.type !== configResourceType.broker || !elrEnabled(view.image)) return null;
  const change = records.find((record) => record.name === minIsrKey);
  if (change === undefined) return null;
  const invalid = (message: string): ApiError => ({ code: ErrorCode.INVALID_CONFIG, message });
  if (resource.name !== '') {
    return invalid('Broker-level min.insync.replicas cannot be altered while ELR is enabled.');
  }
  if (change.value !== null) return null;
  return invalid('Cluster-level min.insync.replicas cannot be removed while ELR is enabled.');
}

function missingResource(view: ControllerView, resource: ConfigResource): ApiError | null {
  if (resource.type === configResourceType.topic && !view.image.topics.byName.has(resource.name)) {
    return {
      code: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      message: `The topic '${resource.name}' does not exist.`,
    };
  }
  if (resource.type === configResourceType.broker && resource.name !== '') {
    const id = Number(resource.name);
    if (!/^-?\d+$/.test(resource.name)) {
      return { code: ErrorCode.INVALID_REQUEST, message: `Invalid broker name ${resource.name}` };
    }
    const { brokers, controllers } = view.image.cluster;
    if (!brokers.has(id) && !controllers.has(id)) {
      return { code: ErrorCode.BROKER_ID_NOT_REGISTERED, message: `No node with id ${resource.name} found.` };
    }
  }
  return null;
}

/** Another `min.insync.replicas` makes what the ELR says about the old one worthless. */
export function withClearedElr(
  view: ControllerView,
  records: readonly RecordOf<'ConfigRecord'>[],
): readonly MetadataRecord[] {
  if (!elrEnabled(view.image)) return records;
  const cleared: MetadataRecord[] = [];
  for (const record of records) {
    if (record.name !== minIsrKey) continue;
    if (record.resourceType === configResourceType.topic) {
      cleared.push({ type: 'ClearElrRecord', version: 0, topicName: record.resourceName });
    } else if (record.resourceType === configResourceType.broker) {
      cleared.push({ type: 'ClearElrRecord', version: 0, topicName: '' });
    }
  }
  return [...records, ...cleared];
}
