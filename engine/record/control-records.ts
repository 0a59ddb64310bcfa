/**
 * Control records: the only record of a control batch says what happened, in its key: int16 version (0), int16 type
 * (`ControlRecordType`). Values:
 *
 *     ABORT 0, COMMIT 1      int16 version 0, int32 coordinator epoch (`EndTransactionMarker`)
 *     LEADER_CHANGE 2        flexible message `LeaderChangeMessage` (0: ids, 1: with directory ids)
 *     SNAPSHOT_HEADER 3      `SnapshotHeaderRecord`: int16 version, int64 timestamp, tags
 *     SNAPSHOT_FOOTER 4      `SnapshotFooterRecord`: int16 version, tags
 *     KRAFT_VERSION 5        `KRaftVersionRecord`: int16 version, int16 kraft version, tags
 *     KRAFT_VOTERS 6         `VotersRecord`
 *
 * Each message begins with its own version. Writing is for trusted values; reading validates.
 */
import { unreachable } from '../base/assert.ts';
import type { LeaderEpoch, NodeId, Offset, ProducerEpoch, ProducerId, TimestampMs, Uuid } from '../base/ids.ts';
import { buildBatch } from './batch-builder.ts';
import type { BatchOptions } from './batch-builder.ts';
import { getInt16 } from './big-endian.ts';
import { FlexibleReader, FlexibleWriter } from './flexible.ts';
import { InvalidRecordError } from './errors.ts';

export const ControlType = {
  abort: 0,
  commit: 1,
  leaderChange: 2,
  snapshotHeader: 3,
  snapshotFooter: 4,
  kraftVersion: 5,
  kraftVoters: 6,
} as const;
export type ControlType = (typeof ControlType)[keyof typeof ControlType];

export interface QuorumVoter {
  readonly voterId: NodeId;
  /** Null in version 0, which does not carry it. */
  readonly voterDirectoryId: Uuid | null;
}

