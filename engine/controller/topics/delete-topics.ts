/**
 * DeleteTopics (20): by name up to version 5, by name or id from 6 (`ControllerApis.deleteTopics`). Deleting takes the
 * topic's partitions and configs along.
 */
import { zeroUuid } from '../../base/uuid.ts';
import type { MetadataRecord } from '../../metadata/index.ts';
import { ErrorCode } from '../../protocol/index.ts';
import type { DeleteTopicsRequest, DeleteTopicsResponseInput } from '../../protocol/index.ts';
import { plainError } from '../outcome.ts';
import type { ApiError, Decision } from '../outcome.ts';
import type { ControllerView } from '../view.ts';

type Result = DeleteTopicsResponseInput['responses'][number];
interface Wanted {
  readonly name: string | null;
  readonly id: string;
}

/** Names and ids of the request, whatever its version. */
export function wantedTopics(request: DeleteTopicsRequest): Wanted[] {
  return [
    ...request.topicNames.map((name) => ({ name, id: zeroUuid })),
    ...request.topics.map((topic) => ({ name: topic.name, id: topic.topicId })),
  ];
}

export function decideDeleteTopics(
  view: ControllerView,
  request: DeleteTopicsRequest,
): Decision<DeleteTopicsResponseInput> {
  const responses: Result[] = [];
  const fail = (name: string | null, topicId: string, error: ApiError) =>
    responses.push({ name, topicId, errorCode: error.code, errorMessage: error.message });
  const invalid = (message: string): ApiError => ({ code: ErrorCode.INVALID_REQUEST, message });
  const names = new Map<string, number>();
  const ids = new Map<string, number>();
  for (const { name, id } of wantedTopics(request)) {
    if (name === null && id === zeroUuid) fail(null, zeroUuid, invalid('Neither topic name nor id were specified.'));
    else if (name === null) ids.set(id, (ids.get(id) ?? 0) + 1);
    else if (id === zeroUuid) names.set(name, (names.get(name) ?? 0) + 1);
    else fail(name, id, invalid('You may not specify both topic name and topic id.'));
  }
  const found = new Map<string, string>();
  for (const [id, times] of ids) {
    const topic = view.image.topics.byId.get(id);
    if (times > 1) fail(null, id, invalid('Duplicate topic id.'));
    else if (topic === undefined) fail(null, id, plainError(ErrorCode.UNKNOWN_TOPIC_ID));
    else found.set(id, topic.name);
  }
  for (const [name, times] of names) {
    const topic = view.image.topics.byName.get(name);
    if (times > 1) fail(name, zeroUuid, invalid('Duplicate topic name.'));
    else if (topic === undefined) fail(name, zeroUuid, plainError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION));
    else if (ids.has(topic.id)) {
      found.delete(topic.id);
      fail(name, topic.id, invalid('The provided topic name maps to an ID that was already supplied.'));
    } else found.set(topic.id, name);
  }
  const records: MetadataRecord[] = [];
  for (const [topicId, name] of found) {
    records.push({ type: 'RemoveTopicRecord', version: 0, topicId });
    responses.push({ name, topicId, errorCode: ErrorCode.NONE, errorMessage: null });
  }
  return {
    records,
    reply: { responses },
    ...(records.length > 0 ? { why: `topics deleted: ${[...found.values()].join(', ')}` } : {}),
  };
}
