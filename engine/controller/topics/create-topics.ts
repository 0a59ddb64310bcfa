/**
 * CreateTopics (19): names, configs and assignments checked topic by topic, all that is fine created in one atomic
 * group of records (`ReplicationControlManager.createTopics`, duplicates as `ControllerApis.createTopics`).
 *
 * Each topic becomes: TopicRecord, its ConfigRecords, its PartitionRecords.
 */
import type { PartitionIndex, Uuid } from '../../base/ids.ts';
import { uuidFromBytes } from '../../base/uuid.ts';
import type { Random } from '../../env/random.ts';
import { configEntries, configResourceType } from '../../metadata/index.ts';
import type { MetadataRecord } from '../../metadata/index.ts';
import { ErrorCode } from '../../protocol/index.ts';
import type { CreateTopicsRequest, CreateTopicsResponseInput } from '../../protocol/index.ts';
import { alterResource } from '../configs/alter-resource.ts';
import type { ConfigChanges } from '../configs/alter-resource.ts';
import type { ApiError, Decision } from '../outcome.ts';
import type { ControllerView } from '../view.ts';
import { assignedPartitions, isApiError, newPartitionRecords, placedPartitions } from './new-partitions.ts';
import type { NewPartition } from './new-partitions.ts';
import { collidingTopic, topicNameError } from './topic-name.ts';

type Topic = CreateTopicsRequest['topics'][number];
type Result = NonNullable<CreateTopicsResponseInput['topics']>[number];

interface CreatedTopic {
  readonly result: Result;
  readonly records: readonly MetadataRecord[];
  readonly partitions: number;
}

const metadataTopic = '__cluster_metadata';

export function decideCreateTopics(
  view: ControllerView,
  request: CreateTopicsRequest,
): Decision<CreateTopicsResponseInput> {
  const records: MetadataRecord[] = [];
  const topics: Result[] = [];
  const refusedLast: Result[] = [];
  const created: string[] = [];
  for (const topic of withoutDuplicates(request.topics, refusedLast)) {
    const outcome = createTopic(view, topic);
    if ('code' in outcome) {
      topics.push(errorResult(topic.name, outcome));
      continue;
    }
    topics.push(outcome.result);
    records.push(...outcome.records);
    created.push(`${topic.name} (${outcome.partitions})`);
  }
  return {
    records: request.validateOnly ? [] : records,
    reply: { topics: [...topics, ...refusedLast] },
    ...(created.length > 0 && !request.validateOnly ? { why: `topics created: ${created.join(', ')}` } : {}),
  };
}

/** A name given twice is refused once, and so is the metadata log's own. */
function withoutDuplicates(topics: readonly Topic[], refused: Result[]): Topic[] {
  const count = new Map<string, number>();
  for (const { name } of topics) count.set(name, (count.get(name) ?? 0) + 1);
  for (const [name, times] of count) {
    if (times > 1) refused.push(errorResult(name, invalidRequest('Duplicate topic name.')));
  }
  const internal = topics.find((topic) => topic.name === metadataTopic);
  if (internal !== undefined && count.get(metadataTopic) === 1) {
    const message = `Creation of internal topic ${metadataTopic} is prohibited.`;
    refused.push(errorResult(metadataTopic, invalidRequest(message)));
  }
  return topics.filter(({ name }) => count.get(name) === 1 && name !== metadataTopic);
}

function invalidRequest(message: string): ApiError {
  return { code: ErrorCode.INVALID_REQUEST, message };
}

/** The entry of one refused topic. */
export function errorResult(name: string, error: ApiError): Result {
  return { name, errorCode: error.code, errorMessage: error.message };
}

function createTopic(view: ControllerView, topic: Topic): CreatedTopic | ApiError {
  const nameError = checkName(view, topic.name);
  if (nameError !== null) return nameError;
  const nulls = topic.configs.filter((config) => config.value === null).map((config) => config.name);
  if (nulls.length > 0) {
    return {
      code: ErrorCode.INVALID_CONFIG,
      message: `Null value not supported for topic configs: ${nulls.join(',')}`,
    };
  }
  const configs = createConfigs(view, topic);
  if (isApiError(configs)) return configs;
  const partitions = createPartitions(view, topic);
  if (isApiError(partitions)) return partitions;
  const topicId = randomTopicId(view.random);
  return {
    result: createdResult(view, topic, topicId, partitions),
    records: [
      { type: 'TopicRecord', version: 0, name: topic.name, topicId },
      ...configs,
      ...newPartitionRecords(topicId, partitions),
    ],
    partitions: partitions.length,
  };
}

