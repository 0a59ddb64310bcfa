import { describe, expect, it } from 'vitest';
import { utf8 } from '../../base/text.ts';
import { recordTextMax, type RecordView } from '../../contract/queries.ts';
import { nodeCodecs } from '../../env/node/compression.ts';
import {
  buildBatch,
  buildEndTransactionMarker,
  Compression,
  compressionName,
  type CompressionId,
} from '../../record/index.ts';
import { containsText, readRecords, textOf } from './record-views.ts';

function viewsOf(bytes: Uint8Array, fromOffset = 0, topic = 'orders'): RecordView[] {
  const views: RecordView[] = [];
  readRecords(bytes, fromOffset, { topic, partition: 2, codecs: nodeCodecs }, (_cursor, view) => {
    views.push(view());
    return true;
  });
  return views;
}

describe('bytes for people', () => {
  it('are text where they can be read', () => {
    expect(textOf(utf8('주문 1\n\t"é"'))).toEqual({ text: '주문 1\n\t"é"', encoding: 'utf-8', bytes: 14 });
    expect(textOf(new Uint8Array(0))).toEqual({ text: '', encoding: 'utf-8', bytes: 0 });
    expect(textOf(null)).toBeNull();
  });

  it('are hexadecimal where they are no UTF-8, or a number that only looks like it', () => {
    expect(textOf(Uint8Array.of(0xff, 0xfe, 0x41))).toEqual({ text: 'fffe41', encoding: 'hex', bytes: 3 });
    expect(textOf(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0x41))?.encoding).toBe('hex');
  });

  it('are cut, never within a character, and tell how many there are', () => {
    const text = textOf(utf8('가'.repeat(recordTextMax * 3)));
    expect(text).toEqual({ text: '가'.repeat(recordTextMax), encoding: 'utf-8', bytes: recordTextMax * 9 });
    const pairs = textOf(utf8(`a${'😀'.repeat(recordTextMax)}`));
    expect(pairs?.text).toBe(`a${'😀'.repeat(recordTextMax / 2 - 1)}`);
    const binary = textOf(new Uint8Array(100_000).fill(0xee));
    expect([binary?.text.length, binary?.encoding, binary?.bytes]).toEqual([recordTextMax, 'hex', 100_000]);
  });
});

describe('records', () => {
  it.each(Object.values(Compression).map((id) => [compressionName(id), id] as const))(
    'of a batch with %s come with their headers, nulls and the batch',
    (compression, id: CompressionId) => {
      const batch = buildBatch(
        [
          { timestamp: 1000, key: utf8('a'), value: utf8('{"n":1}'), headers: [{ key: 'trace', value: utf8('x1') }] },
          { timestamp: 1002, key: null, value: null, headers: [{ key: 'empty', value: null }] },
        ],
        {
          baseOffset: 40,
          leaderEpoch: 5,
          compression: id,
          codecs: nodeCodecs,
          producerId: 9,
          producerEpoch: 1,
          baseSequence: 7,
        },
      );
      const [first, second] = viewsOf(batch);
      expect(first).toEqual({
        topic: 'orders',
        partition: 2,
        offset: 40,
        timestampMs: 1000,
        timestampType: 'CreateTime',
        key: { text: 'a', encoding: 'utf-8', bytes: 1 },
        value: { text: '{"n":1}', encoding: 'utf-8', bytes: 7 },
        headers: [{ key: 'trace', value: { text: 'x1', encoding: 'utf-8', bytes: 2 } }],
        batch: {
          baseOffset: 40,
          records: 2,
          bytes: batch.length,
          compression,
          leaderEpoch: 5,
          producerId: 9,
          producerEpoch: 1,
          baseSequence: 7,
          transactional: false,
          control: false,
        },
      });
      expect([second?.offset, second?.key, second?.value, second?.headers]).toEqual([
        41,
        null,
        null,
        [{ key: 'empty', value: null }],
      ]);
    },
  );

  it('below the offset that was asked for are left out, also within a batch', () => {
    const three = ['a', 'b', 'c'].map((text) => ({ timestamp: 1, key: null, value: utf8(text) }));
    expect(viewsOf(buildBatch(three, { baseOffset: 10 }), 11).map((view) => [view.offset, view.value?.text])).toEqual([
      [11, 'b'],
      [12, 'c'],
    ]);
  });

  it('of a marker are shown as what it says', () => {
    const marker = buildEndTransactionMarker({
      type: 'abort',
      producerId: 4,
      producerEpoch: 0,
      coordinatorEpoch: 3,
      timestamp: 5,
    });
    const [view] = viewsOf(marker);
    expect([view?.batch.control, view?.value]).toEqual([
      true,
      { text: 'endTxnMarker: ABORT coordinatorEpoch: 3', encoding: 'decoded', bytes: 6 },
    ]);
  });

  it('are found by what their key, value or a header contains, whatever the case', () => {
    const headers = [{ key: 'Region', value: utf8('EU') }];
    const [view] = viewsOf(
      buildBatch([{ timestamp: 1, key: utf8('Cust-7'), value: utf8('PAID'), headers }], { baseOffset: 0 }),
    );
    expect(view && ['cust-7', 'paid', 'region', 'eu', 'usa'].map((needle) => containsText(view, needle))).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
  });
});
