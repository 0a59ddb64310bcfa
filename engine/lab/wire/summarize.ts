/**
 * What a request and its response say, in few values. Messages of all APIs are alike: topics hold partitions, and what is
 * told of a partition has the same names everywhere; so one walk serves all of them.
 */
import { zeroUuid } from '../../base/uuid.ts';
import type { TappedCall } from '../../env/index.ts';
import { errorName } from '../../protocol/index.ts';
import {
  batchAt,
  Compression,
  CorruptRecordError,
  InvalidRecordError,
  iterateBatches,
  noCodecs,
  RecordCursor,
} from '../../record/index.ts';
import type { WireClass, WireGroup, WireSubject } from '../../contract/wire.ts';
import type { Summary } from './halves.ts';

type Fields = Readonly<Record<string, unknown>>;
type Draft = { -readonly [K in keyof WireSubject]: WireSubject[K] };

/** Of one call; a Metadata of many topics is cut there. */
const subjectsMax = 48;
const batchesMax = 512;
const timesMax = 100;
const textMax = 120;

/** `Uuid.METADATA_TOPIC_ID`. */
export const metadataTopicId = 'AAAAAAAAAAAAAAAAAAAAAQ';
export const metadataTopic = '__cluster_metadata';

const groupApis = new Set(['JoinGroup', 'SyncGroup', 'LeaveGroup', 'OffsetCommit', 'OffsetFetch', 'FindCoordinator']);
const quorumApis = new Set(['Vote', 'BeginQuorumEpoch', 'EndQuorumEpoch', 'FetchSnapshot', 'DescribeQuorum']);

/** `withTimes`: of each record that a Produce carries, too. */
export function summarize(
  { api, request, response }: Pick<TappedCall, 'api' | 'request' | 'response'>,
  withTimes = false,
): Summary {
  const drafts = new Map<string, Draft>();
  const found: Subjects = { drafts, named: new Map() };
  readTopics(request, found, (partition, draft) => readRequested(partition, draft, withTimes));
  if (response !== null) readTopics(response, found, readAnswered);
  const subjects = [...drafts.values()];
  if (api.name === 'Produce') for (const subject of subjects) setLastOffset(subject);
  const error = firstError(response, subjects);
  return {
    class: classOf(api.name, subjects, error, response),
    subjects,
    group: groupOf(request, response),
    fields: fieldsOf(api.name, request, response),
    error,
  };
}

/** Whether it reads the log of the quorum: never left out, unlike a fetch of records. */
export function isMetadataFetch(request: Fields): boolean {
  const topic = objects(request['topics'])[0];
  return topic !== undefined && (topic['topicId'] === metadataTopicId || topic['topic'] === metadataTopic);
}

function classOf(api: string, subjects: readonly Draft[], error: string | null, response: Fields | null): WireClass {
  if (quorumApis.has(api)) return 'quorum';
  if (api === 'Fetch') {
    const isQuorum = subjects.some(({ topic }) => topic === metadataTopicId || topic === metadataTopic);
    const isIdle = error === null && subjects.every(({ records }) => records === null || records === 0);
    return isIdle ? 'beat' : isQuorum ? 'quorum' : 'data';
  }
  if (api === 'Produce') return 'data';
  if (groupApis.has(api)) return 'group';
  if (api === 'Heartbeat') return error === null ? 'beat' : 'group';
  if (api === 'BrokerHeartbeat') return error === null && response?.['isFenced'] === false ? 'beat' : 'cluster';
  return 'cluster';
}

function objects(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'object' && each !== null) : [];
}