function checkName(view: ControllerView, name: string): ApiError | null {
  const { byName } = view.image.topics;
  if (byName.has(name)) return { code: ErrorCode.TOPIC_ALREADY_EXISTS, message: `Topic '${name}' already exists.` };
  const invalid = (message: string): ApiError => ({ code: ErrorCode.INVALID_TOPIC_EXCEPTION, message });
  const colliding = collidingTopic(name, byName.keys());
  if (colliding !== null) return invalid(`Topic '${name}' collides with existing topic: ${colliding}`);
  const reason = topicNameError(name);
  return reason === null ? null : invalid(reason);
}

function createConfigs(view: ControllerView, topic: Topic): readonly MetadataRecord[] | ApiError {
  if (topic.configs.length === 0) return [];
  const changes: ConfigChanges = new Map(
    topic.configs.map((config) => [config.name, { operation: 'set' as const, value: config.value }]),
  );
  return alterResource(view, { type: configResourceType.topic, name: topic.name }, changes, { created: true });
}

function createPartitions(view: ControllerView, topic: Topic): readonly NewPartition[] | ApiError {
  if (topic.assignments.length > 0) return manualPartitions(view, topic);
  const { replicationFactor, numPartitions } = topic;
  if (replicationFactor < -1 || replicationFactor === 0) {
    return {
      code: ErrorCode.INVALID_REPLICATION_FACTOR,
      message: 'Replication factor must be larger than 0, or -1 to use the default value.',
    };
  }
  if (numPartitions < -1 || numPartitions === 0) {
    return {
      code: ErrorCode.INVALID_PARTITIONS,
      message: 'Number of partitions was set to an invalid non-positive value.',
    };
  }
  const count = numPartitions === -1 ? view.config.defaultPartitions : numPartitions;
  const factor = replicationFactor === -1 ? view.config.defaultReplicationFactor : replicationFactor;
  return placedPartitions(view, 0, count, factor, true);
}

function manualPartitions(view: ControllerView, topic: Topic): readonly NewPartition[] | ApiError {
  if (topic.replicationFactor !== -1) {
    return invalidRequest('A manual partition assignment was specified, but replication factor was not set to -1.');
  }
  if (topic.numPartitions !== -1) {
    return invalidRequest('A manual partition assignment was specified, but numPartitions was not set to -1.');
  }
  const invalid = (message: string): ApiError => ({ code: ErrorCode.INVALID_REPLICA_ASSIGNMENT, message });
  const seen = new Set<PartitionIndex>();
  for (const { partitionIndex } of topic.assignments) {
    if (seen.has(partitionIndex)) {
      return invalid(`Found multiple manual partition assignments for partition ${partitionIndex}`);
    }
    seen.add(partitionIndex);
  }
  const assignments = topic.assignments.map((it) => ({ index: it.partitionIndex, replicas: it.brokerIds }));
  const partitions = assignedPartitions(view, assignments, null);
  if (isApiError(partitions)) return partitions;
  for (let index = 0; index < partitions.length; index++) {
    if (!seen.has(index)) return invalid('partitions should be a consecutive 0-based integer sequence');
  }
  return [...partitions].sort((a, b) => a.index - b.index);
}

function createdResult(view: ControllerView, topic: Topic, topicId: Uuid, partitions: readonly NewPartition[]): Result {
  const entries = new Map<string, string>();
  for (const { name, value } of topic.configs) if (value !== null) entries.set(name, value);
  const clusterWide = configEntries(view.image, configResourceType.broker, '');
  const effective = view.config.configRules.effectiveTopicConfigs(entries, clusterWide);
  return {
    name: topic.name,
    topicId,
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    numPartitions: partitions.length,
    replicationFactor: partitions[0]?.registration.replicas.length ?? -1,
    configs: effective.map((config) => ({
      name: config.name,
      value: config.sensitive ? null : config.value,
      readOnly: config.readOnly,
      configSource: config.source,
      isSensitive: config.sensitive,
    })),
  };
}

/** `Uuid.randomUuid`: a version 4 id whose text does not begin with a dash, which would look like an option. */
export function randomTopicId(random: Random): Uuid {
  for (;;) {
    const bytes = random.bytes(16);
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    const id = uuidFromBytes(bytes);
    if (!id.startsWith('-')) return id;
  }
}