export interface VoterEndpoint {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

export interface VotersRecordVoter {
  readonly voterId: NodeId;
  readonly voterDirectoryId: Uuid;
  readonly endpoints: readonly VoterEndpoint[];
  readonly kRaftVersionFeature: { readonly minSupportedVersion: number; readonly maxSupportedVersion: number };
}

export type ControlRecord =
  | { readonly type: 'abort' | 'commit'; readonly version: number; readonly coordinatorEpoch: number }
  | {
      readonly type: 'leader-change';
      readonly version: number;
      readonly leaderId: NodeId;
      readonly voters: readonly QuorumVoter[];
      readonly grantingVoters: readonly QuorumVoter[];
    }
  | { readonly type: 'snapshot-header'; readonly version: number; readonly lastContainedLogTimestamp: TimestampMs }
  | { readonly type: 'snapshot-footer'; readonly version: number }
  | { readonly type: 'kraft-version'; readonly version: number; readonly kRaftVersion: number }
  | { readonly type: 'kraft-voters'; readonly version: number; readonly voters: readonly VotersRecordVoter[] };

const typeIds: Readonly<Record<ControlRecord['type'], ControlType>> = {
  abort: ControlType.abort,
  commit: ControlType.commit,
  'leader-change': ControlType.leaderChange,
  'snapshot-header': ControlType.snapshotHeader,
  'snapshot-footer': ControlType.snapshotFooter,
  'kraft-version': ControlType.kraftVersion,
  'kraft-voters': ControlType.kraftVoters,
};

/** Type id in the key of a control record; null when it is none that is known (readers must skip it then). */
export function controlTypeOf(key: Uint8Array | null): ControlType | null {
  if (key === null || key.length < 4)
    throw new InvalidRecordError(`Invalid control record key of ${key?.length ?? 0} bytes`);
  const version = getInt16(key, 0);
  if (version < 0)
    throw new InvalidRecordError(`Invalid version found for control record: ${version}. May indicate data corruption`);
  const type = getInt16(key, 2);
  return type >= 0 && type <= ControlType.kraftVoters ? (type as ControlType) : null;
}

/** A control record of a kind we know; null for any other. Malformed bytes throw InvalidRecordError. */
export function decodeControlRecord(key: Uint8Array | null, value: Uint8Array | null): ControlRecord | null {
  const type = controlTypeOf(key);
  if (type === null) return null;
  if (value === null) throw new InvalidRecordError(`control record of type ${type} has no value`);
  const reader = new FlexibleReader(value);
  const version = reader.int16();
  switch (type) {
    case ControlType.abort:
    case ControlType.commit:
      return { type: type === ControlType.commit ? 'commit' : 'abort', version, coordinatorEpoch: reader.int32() };
    case ControlType.leaderChange: {
      const voter = (): QuorumVoter => {
        const read = { voterId: reader.int32(), voterDirectoryId: version >= 1 ? reader.uuid() : null };
        reader.skipTags();
        return read;
      };
      const leaderId = reader.int32();
      return {
        type: 'leader-change',
        version,
        leaderId,
        voters: reader.array(voter),
        grantingVoters: reader.array(voter),
      };
    }
    case ControlType.snapshotHeader:
      return { type: 'snapshot-header', version, lastContainedLogTimestamp: reader.int64() };
    case ControlType.snapshotFooter:
      return { type: 'snapshot-footer', version };
    case ControlType.kraftVersion:
      return { type: 'kraft-version', version, kRaftVersion: reader.int16() };
    case ControlType.kraftVoters:
      return { type: 'kraft-voters', version, voters: reader.array(() => readVoter(reader)) };
    default:
      return unreachable(type, 'control record type');
  }
}

function readVoter(reader: FlexibleReader): VotersRecordVoter {
  const voterId = reader.int32();
  const voterDirectoryId = reader.uuid();
  const endpoints = reader.array(() => {
    const endpoint = { name: reader.string(), host: reader.string(), port: reader.uint16() };
    reader.skipTags();
    return endpoint;
  });
  const feature = { minSupportedVersion: reader.int16(), maxSupportedVersion: reader.int16() };
  reader.skipTags();
  reader.skipTags();
  return { voterId, voterDirectoryId, endpoints, kRaftVersionFeature: feature };
}

export function encodeControlRecord(record: ControlRecord): { key: Uint8Array; value: Uint8Array } {
  const key = new FlexibleWriter();
  key.int16(0);
  key.int16(typeIds[record.type]);
  const writer = new FlexibleWriter();
  writer.int16(record.version);
  writeBody(writer, record);
  return { key: key.bytes(), value: writer.bytes() };
}

function writeBody(writer: FlexibleWriter, record: ControlRecord): void {
  switch (record.type) {
    case 'abort':
    case 'commit':
      writer.int32(record.coordinatorEpoch);
      return;
    case 'leader-change': {
      const voter = (voter: QuorumVoter): void => {
        writer.int32(voter.voterId);
        if (record.version >= 1) writer.uuid(voter.voterDirectoryId);
        writer.noTags();
      };
      writer.int32(record.leaderId);
      writer.array(record.voters, voter);
      writer.array(record.grantingVoters, voter);
      break;
    }
    case 'snapshot-header':
      writer.int64(record.lastContainedLogTimestamp);
      break;
    case 'snapshot-footer':
      break;
    case 'kraft-version':
      writer.int16(record.kRaftVersion);
      break;
    case 'kraft-voters':
      writer.array(record.voters, (voter) => {
        writer.int32(voter.voterId);
        writer.uuid(voter.voterDirectoryId);
        writer.array(voter.endpoints, (endpoint) => {
          writer.string(endpoint.name);
          writer.string(endpoint.host);
          writer.uint16(endpoint.port);
          writer.noTags();
        });
        writer.int16(voter.kRaftVersionFeature.minSupportedVersion);
        writer.int16(voter.kRaftVersionFeature.maxSupportedVersion);
        writer.noTags();
        writer.noTags();
      });
      break;
    default:
      unreachable(record, 'control record');
  }
  writer.noTags();
}

export interface ControlBatchOptions {
  readonly baseOffset: Offset;
  readonly leaderEpoch: LeaderEpoch;
  readonly timestamp: TimestampMs;
}

/** A control batch of the quorum: each of `records` in one batch, without producer. */
export function buildControlBatch(records: readonly ControlRecord[], options: ControlBatchOptions): Uint8Array {
  const { baseOffset, leaderEpoch, timestamp } = options;
  return build(records, { baseOffset, leaderEpoch, isControl: true }, timestamp);
}

/** The marker that ends a transaction in a partition's log. */
export function buildEndTransactionMarker(options: {
  readonly type: 'abort' | 'commit';
  readonly producerId: ProducerId;
  readonly producerEpoch: ProducerEpoch;
  readonly coordinatorEpoch: number;
  readonly timestamp: TimestampMs;
  readonly leaderEpoch?: LeaderEpoch;
}): Uint8Array {
  const { type, producerId, producerEpoch, coordinatorEpoch, timestamp, leaderEpoch = -1 } = options;
  const record: ControlRecord = { type, version: 0, coordinatorEpoch };
  return build([record], { producerId, producerEpoch, leaderEpoch, isControl: true, isTransactional: true }, timestamp);
}

function build(records: readonly ControlRecord[], options: BatchOptions, timestamp: TimestampMs): Uint8Array {
  return buildBatch(
    records.map((record) => ({ timestamp, ...encodeControlRecord(record) })),
    options,
  );
}
