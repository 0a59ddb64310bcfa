import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../protocol/index.ts';
import type { CreatePartitionsRequest, CreateTopicsRequest } from '../protocol/index.ts';
import { tooManyAdded, tooManyCreated, withinBatch } from './batch-limit.ts';
import { decideCreateTopics } from './topics/create-topics.ts';
import { viewAfter, viewOf } from './view.testkit.ts';

type Topic = CreateTopicsRequest['topics'][number];

const create = (...counts: number[]): CreateTopicsRequest => ({
  topics: counts.map((numPartitions, i): Topic => {
    return { name: `t${i}`, numPartitions, replicationFactor: 1, assignments: [], configs: [] };
  }),
  timeoutMs: 1000,
  validateOnly: false,
});
const grow = (name: string, count: number): CreatePartitionsRequest => ({
  topics: [{ name, count, assignments: null }],
  timeoutMs: 1000,
  validateOnly: false,
});
const message = (outcome: object | null): unknown =>
  outcome !== null && 'refused' in outcome ? outcome.refused : outcome;

describe('one request to the controller', () => {
  const view = viewOf();

  it('creates at most 10,000 partitions', () => {
    const refusal = {
      code: ErrorCode.POLICY_VIOLATION,
      message: 'Excessively large number of partitions per request.',
    };
    expect(message(tooManyCreated(view, create(5000, 5000)))).toBeNull();
    expect(message(tooManyCreated(view, create(5000, 5000, -1)))).toEqual(refusal);
    expect(message(tooManyCreated(view, create(0x7fff_ffff)))).toEqual(refusal);
  });

  it('writes at most 10,000 records', () => {
    const decided = (count: number) => withinBatch(decideCreateTopics(view, create(count)));
    const refusal = {
      code: ErrorCode.POLICY_VIOLATION,
      message: 'Unable to perform excessively large batch operation.',
    };
    expect(message(decided(10_000))).toEqual(refusal);
    expect(decided(9999)).toMatchObject({ reply: { topics: [{ errorCode: ErrorCode.NONE }] } });
    const grown = viewAfter(view, decideCreateTopics(view, create(2)));
    expect(message(tooManyAdded(grown, grow('t0', 0x7fff_ffff)))).toEqual(refusal);
    expect(message(tooManyAdded(grown, grow('t0', 10_002)))).toBeNull();
    expect(message(tooManyAdded(grown, grow('absent', 0x7fff_ffff)))).toBeNull();
  });
});
