/** One record's story from what the ledger has of it and of its partition: why it is where it is, who had it, what would have kept it. */
import type { FateReason, RecordHolder, RecordStory } from '../../contract/ledger.ts';
import { fateOf, placeOf, type LedgerRecord } from './ledger-record.ts';
import type { PartitionState, Reign } from './partition-ledger.ts';

type Why = RecordStory['why'];
type Kept = RecordStory['keptBy'];

const leadersShown = 20;

/** `diedMs`: when the broker that answered was ended, if it was, after the answer. */
export function whyOf(record: LedgerRecord, partition: PartitionState | null, diedMs: number | null): Why {
  switch (fateOf(record)) {
    case 'lost':
      return whyLost(record, partition, diedMs);
    case 'duplicated':
      return {
        reason: record.idempotent ? 'written-twice' : 'retried-without-idempotence',
        args: { copies: (record.copies ?? []).join(', ') },
      };
    case 'failed': {
      const written = (record.copies?.length ?? 0) > 0;
      return written
        ? { reason: 'written-despite-error', args: { error: record.error ?? '', offset: record.copies?.[0] ?? -1 } }
        : { reason: 'none', args: { error: record.error ?? '' } };
    }
    case 'deleted':
      return { reason: record.gone ?? 'none', args: {} };
    case 'acknowledged': {
      const leaderless = partition?.reigns.at(-1)?.leader === -1;
      return { reason: leaderless ? 'no-leader' : 'not-read-yet', args: { readTo: partition?.readTo ?? -1 } };
    }
    default:
      return { reason: 'none', args: {} };
  }
}

function whyLost(record: LedgerRecord, partition: PartitionState | null, diedMs: number | null): Why {
  if (record.acks === '0') return { reason: 'never-written', args: {} };
  const { epoch } = record;
  const reigns = partition?.reigns ?? [];
  const own = epoch === null ? undefined : reigns.findLast((reign) => reign.epoch === epoch);
  const after = reigns.filter((reign) => epoch !== null && reign.epoch > epoch);
  const next = after.find(({ leader }) => leader >= 0);
  const cut = partition?.cuts.find((each) => epoch !== null && each.epoch > epoch);
  const args: Record<string, string | number> = { leader: record.broker, offset: record.ackedOffset ?? -1 };
  if (epoch !== null) args['epoch'] = epoch;
  if (next !== undefined) Object.assign(args, { newLeader: next.leader, newEpoch: next.epoch });
  if (cut !== undefined) args['logEnd'] = cut.end;
  const goneMs = diedMs ?? after[0]?.atMs ?? null;
  if (goneMs !== null && record.ackedMs !== null && goneMs >= record.ackedMs) {
    args['afterMs'] = Math.round((goneMs - record.ackedMs) * 10) / 10;
  }
  return { reason: reasonOfLoss(record, own, after, next), args };
}

function reasonOfLoss(
  record: LedgerRecord,
  own: Reign | undefined,
  after: readonly Reign[],
  next: Reign | undefined,
): FateReason {
  if (next === undefined) return own?.leader === record.broker ? 'log-cut-short' : 'not-replicated';
  const [first] = after;
  if (
    first !== undefined &&
    record.ackedMs !== null &&
    record.ackedMs > first.toldMs &&
    next.leader !== record.broker
  ) {
    return 'stale-leader';
  }
  const before = after[after.indexOf(next) - 1] ?? own;
  if (before !== undefined && !before.isr.includes(next.leader)) return 'unclean-election';
  const had = record.had.some(([node]) => node === next.leader);
  return had || record.acks === 'all' ? 'log-cut-short' : 'not-replicated';
}

export function keptBy(reason: FateReason, record: LedgerRecord): Kept {
  const minInsync = { where: 'topic', config: 'min.insync.replicas', value: '2' } as const;
  const all: Kept = [
    { where: 'producer', config: 'acks', value: 'all' },
    ...((record.replicas ?? 1) > 1 ? [minInsync] : []),
  ];
  switch (reason) {
    case 'not-replicated':
    case 'stale-leader':
    case 'never-written':
      return all;
    case 'unclean-election':
      return [
        { where: 'topic', config: 'unclean.leader.election.enable', value: 'false' },
        ...(record.acks === 'all' ? [minInsync] : all),
      ];
    case 'log-cut-short':
      return [...(record.acks === 'all' ? [] : all), { where: 'topic', config: 'flush.messages', value: '1' }];
    case 'retried-without-idempotence':
      return [{ where: 'producer', config: 'enable.idempotence', value: 'true' }];
    case 'written-despite-error':
      return [{ where: 'producer', config: 'delivery.timeout.ms', value: '120000' }];
    default:
      return [];
  }
}

export function holdersOf(record: LedgerRecord, partition: PartitionState | null): readonly RecordHolder[] {
  const reigns = partition?.reigns ?? [];
  const own = reigns.findLast(({ epoch }) => epoch === record.epoch) ?? reigns.at(-1);
  const isHere = (record.copies?.length ?? 0) > 0 && record.gone === null;
  const nodes = own?.replicas ?? record.had.map(([node]) => node);
  return nodes.map((node): RecordHolder => {
    const seen = record.had.find(([each]) => each === node);
    const cut = truncationOf(node, record, partition);
    const base = {
      node,
      sinceMs: seen?.[1] ?? null,
      epoch: seen === undefined ? null : record.epoch,
      truncatedTo: cut?.to ?? null,
      truncatedMs: cut?.atMs ?? null,
    };
    if (seen !== undefined) return { ...base, state: cut === null ? 'has' : 'had' };
    // The high watermark passed it: everybody in the ISR had it, seen or not.
    const inSync = reigns.at(-1)?.isr.includes(node) === true;
    if (isHere && inSync) return { ...base, state: 'has' };
    return { ...base, state: own === undefined ? 'unknown' : 'never' };
  });
}

function truncationOf(node: number, record: LedgerRecord, partition: PartitionState | null) {
  const offset = placeOf(record);
  const isHere = (record.copies?.length ?? 0) > 0;
  if (offset === null || isHere) return null;
  return (
    partition?.truncations.find((each) => each.node === node && each.to <= offset && each.atMs >= record.sentMs) ?? null
  );
}

/** From the one that led when it was sent. */
export function leadersSince(record: LedgerRecord, partition: PartitionState | null): RecordStory['leaders'] {
  const reigns = partition?.reigns ?? [];
  const first = Math.max(
    0,
    reigns.findLastIndex(({ atMs }) => atMs <= record.sentMs),
  );
  return reigns
    .slice(first, first + leadersShown)
    .map(({ atMs, leader, epoch, isr }) => ({ atMs, leader, epoch, isr }));
}
