import { describe, expect, it } from 'vitest';
import type { LedgerRow } from '../../../engine/contract/ledger.ts';
import { exportHead, exportRows } from './ledger-export.ts';

const row: LedgerRow = {
  row: 7,
  producer: 'order-feed',
  number: 3,
  key: 'a,"b"',
  topic: 'orders',
  partition: 1,
  offset: 42,
  bytes: 320,
  createMs: 1000,
  sentMs: 1000.5,
  ackedMs: 1002.25,
  error: null,
  failedMs: null,
  replicas: { had: 2, of: 3 },
  readableMs: 1003,
  reads: [{ group: 'billing', client: 'billing-1', atMs: 1004, times: 2, committedMs: 2000 }],
  copies: [42],
  fate: 'committed',
};

describe('rows as files', () => {
  it('are CSV with a head, quotes where they are needed', () => {
    const [head, line, end] = `${exportHead('csv')}${exportRows('csv', [row])}`.split('\n');
    expect(head).toBe(
      'producer,number,key,topic,partition,offset,bytes,createMs,sentMs,ackedMs,error,replicasHad,replicas,readableMs,consumedBy,committedMs,copies,fate',
    );
    expect(line).toBe(
      'order-feed,3,"a,""b""",orders,1,42,320,1000,1000.5,1002.25,,2,3,1003,billing/billing-1 x2,2000,42,committed',
    );
    expect(end).toBe('');
  });

  it('hold no formula', () => {
    expect(exportRows('csv', [{ ...row, key: '=1+1' }])).toContain(`,"'=1+1",`);
  });

  it('are NDJSON as the contract has them', () => {
    expect(
      exportRows('ndjson', [row, row])
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([row, row]);
  });
});
