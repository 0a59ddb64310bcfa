/**
 * One record that a lab producer sent, as the ledger holds it, and what follows from its facts: its fate, and what it
 * counts for. Facts are written by the fold alone.
 */
import type { Acks } from '../../contract/clients.ts';
import type { Fate } from '../../contract/ledger.ts';

export type GoneReason = 'retention' | 'compaction' | 'topic-deleted';

export interface GroupRead {
  readonly group: string;
  /** Of the first delivery; null when the group went past it without one. */
  client: string | null;
  atMs: number | null;
  times: number;
  committedMs: number | null;
}

export interface LedgerRecord {
  /** Counts up in the order of sending. */
  readonly row: number;
  readonly producer: string;
  readonly acks: Acks;
  readonly idempotent: boolean;
  readonly number: number;
  readonly key: string | null;
  readonly topic: string;
  partition: number | null;
  /** -1 before it has a batch. */
  createMs: number;
  readonly crc: number;
  readonly bytes: number;
  readonly sentMs: number;
  /** Who answered; -1: nobody, or not known. */
  broker: number;
  /** With `acks=0`: when the producer took it for sent. */
  ackedMs: number | null;
  ackedOffset: number | null;
  /** Of the leader that answered, else of the batch that was read. */
  epoch: number | null;
  error: string | null;
  failedMs: number | null;
  unanswered: boolean;
  /** Where the leader's log has it; null: not settled. */
  copies: number[] | null;
  /** When it was known to be nowhere. */
  lostMs: number | null;
  gone: GoneReason | null;
  /** Brokers that were seen to have it, and when first. */
  had: [node: number, atMs: number][];
  /** How many replicas its partition has. */
  replicas: number | null;
  /** Every member of the ISR had it. */
  replicated: boolean;
  readableMs: number | null;
  reads: GroupRead[];
  /** Some group that reads its partition has not got it. */
  unread: boolean;
}

type Sent = 'row' | 'producer' | 'acks' | 'idempotent' | 'number' | 'key' | 'topic' | 'crc' | 'bytes' | 'sentMs';

/** What is known of a record that was given to `send()` besides that. */
export function untold(): Omit<LedgerRecord, Sent> {
  return {
    partition: null,
    createMs: -1,
    broker: -1,
    ackedMs: null,
    ackedOffset: null,
    epoch: null,
    error: null,
    failedMs: null,
    unanswered: false,
    copies: null,
    lostMs: null,
    gone: null,
    had: [],
    replicas: null,
    replicated: false,
    readableMs: null,
    reads: [],
    unread: false,
  };
}

/** Where it is, or was said to be. */
export function placeOf({ ackedOffset, copies }: LedgerRecord): number | null {
  return copies?.[0] ?? ackedOffset;
}

export function fateOf(record: LedgerRecord): Fate {
  const { copies, gone, ackedMs, failedMs, unanswered } = record;
  if (gone !== null) return 'deleted';
  const found = copies?.length ?? 0;
  if (found > 1) return 'duplicated';
  if (failedMs !== null) return 'failed';
  if (found === 1) return readFate(record);
  if (ackedMs !== null) return copies === null ? 'acknowledged' : 'lost';
  return unanswered ? 'unanswered' : 'in-flight';
}

function readFate({ reads }: LedgerRecord): Fate {
  const delivered = reads.filter(({ times }) => times > 0);
  if (delivered.some(({ committedMs }) => committedMs !== null)) return 'committed';
  return delivered.length > 0 ? 'consumed' : 'readable';
}

/** Nothing is awaited for it but what consumers do. */
export function isSettled({ ackedMs, failedMs, unanswered, copies, gone }: LedgerRecord): boolean {
  return gone !== null || failedMs !== null || unanswered || (ackedMs !== null && copies !== null);
}

export const countNames = [
  'sent',
  'acked',
  'failed',
  'replicated',
  'readable',
  'consumed',
  'committed',
  'lost',
  'duplicated',
  'deleted',
  'inFlight',
  'unanswered',
  'unread',
  'lostAcked',
] as const;
export type CountName = (typeof countNames)[number];
export type Counts = Record<CountName, number>;

export const countBits = Object.fromEntries(countNames.map((name, index) => [name, 1 << index])) as Counts;

/** One bit for each of {@link countNames}; called at every change of a record. */
export function countsOf(record: LedgerRecord): number {
  const { ackedMs, failedMs, unanswered, copies, gone, reads, readableMs } = record;
  const found = copies === null ? 0 : copies.length;
  const isLost = ackedMs !== null && copies !== null && found === 0 && gone === null;
  let bits = countBits.sent;
  if (ackedMs !== null && record.acks !== '0') bits |= countBits.acked | (isLost ? countBits.lostAcked : 0);
  if (failedMs !== null) bits |= countBits.failed;
  if (unanswered) bits |= countBits.unanswered;
  if (isLost) bits |= countBits.lost;
  else {
    if (record.replicated || readableMs !== null) bits |= countBits.replicated;
    if (readableMs !== null && (found > 0 || gone !== null)) bits |= countBits.readable;
  }
  for (const { times, committedMs } of reads) {
    if (times > 0) bits |= countBits.consumed | (committedMs === null ? 0 : countBits.committed);
  }
  if (found > 1) bits |= countBits.duplicated;
  if (gone !== null) bits |= countBits.deleted;
  if (ackedMs === null && failedMs === null && !unanswered) bits |= countBits.inFlight;
  if (ackedMs !== null && copies === null && gone === null) bits |= countBits.unread;
  return bits;
}
