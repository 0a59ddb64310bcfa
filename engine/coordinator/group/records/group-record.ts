/**
 * A record of `__consumer_offsets` as a value, and its bytes. Values are written in the versions that Kafka 4.3.1 writes:
 * GroupMetadata 3; OffsetCommit 4, or 1 when the commit carries its own expiry (a v2-4 client's retention time).
 */
import type { GroupId, PartitionIndex, TopicName } from '../../../base/ids.ts';
import {
  ByteReader,
  ByteWriter,
  decodeMessage,
  inRange,
  MalformedMessageError,
  writeMessage,
} from '../../../protocol/index.ts';
import type { Message, MessageInput, Schema } from '../../../protocol/index.ts';
import {
  foreignGroupKey,
  foreignGroupTypes,
  groupMetadataKey,
  groupMetadataValue,
  offsetCommitKey,
  offsetCommitValue,
  type GroupMetadataValue,
  type OffsetCommitValue,
} from './schemas.ts';

export type ForeignGroupKind = 'consumer' | 'share' | 'streams';

export interface OffsetCommitRecord {
  readonly type: 'offset-commit';
  readonly group: GroupId;
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  /** Null: a tombstone. */
  readonly value: OffsetCommitValue | null;
}

export interface GroupMetadataRecord {
  readonly type: 'group-metadata';
  readonly group: GroupId;
  /** Null: a tombstone. */
  readonly value: GroupMetadataValue | null;
}

/** What this coordinator writes. */
export type GroupRecord = OffsetCommitRecord | GroupMetadataRecord;

/** What a log may hold besides: left as it is, known only as far as it says that a group is of another kind. */
export type LoadedRecord =
  | GroupRecord
  | {
      readonly type: 'foreign-group';
      readonly kind: ForeignGroupKind;
      readonly group: GroupId;
      readonly deleted: boolean;
    }
  | { readonly type: 'ignored'; readonly keyType: number };

export interface RecordBytes {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

const groupMetadataVersion = 3;
const offsetCommitVersion = 4;
const offsetCommitWithExpiryVersion = 1;

export function encodeGroupRecord(record: GroupRecord): RecordBytes {
  if (record.type === 'group-metadata') {
    return {
      key: prefixed(2, groupMetadataKey, 0, { group: record.group }),
      value:
        record.value === null
          ? null
          : prefixed(groupMetadataVersion, groupMetadataValue, groupMetadataVersion, record.value),
    };
  }
  const { group, topic, partition, value } = record;
  const key = prefixed(1, offsetCommitKey, 0, { group, topic, partition });
  if (value === null) return { key, value: null };
  const version = value.expireTimestamp === -1 ? offsetCommitVersion : offsetCommitWithExpiryVersion;
  return { key, value: prefixed(version, offsetCommitValue, version, value) };
}

/** Throws {@link MalformedMessageError} on bytes that no version explains. */
export function decodeGroupRecord(key: Uint8Array, value: Uint8Array | null): LoadedRecord {
  const reader = new ByteReader(key);
  const keyType = reader.int16();
  switch (keyType) {
    case 0:
    case 1: {
      const { group, topic, partition } = decodeMessage(offsetCommitKey, 0, reader);
      return { type: 'offset-commit', group, topic, partition, value: decodeValue(value, offsetCommitValue) };
    }
    case 2: {
      const { group } = decodeMessage(groupMetadataKey, 0, reader);
      return { type: 'group-metadata', group, value: decodeValue(value, groupMetadataValue) };
    }
    default: {
      const kind = foreignGroupTypes.get(keyType);
      if (kind === undefined) return { type: 'ignored', keyType };
      const { group } = decodeMessage(foreignGroupKey, 0, reader);
      return { type: 'foreign-group', kind, group, deleted: value === null };
    }
  }
}

function decodeValue<S extends Schema>(bytes: Uint8Array | null, schema: S): Message<S> | null {
  if (bytes === null) return null;
  const reader = new ByteReader(bytes);
  const version = reader.int16();
  if (!inRange(schema.versions, version))
    throw new MalformedMessageError(`${schema.name} has no version ${version}`, 0);
  return decodeMessage(schema, version, reader);
}

function prefixed<S extends Schema>(number: number, schema: S, version: number, message: MessageInput<S>): Uint8Array {
  const writer = new ByteWriter();
  writer.int16(number);
  writeMessage(writer, schema, version, message);
  return writer.bytes();
}
