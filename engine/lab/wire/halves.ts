/**
 * One end's view of a call, as threads send it to the journal and as it lies there: short, since there are thousands a
 * minute. Both halves of a call have the same two ports and the same correlation id; see `join`.
 */
import type { LinkEnd } from '../../contract/faults.ts';
import type { WireClass, WireGroup, WireSubject } from '../../contract/wire.ts';

/** What one end noted. */
export interface Half {
  /** `called`: from the connecting end; `served`: from the accepting one. */
  readonly side: 'called' | 'served';
  readonly self: LinkEnd;
  readonly localPort: number;
  readonly remotePort: number;
  readonly correlationId: number;
  readonly api: string;
  readonly version: number;
  readonly clientId: string | null;
  readonly beganMs: number;
  readonly handledMs: number | null;
  readonly endedMs: number | null;
  readonly requestBytes: number;
  readonly responseBytes: number | null;
  readonly failure: string | null;
  readonly oneWay: boolean;
  /** Null: the other end has it. */
  readonly summary: Summary | null;
}

/** What request and response say. A topic may stand by its id. */
export interface Summary {
  readonly class: WireClass;
  readonly subjects: readonly WireSubject[];
  readonly group: WireGroup | null;
  readonly fields: Readonly<Record<string, string | number>>;
  readonly error: string | null;
}

/** What a thread gathered. The host hands it on unread. */
export interface WireBatch {
  readonly self: LinkEnd;
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
  /** Halves of the data path that were noted only by their number. */
  readonly leftOut: number;
  /** Offsets that a Produce was answered with, by partition: where a record is to be looked for. */
  readonly ranges: readonly OffsetRange[];
  /** See {@link packHalves}. */
  readonly body: string;
}

export interface OffsetRange {
  /** Name or id. */
  readonly topic: string;
  readonly partition: number;
  readonly first: number;
  readonly last: number;
}

type Text = string | null;
type Num = number | null;
/** Fields of a {@link WireSubject} in this order. */
type PackedSubject = [
  string,
  number,
  Num,
  Num,
  Num,
  Num,
  Num,
  Num,
  Num,
  Num,
  Num,
  Num,
  Num,
  Text,
  Num,
  Num,
  Num,
  Text,
  (readonly number[])?,
];

function packSubject(s: WireSubject): PackedSubject {
  const records = [s.fetchOffset, s.baseOffset, s.lastOffset, s.records, s.bytes, s.highWatermark] as const;
  const producer = [
    s.producerId,
    s.baseSequence,
    s.firstTimestampMs,
    s.maxTimestampMs,
    s.drainedMs,
    s.drainedBy,
  ] as const;
  const packed: PackedSubject = [
    s.topic,
    s.partition,
    ...records,
    ...producer,
    s.leader,
    s.leaderEpoch,
    s.committed,
    s.error,
  ];
  if (s.timestamps !== null) packed.push(s.timestamps);
  return packed;
}

function unpackSubject(packed: PackedSubject): WireSubject {
  const [topic, partition, fetchOffset, baseOffset, lastOffset, records, bytes, highWatermark, ...rest] = packed;
  const [producerId, baseSequence, firstTimestampMs, maxTimestampMs, drainedMs, drainedBy, ...end] = rest;
  const [leader, leaderEpoch, committed, error, timestamps = null] = end;
  const carried = { fetchOffset, baseOffset, lastOffset, records, bytes, highWatermark };
  const producer = { producerId, baseSequence, firstTimestampMs, maxTimestampMs, timestamps, drainedMs, drainedBy };
  return { topic, partition, ...carried, ...producer, leader, leaderEpoch, committed, error };
}

type PackedSummary = [WireClass, PackedSubject[], WireGroup | null, Record<string, string | number>, Text];

function packSummary({ class: kind, subjects, group, fields, error }: Summary): PackedSummary {
  return [kind, subjects.map((subject) => packSubject(subject)), group, fields, error];
}

function unpackSummary([kind, subjects, group, fields, error]: PackedSummary): Summary {
  return { class: kind, subjects: subjects.map((packed) => unpackSubject(packed)), group, fields, error };
}

/** Microseconds are what can be told apart. */
function rounded<T extends number | null>(ms: T): T | number {
  return ms === null ? ms : Math.round(ms * 1000) / 1000;
}

/** One line each; `self` is the batch's. */
export function packHalf(half: Omit<Half, 'self'>): string {
  const packed: PackedHalf = [
    half.side === 'called' ? 0 : 1,
    half.localPort,
    half.remotePort,
    half.correlationId,
    half.api,
    half.version,
    half.clientId,
    rounded(half.beganMs),
    rounded(half.handledMs),
    rounded(half.endedMs),
    half.requestBytes,
    half.responseBytes,
    half.failure,
    half.oneWay ? 1 : 0,
    half.summary === null ? null : packSummary(half.summary),
  ];
  return JSON.stringify(packed);
}

export function unpackHalves(self: LinkEnd, body: string): Half[] {
  return body === '' ? [] : body.split('\n').map((line) => unpackHalf(self, line));
}

type PackedHalf = [
  number,
  number,
  number,
  number,
  string,
  number,
  Text,
  number,
  Num,
  Num,
  number,
  Num,
  Text,
  number,
  PackedSummary | null,
];

function unpackHalf(self: LinkEnd, line: string): Half {
  const [side, localPort, remotePort, correlationId, api, version, clientId, ...rest] = JSON.parse(line) as PackedHalf;
  const [beganMs, handledMs, endedMs, requestBytes, responseBytes, failure, oneWay, summary] = rest;
  return {
    side: side === 0 ? 'called' : 'served',
    self,
    localPort,
    remotePort,
    correlationId,
    api,
    version,
    clientId,
    beganMs,
    handledMs,
    endedMs,
    requestBytes,
    responseBytes,
    failure,
    oneWay: oneWay === 1,
    summary: summary === null ? null : unpackSummary(summary),
  };
}
