/**
 * What is inside records, in words: keys and values as text, or decoded as records of `__cluster_metadata` or
 * `__consumer_offsets`, as the message parsers of Kafka's `DumpLogSegments` print them.
 */
import { decodeMetadataRecord, metadataRecordSchemas } from '../../metadata/index.ts';
import {
  groupMetadataKey,
  groupMetadataValue,
  offsetCommitKey,
  offsetCommitValue,
} from '../../coordinator/group/records/schemas.ts';
import type { ControlRecord, RecordCursor } from '../../record/index.ts';
import { fromUtf8 } from '../../base/text.ts';
import { array, bytes, decodeMessage, defineSchema, int32, string } from '../../protocol/index.ts';
import type { Schema } from '../../protocol/index.ts';
import type { Json } from './message-json.ts';
import { messageJson } from './message-json.ts';

export type RecordDecoder = 'text' | 'cluster-metadata' | 'offsets';

export interface RecordText {
  readonly key: string | null;
  readonly payload: string | null;
}

const decoders: Readonly<Record<RecordDecoder, (record: RecordCursor) => RecordText>> = {
  text: ({ key, value }) => ({ key: key && fromUtf8(key), payload: value && fromUtf8(value) }),
  'cluster-metadata': metadataText,
  offsets: offsetsText,
};

/** Empty text is no null: a null key or value is not printed at all. */
export function recordText(record: RecordCursor, decoder: RecordDecoder): RecordText {
  return decoders[decoder](record);
}

function metadataText({ value, offset }: RecordCursor): RecordText {
  try {
    const { type, version, ...fields } = decodeMetadataRecord(value ?? new Uint8Array(0));
    const data = messageJson(metadataRecordSchemas[type], version, fields);
    return { key: null, payload: JSON.stringify({ type: upperSnake(type), version, data }) };
  } catch (error) {
    return { key: null, payload: `Error at ${offset}, skipping. ${(error as Error).message}` };
  }
}

/** `NoOpRecord` -> `NO_OP_RECORD`. */
function upperSnake(name: string): string {
  return name.replace(/(?<!^)([A-Z])/g, '_$1').toUpperCase();
}

function offsetsText({ key, value, offset }: RecordCursor): RecordText {
  if (key === null) {
    throw new Error(
      `Failed to decode message at offset ${offset} using offset topic decoder (message had a missing key)`,
    );
  }
  try {
    const type = int16At(key);
    const schemas = groupSchemas(type);
    if (schemas === null) return { key: `Unknown record type ${type} at offset ${offset}, skipping.`, payload: null };
    // Types 0 and 1 share their key; the schema of the key knows one version only.
    const keyJson = messageJson(schemas.key, 0, decodeMessage(schemas.key, 0, key.subarray(2)));
    const text = JSON.stringify({ type: String(type), data: keyJson });
    if (value === null) return { key: text, payload: '<DELETE>' };
    const version = int16At(value);
    const data = messageJson(schemas.value, version, decodeMessage(schemas.value, version, value.subarray(2)));
    return { key: text, payload: JSON.stringify({ version: String(version), data: withMembers(data) }) };
  } catch (error) {
    return { key: `Error at offset ${offset}, skipping. ${(error as Error).message}`, payload: null };
  }
}

function groupSchemas(type: number): { readonly key: Schema; readonly value: Schema } | null {
  if (type === 0 || type === 1) return { key: offsetCommitKey, value: offsetCommitValue };
  return type === 2 ? { key: groupMetadataKey, value: groupMetadataValue } : null;
}

function int16At(content: Uint8Array): number {
  return ((content[0]! << 24) >> 16) | content[1]!;
}

const topicPartitions = { topic: string('0+'), partitions: array('0+', 'int32') } as const;
const subscriptionSchema = defineSchema({
  name: 'ConsumerProtocolSubscription',
  versions: '0-3',
  flexible: 'none',
  fields: {
    topics: array('0+', 'string'),
    userData: bytes('0+', { nullable: '0+', default: null }),
    ownedPartitions: array('1+', topicPartitions, { default: [], ignorable: true }),
    generationId: int32('2+', { default: -1, ignorable: true }),
    rackId: string('3+', { nullable: '3+', default: null, ignorable: true }),
  },
});
const assignmentSchema = defineSchema({
  name: 'ConsumerProtocolAssignment',
  versions: '0-3',
  flexible: 'none',
  fields: {
    assignedPartitions: array('0+', topicPartitions),
    userData: bytes('0+', { nullable: '0+', default: null }),
  },
});

/** Members of a group of consumers: their subscription and assignment decoded, or as they are when that fails. */
function withMembers(group: Json): Json {
  if (typeof group !== 'object' || group === null || !('members' in group) || group.protocolType !== 'consumer')
    return group;
  const members = Array.isArray(group.members) ? group.members : [];
  return { ...group, members: members.map((member: Json) => withProtocol(member)) };
}

function withProtocol(member: Json): Json {
  if (typeof member !== 'object' || member === null || !('subscription' in member)) return member;
  const { subscription = null, assignment = null } = member;
  return {
    ...member,
    subscription: decoded(subscriptionSchema, subscription),
    assignment: decoded(assignmentSchema, assignment),
  };
}

function decoded(schema: Schema, base64: Json): Json {
  if (typeof base64 !== 'string') return base64;
  try {
    const content = new Uint8Array(Buffer.from(base64, 'base64'));
    const version = int16At(content);
    return messageJson(schema, version, decodeMessage(schema, version, content.subarray(2)));
  } catch {
    return base64;
  }
}

/** What a control record says, behind its offset, timestamp and sizes. */
export function controlText(record: ControlRecord): string {
  switch (record.type) {
    case 'abort':
    case 'commit':
      return `endTxnMarker: ${record.type.toUpperCase()} coordinatorEpoch: ${record.coordinatorEpoch}`;
    case 'leader-change': {
      const { version, leaderId } = record;
      const voters = record.voters.map(votersJson);
      return `LeaderChange: ${JSON.stringify({ version, leaderId, voters, grantingVoters: record.grantingVoters.map(votersJson) })}`;
    }
    case 'snapshot-header': {
      const { version, lastContainedLogTimestamp } = record;
      return `SnapshotHeader ${JSON.stringify({ version, lastContainedLogTimestamp })}`;
    }
    case 'snapshot-footer':
      return `SnapshotFooter ${JSON.stringify({ version: record.version })}`;
    case 'kraft-version':
      return `KRaftVersion ${JSON.stringify({ version: record.version, kRaftVersion: record.kRaftVersion })}`;
    case 'kraft-voters':
      return `KRaftVoters ${JSON.stringify({ version: record.version, voters: record.voters })}`;
  }
}

function votersJson({ voterId, voterDirectoryId }: { voterId: number; voterDirectoryId: string | null }): Json {
  return voterDirectoryId === null ? { voterId } : { voterId, voterDirectoryId };
}
