import { describe, expect, it } from 'vitest';
import type { LabEvent } from '../../../engine/contract/events.ts';
import type { LedgerRow } from '../../../engine/contract/ledger.ts';
import { isMark, linesOf } from './ledger-lines.ts';

const base: LabEvent = {
  id: 1,
  atMs: 0,
  actor: 'you',
  node: 2,
  kind: 'process',
  source: '',
  args: {},
  change: { of: 'state', was: 'running', now: 'killed' },
  metric: null,
  tone: 'fault',
};
const row = (number: number, sentMs: number): LedgerRow => ({
  row: number,
  producer: 'feed',
  number,
  key: null,
  topic: 'orders',
  partition: 0,
  offset: number,
  bytes: 1,
  createMs: sentMs,
  sentMs,
  ackedMs: null,
  error: null,
  failedMs: null,
  replicas: null,
  readableMs: null,
  reads: [],
  copies: null,
  fate: 'in-flight',
});

describe('lines of the ledger', () => {
  it('have what happened before the first record that was sent after it', () => {
    const killed = { ...base, atMs: 15 };
    const moved: LabEvent = {
      ...base,
      id: 2,
      atMs: 40,
      kind: 'leader-changed',
      change: { of: 'leader', was: '2', now: '3' },
    };
    const lines = linesOf([row(1, 10), row(2, 20), row(3, 30)], [moved, killed]);
    expect(lines.map(({ id }) => id)).toEqual(['row-1', 'mark-1', 'row-2', 'row-3', 'mark-2']);
    expect(lines.flatMap((line) => (line.kind === 'mark' ? [line.isFault] : []))).toEqual([true, false]);
  });

  it('tell a fault once, not again by what it did to its thread', () => {
    const fault: LabEvent = {
      ...base,
      id: 5,
      atMs: 14,
      kind: 'fault',
      args: { node: 2, kind: 'kill' },
      change: { of: 'state', was: 'armed', now: 'active' },
    };
    const lines = linesOf([row(1, 10), row(2, 20)], [{ ...base, atMs: 15 }, fault]);
    expect(lines.map(({ id }) => id)).toEqual(['row-1', 'mark-5', 'row-2']);
    const lifted: LabEvent = { ...fault, change: { of: 'state', was: 'active', now: 'lifted' } };
    const reds = [fault, lifted].map((event) => linesOf([], [event])[0]);
    expect(reds).toMatchObject([{ isFault: true }, { isFault: false }]);
  });

  it('tell of leaders of the partition that is shown, and of no start of a broker', () => {
    const moved: LabEvent = { ...base, kind: 'leader-changed', args: { topic: 'orders', partition: 1 } };
    expect([isMark(moved, ['orders'], null), isMark(moved, ['orders'], 1), isMark(moved, ['orders'], 0)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(isMark({ ...base, change: { of: 'state', was: 'stopped', now: 'starting' } }, [], null)).toBe(false);
  });
});