function number(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

/** As above, where Kafka writes -1 for none. */
function known(value: unknown): number | null {
  return typeof value === 'number' && value >= 0 ? value : null;
}

interface Subjects {
  readonly drafts: Map<string, Draft>;
  /** Ids of topics that came with their name, too: an answer may have either. */
  readonly named: Map<string, string>;
}

function readTopics(message: Fields, found: Subjects, read: (partition: Fields, draft: Draft) => void): void {
  const { drafts, named } = found;
  const groups = objects(message['groups']);
  for (const holder of groups.length > 0 ? groups : [message]) {
    for (const topic of objects(holder['topics'] ?? holder['topicData'] ?? holder['responses'])) {
      const name = topicOf(topic, named);
      for (const partition of objects(topic['partitions'] ?? topic['partitionData'] ?? topic['partitionResponses'])) {
        const index = number(partition['partitionIndex'] ?? partition['index'] ?? partition['partition']);
        if (name === null || index === null) continue;
        const key = `${name} ${index}`;
        const draft = drafts.get(key) ?? emptySubject(name, index);
        if (!drafts.has(key) && drafts.size >= subjectsMax) return;
        drafts.set(key, draft);
        read(partition, draft);
      }
    }
  }
}

function topicOf(topic: Fields, named: Map<string, string>): string | null {
  const name = text(topic['topic'] ?? topic['name'] ?? topic['topicName']);
  const id = topic['topicId'] === zeroUuid ? null : text(topic['topicId']);
  if (name !== null && id !== null) named.set(name, id);
  return id ?? (name === null ? null : (named.get(name) ?? name));
}

function emptySubject(topic: string, partition: number): Draft {
  return {
    topic,
    partition,
    fetchOffset: null,
    baseOffset: null,
    lastOffset: null,
    records: null,
    bytes: null,
    highWatermark: null,
    producerId: null,
    baseSequence: null,
    firstTimestampMs: null,
    maxTimestampMs: null,
    timestamps: null,
    drainedMs: null,
    drainedBy: null,
    leader: null,
    leaderEpoch: null,
    committed: null,
    error: null,
  };
}

function readRequested(partition: Fields, draft: Draft, withTimes: boolean): void {
  draft.fetchOffset = number(partition['fetchOffset']);
  draft.committed = known(partition['committedOffset']);
  draft.leader = known(partition['leaderId']);
  draft.leaderEpoch = known(partition['currentLeaderEpoch'] ?? partition['leaderEpoch'] ?? partition['replicaEpoch']);
  readRecords(partition['records'], draft, false);
  if (withTimes) readTimes(partition['records'], draft);
}

function readAnswered(partition: Fields, draft: Draft): void {
  const code = number(partition['errorCode']) ?? 0;
  if (code !== 0) draft.error = errorName(code);
  draft.baseOffset ??= known(partition['baseOffset']);
  draft.highWatermark ??= known(partition['highWatermark']);
  draft.committed ??= known(partition['committedOffset']);
  draft.fetchOffset ??= known(partition['offset']);
  const now = partition['currentLeader'];
  const current = typeof now === 'object' && now !== null ? (now as Fields) : partition;
  draft.leader = known(current['leaderId']) ?? draft.leader;
  draft.leaderEpoch = known(current['leaderEpoch']) ?? draft.leaderEpoch;
  readRecords(partition['records'], draft, true);
}

/** A producer's batches start at 0 each; their offsets are the broker's answer. */
function readRecords(records: unknown, draft: Draft, withOffsets: boolean): void {
  if (!(records instanceof Uint8Array)) return;
  draft.bytes = records.length;
  draft.records = 0;
  let seen = 0;
  try {
    for (const batch of iterateBatches(records)) {
      draft.records += batch.recordCount;
      draft.producerId ??= batch.producerId;
      draft.baseSequence ??= batch.baseSequence;
      draft.firstTimestampMs ??= batch.baseTimestamp;
      draft.maxTimestampMs = Math.max(draft.maxTimestampMs ?? 0, batch.maxTimestamp);
      if (withOffsets) {
        draft.baseOffset ??= batch.baseOffset;
        draft.lastOffset = batch.lastOffset;
      }
      if (++seen === batchesMax) break;
    }
  } catch (error) {
    if (!(error instanceof CorruptRecordError)) throw error;
  }
}

/** Of one batch, which is all that a producer sends for a partition at a time. */
function readTimes(records: unknown, draft: Draft): void {
  if (!(records instanceof Uint8Array) || draft.records === null || draft.records > timesMax) return;
  try {
    const batch = batchAt(records, 0);
    if (batch === null || batch.compression !== Compression.none || batch.sizeInBytes !== records.length) return;
    const cursor = new RecordCursor(batch, noCodecs);
    const times: number[] = [];
    while (cursor.next()) times.push(cursor.timestamp - batch.baseTimestamp);
    draft.timestamps = times;
  } catch (error) {
    if (!(error instanceof CorruptRecordError || error instanceof InvalidRecordError)) throw error;
  }
}

function setLastOffset(subject: Draft): void {
  const { baseOffset, records } = subject;
  if (baseOffset !== null && records !== null && records > 0) subject.lastOffset = baseOffset + records - 1;
}

function firstError(response: Fields | null, subjects: readonly Draft[]): string | null {
  if (response === null) return null;
  const codes = [response, ...['groups', 'coordinators', 'members'].flatMap((name) => objects(response[name]))];
  for (const { errorCode } of codes) if (typeof errorCode === 'number' && errorCode !== 0) return errorName(errorCode);
  return subjects.find(({ error }) => error !== null)?.error ?? null;
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function groupOf(request: Fields, response: Fields | null): WireGroup | null {
  const first = objects(request['groups'])[0];
  const group = text(request['groupId']) ?? text(first?.['groupId']);
  if (group === null) return null;
  const leaving = objects(request['members'])[0];
  const member = text(response?.['memberId']) ?? text(request['memberId']) ?? text(leaving?.['memberId']);
  const generation =
    known(response?.['generationId']) ?? known(request['generationId']) ?? known(request['generationIdOrMemberEpoch']);
  return { group, member, generation };
}

/** Told elsewhere, or of no use to anybody who looks. */
const unsaid = new Set([
  'throttleTimeMs',
  'errorCode',
  'errorMessage',
  'clusterId',
  'groupId',
  'memberId',
  'generationId',
  'generationIdOrMemberEpoch',
  'clusterAuthorizedOperations',
  'includeTopicAuthorizedOperations',
  'includeClusterAuthorizedOperations',
  'rackId',
  'rack',
  'sessionId',
  'isolationLevel',
  'incarnationId',
  'retentionTimeMs',
]);
const ofPartition = [
  'replicaId',
  'replicaEpoch',
  'lastOffset',
  'lastOffsetEpoch',
  'preVote',
  'voteGranted',
  'partitionEpoch',
];

function fieldsOf(api: string, request: Fields, response: Fields | null): Record<string, string | number> {
  const fields: Record<string, string | number> = {};
  const add = (name: string, value: unknown): void => {
    if (typeof value === 'number') fields[name] = value;
    else if (typeof value === 'boolean') fields[name] = String(value);
    else if (typeof value === 'string' && value !== '') fields[name] = value.slice(0, textMax);
  };
  const addAll = (message: Fields): void => {
    for (const [name, value] of Object.entries(message)) if (!unsaid.has(name)) add(name, value);
  };
  if (api === 'Produce') add('acks', request['acks']);
  else if (api === 'Fetch') {
    const state = request['replicaState'] as Fields | undefined;
    const replica = known(state?.['replicaId']) ?? known(request['replicaId']);
    if (replica !== null) add('replicaId', replica);
    add('maxWaitMs', request['maxWaitMs']);
    add('minBytes', request['minBytes']);
  } else {
    addAll(request);
    if (response !== null) addAll(response);
    for (const message of [request, response ?? {}]) addQuorum(message, add);
    addCounts(request, response, add);
  }
  return fields;
}

/** Vote and its kind tell about one partition, the quorum's. */
function addQuorum(message: Fields, add: (name: string, value: unknown) => void): void {
  const topic = objects(message['topics'])[0];
  const partition = topic === undefined ? undefined : objects(topic['partitions'])[0];
  if (partition === undefined) return;
  for (const name of ofPartition) add(name, partition[name]);
  const isr = partition['isr'] ?? partition['newIsr'];
  if (Array.isArray(isr) && isr.length > 0) add('isr', isr.join(', '));
  const withEpochs = objects(partition['newIsrWithEpochs']);
  if (withEpochs.length > 0) add('newIsr', withEpochs.map((each) => String(each['brokerId'])).join(', '));
}

function addCounts(request: Fields, response: Fields | null, add: (name: string, value: unknown) => void): void {
  const members = objects(response?.['members']).length;
  if (members > 0) add('members', members);
  const assignments = objects(request['assignments']).length;
  if (assignments > 0) add('assignments', assignments);
  const coordinator = objects(response?.['coordinators'])[0];
  if (coordinator !== undefined) add('coordinator', coordinator['nodeId']);
}
