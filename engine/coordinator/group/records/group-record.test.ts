/** Records as a recorded Apache Kafka 4.3.1 wrote them (recorded-offsets.json: its four logs of `__consumer_offsets`). */
import { describe, expect, it } from 'vitest';
import { hex, utf8 } from '../../../base/text.ts';
import { ByteWriter, MalformedMessageError } from '../../../protocol/index.ts';
import { BatchHeader, buildBatch, iterateBatches, iterateRecords, noCodecs } from '../../../record/index.ts';
import recorded from '../../recorded-offsets.json' with { type: 'json' };
import { decodeGroupRecord, encodeGroupRecord, type GroupRecord } from './group-record.ts';

const batches = Object.values(recorded).flatMap((log) => [
  ...iterateBatches(new Uint8Array(Buffer.from(log, 'base64'))),
]);

function* recordedRecords() {
  for (const batch of batches) {
    if (batch.isControl) continue;
    for (const { key, value, timestamp } of iterateRecords(batch, noCodecs)) {
      yield { bytes: { key: key!, value }, record: decodeGroupRecord(key!, value), timestamp, batch };
    }
  }
}

function isOurs(record: ReturnType<typeof decodeGroupRecord>): record is GroupRecord {
  return record.type === 'offset-commit' || record.type === 'group-metadata';
}

describe('records of __consumer_offsets', () => {
  it('are written byte for byte as Kafka writes them', () => {
    const compared = { 'offset-commit': 0, 'group-metadata': 0 };
    for (const { bytes, record } of recordedRecords()) {
      if (!isOurs(record)) continue;
      expect(encodeGroupRecord(record)).toEqual(bytes);
      compared[record.type]++;
    }
    expect(compared).toEqual({ 'offset-commit': 67, 'group-metadata': 16 });
  });

  it('make the same batch, but for offset and leader epoch', () => {
    let compared = 0;
    for (const batch of batches) {
      const records = batch.isControl || batch.isTransactional ? [] : [...iterateRecords(batch, noCodecs)];
      const ours = records.map(({ key, value }) => decodeGroupRecord(key!, value)).filter(isOurs);
      if (records.length === 0 || ours.length < records.length) continue;
      const rebuilt = buildBatch(
        ours.map((record, i) => ({ ...encodeGroupRecord(record), timestamp: records[i]!.timestamp })),
        { baseSequence: 0, baseOffset: batch.baseOffset, leaderEpoch: batch.leaderEpoch },
      );
      expect(hex(rebuilt)).toBe(hex(batch.batchBytes));
      compared++;
    }
    expect(compared).toBeGreaterThan(30);
  });

  it('of other kinds of groups are known only for the name that they take', () => {
    const kinds = new Map<string, number>();
    for (const { record } of recordedRecords()) {
      const kind =
        record.type === 'foreign-group' ? `${record.kind} ${record.deleted ? 'deleted' : 'exists'}` : record.type;
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    expect([...kinds.keys()].sort()).toEqual([
      'consumer exists',
      'group-metadata',
      'ignored',
      'offset-commit',
      'share exists',
    ]);
  });

  it('carry an expiry of their own in version 1', () => {
    const value = {
      offset: 5,
      leaderEpoch: 3,
      metadata: 'm',
      commitTimestamp: 100,
      expireTimestamp: 200,
      topicId: 'AAAAAAAAAAAAAAAAAAAAAQ',
    };
    const record: GroupRecord = { type: 'offset-commit', group: 'g', topic: 't', partition: 2, value };
    const bytes = encodeGroupRecord(record);
    expect(hex(bytes.value!.subarray(0, 2))).toBe('0001');
    expect(decodeGroupRecord(bytes.key, bytes.value)).toEqual({
      ...record,
      value: { ...value, leaderEpoch: -1, topicId: 'AAAAAAAAAAAAAAAAAAAAAA' },
    });
  });

  it('are read in every version', () => {
    const writer = new ByteWriter();
    writer.int16(0);
    writer.nullableString('consumer');
    writer.int32(3);
    writer.nullableString('range');
    writer.nullableString('leader');
    writer.int32(0);
    const key = encodeGroupRecord({ type: 'group-metadata', group: 'g', value: null }).key;
    expect(decodeGroupRecord(key, writer.bytes())).toEqual({
      type: 'group-metadata',
      group: 'g',
      value: {
        protocolType: 'consumer',
        generation: 3,
        protocol: 'range',
        leader: 'leader',
        currentStateTimestamp: -1,
        members: [],
      },
    });
  });

  it('that no version explains are malformed', () => {
    const key = encodeGroupRecord({ type: 'group-metadata', group: 'g', value: null }).key;
    expect(() => decodeGroupRecord(key, new Uint8Array([0, 99]))).toThrow(MalformedMessageError);
    expect(() => decodeGroupRecord(key, new Uint8Array([0, 3, 0]))).toThrow(MalformedMessageError);
    expect(() => decodeGroupRecord(utf8('x'), null)).toThrow(MalformedMessageError);
    expect(new BatchHeader(batches[0]!.batchBytes, 0).baseSequence).toBe(0);
  });
});
