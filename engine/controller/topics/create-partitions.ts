/** CreatePartitions (37): a topic gets more partitions, never fewer (`ReplicationControlManager.createPartitions`). */
import type { MetadataRecord } from '../../metadata/index.ts';
import { ErrorCode } from '../../protocol/index.ts';
import type { CreatePartitionsRequest, CreatePartitionsResponseInput } from '../../protocol/index.ts';
import { plainError } from '../outcome.ts';
import type { ApiError, Decision } from '../outcome.ts';
import type { ControllerView } from '../view.ts';
import { assignedPartitions, isApiError, newPartitionRecords, placedPartitions } from './new-partitions.ts';

type Topic = CreatePartitionsRequest['topics'][number];
type Result = CreatePartitionsResponseInput['results'][number];

export function decideCreatePartitions(
  view: ControllerView,
  request: CreatePartitionsRequest,
): Decision<CreatePartitionsResponseInput> {
  const count = new Map<string, number>();
  for (const { name } of request.topics) count.set(name, (count.get(name) ?? 0) + 1);
  const results: Result[] = [];
  const grown: string[] = [];
  const records: MetadataRecord[] = [];
  for (const [name, times] of count) {
    if (times > 1) {
      results.push({ name, errorCode: ErrorCode.INVALID_REQUEST, errorMessage: 'Duplicate topic name.' });
    }
  }
  for (const topic of request.topics) {
    if (count.get(topic.name) !== 1) continue;
    const outcome = growTopic(view, topic);
    if (isApiError(outcome)) {
      results.push({ name: topic.name, errorCode: outcome.code, errorMessage: outcome.message });
      continue;
    }
    records.push(...outcome);
    grown.push(`${topic.name} to ${topic.count}`);
    results.push({ name: topic.name, errorCode: ErrorCode.NONE, errorMessage: null });
  }
  return {
    records: request.validateOnly ? [] : records,
    reply: { results },
    ...(grown.length > 0 && !request.validateOnly ? { why: `partitions added: ${grown.join(', ')}` } : {}),
  };
}

function growTopic(view: ControllerView, request: Topic): readonly MetadataRecord[] | ApiError {
  const topic = view.image.topics.byName.get(request.name);
  if (topic === undefined) return plainError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  const existing = topic.partitions.size;
  const invalid = (message: string): ApiError => ({ code: ErrorCode.INVALID_PARTITIONS, message });
  if (request.count === existing) return invalid(`Topic already has ${existing} partition(s).`);
  if (request.count < existing) {
    return invalid(
      `The topic ${request.name} currently has ${existing} partition(s); ${request.count} would not be an increase.`,
    );
  }
  const additional = request.count - existing;
  const replicationFactor = topic.partitions.get(0)?.replicas.length ?? 1;
  const { assignments } = request;
  if (assignments !== null && assignments.length !== additional) {
    return {
      code: ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      message:
        `Attempted to add ${additional} additional partition(s), but only ${assignments.length} assignment(s) were ` +
        'specified.',
    };
  }
  const partitions =
    assignments === null
      ? placedPartitions(view, existing, additional, replicationFactor, false)
      : assignedPartitions(
          view,
          assignments.map((it, i) => ({ index: existing + i, replicas: it.brokerIds })),
          replicationFactor,
        );
  return isApiError(partitions) ? partitions : newPartitionRecords(topic.id, partitions);
}
