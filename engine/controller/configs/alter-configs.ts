/**
 * IncrementalAlterConfigs (44) and the older AlterConfigs (33), which replaces all that a resource had
 * (`ControllerApis`, `ConfigurationControlManager`). A resource is changed as a whole or not at all; others of the same
 * request stand on their own.
 */
import { configEntries, configResourceType } from '../../metadata/index.ts';
import type { ConfigResource, MetadataRecord } from '../../metadata/index.ts';
import { ErrorCode } from '../../protocol/index.ts';
import type {
  AlterConfigsRequest,
  AlterConfigsResponseInput,
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponseInput,
} from '../../protocol/index.ts';
import { noError } from '../outcome.ts';
import type { ApiError, Decision } from '../outcome.ts';
import type { ControllerView } from '../view.ts';
import { alterResource, configRecord, validate, withClearedElr } from './alter-resource.ts';
import type { ConfigChange, ConfigOperation } from './alter-resource.ts';

interface RequestedResource {
  readonly resourceType: number;
  readonly resourceName: string;
}
type Result = IncrementalAlterConfigsResponseInput['responses'][number];
type Records = readonly MetadataRecord[] | ApiError;

const operations: readonly ConfigOperation[] = ['set', 'delete', 'append', 'subtract'];
const knownTypes: ReadonlySet<number> = new Set(Object.values(configResourceType));

export function decideIncrementalAlterConfigs(
  view: ControllerView,
  request: IncrementalAlterConfigsRequest,
): Decision<IncrementalAlterConfigsResponseInput> {
  return decideResources(request.resources, request.validateOnly, (resource, requested) => {
    if (resource.type === configResourceType.brokerLogger) return loggersUnsupported;
    const changes = new Map<string, ConfigChange>();
    for (const { name, configOperation, value } of requested.configs) {
      const operation = operations[configOperation];
      if (operation === undefined) {
        return { code: ErrorCode.INVALID_REQUEST, message: `Unknown config operation ${configOperation}.` };
      }
      if (value === null && operation !== 'delete') {
        return { code: ErrorCode.INVALID_REQUEST, message: `Null value not supported for : ${name}` };
      }
      changes.set(name, { operation, value });
    }
    return alterResource(view, resource, changes, { created: false });
  });
}

export function decideAlterConfigs(
  view: ControllerView,
  request: AlterConfigsRequest,
): Decision<AlterConfigsResponseInput> {
  return decideResources(request.resources, request.validateOnly, (resource, requested) => {
    if (resource.type === configResourceType.brokerLogger) return loggersUnsupported;
    const current = configEntries(view.image, resource.type, resource.name);
    const wanted = new Map(requested.configs.map((config) => [config.name, config.value]));
    const set = [...wanted].filter(
      ([key, value]) => value !== (current.get(key) ?? null) || resource.type === configResourceType.broker,
    );
    const removed = [...current.keys()].filter((key) => !wanted.has(key));
    const records = [
      ...set.map(([key, value]) => configRecord(resource, key, value)),
      ...removed.map((key) => configRecord(resource, key, null)),
    ];
    return validate(view, resource, current, records, { created: false }) ?? withClearedElr(view, records);
  });
}

const loggersUnsupported: ApiError = {
  code: ErrorCode.INVALID_REQUEST,
  message: 'This node has no loggers whose levels could be altered.',
};

function decideResources<R extends RequestedResource>(
  resources: readonly R[],
  validateOnly: boolean,
  alter: (resource: ConfigResource, requested: R) => Records,
): Decision<{ readonly responses: readonly Result[] }> {
  const count = new Map<string, number>();
  const keyOf = (it: RequestedResource) => `${it.resourceType}:${it.resourceName}`;
  for (const it of resources) count.set(keyOf(it), (count.get(keyOf(it)) ?? 0) + 1);
  const responses: Result[] = [];
  const records: MetadataRecord[] = [];
  const answered = new Set<string>();
  for (const it of resources) {
    if (answered.has(keyOf(it))) continue;
    answered.add(keyOf(it));
    const outcome =
      resourceError(it, count.get(keyOf(it)) ?? 0) ?? alter({ type: it.resourceType, name: it.resourceName }, it);
    const error = 'code' in outcome ? outcome : noError;
    if (!('code' in outcome)) records.push(...outcome);
    responses.push({
      errorCode: error.code,
      errorMessage: error.message,
      resourceType: it.resourceType,
      resourceName: it.resourceName,
    });
  }
  return { records: validateOnly ? [] : records, reply: { responses } };
}

function resourceError(resource: RequestedResource, times: number): ApiError | null {
  if (!knownTypes.has(resource.resourceType)) {
    return { code: ErrorCode.UNSUPPORTED_VERSION, message: `Unknown resource type ${resource.resourceType}.` };
  }
  return times > 1 ? { code: ErrorCode.INVALID_REQUEST, message: 'Duplicate resource.' } : null;
}
