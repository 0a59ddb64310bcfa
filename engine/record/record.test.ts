import { describe, expect, it } from 'vitest';
import { nodeCodecs } from '../env/node/compression.ts';
import { SeededRandom } from '../env/sim/index.ts';
import { fromUtf8, utf8 } from '../base/text.ts';
import { readGoldenDirectory } from './golden.testkit.ts';
import type { BatchHeader, ControlRecord, RecordInput } from './index.ts';
import {
  BatchBuilder,
  Compression,
  CorruptRecordError,
  InvalidRecordError,
  RecordCursor,
  VarintCursor,
  batchHeader,
  buildBatch,
  buildControlBatch,
  buildEndTransactionMarker,
  compressionName,
  decodeControlRecord,
  ensureBatchValid,
  estimatedBatchSize,
  getInt64,
  incrementSequence,
  iterateBatches,
  iterateRecords,
  noCodecs,
  putVarint,
  putVarlong,
  setInt64,
  sizeOfVarint,
  sizeOfVarlong,
} from './index.ts';

const golden = readGoldenDirectory(`${import.meta.dirname}/mixed-0.golden.json`).get('00000000000000000000.log')!;
const text = (bytes: Uint8Array | null): string | null => (bytes === null ? null : fromUtf8(bytes));

/** The records that the recording's producers sent, five in each codec. */
function sent(batch: BatchHeader): unknown[] {
  return [...iterateRecords(batch, nodeCodecs)].map(({ timestamp, key, value, headers }) => ({
    timestamp: timestamp - 1_750_000_000_000,
    key: text(key),
    value: value !== null && value.length > 100 ? value.length : text(value),
    headers: headers.map((header) => `${header.key}=${text(header.value)}`),
  }));
}

function again(batch: BatchHeader): Uint8Array {
  return buildBatch(iterateRecords(batch, nodeCodecs), {
    baseOffset: batch.baseOffset,
    leaderEpoch: batch.leaderEpoch,
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    compression: batch.compression,
    codecs: nodeCodecs,
  });
}

describe('batches that Kafka wrote', () => {
  it('are found with their headers', () => {
    const headers = [...iterateBatches(golden)].map((batch) => ({
      offsets: [batch.baseOffset, batch.lastOffset],
      sequences: [batch.baseSequence, batch.lastSequence],
      producerId: batch.producerId,
      position: batch.position,
      size: batch.sizeInBytes,
      codec: compressionName(batch.compression),
      maxTimestamp: batch.maxTimestamp - 1_750_000_000_000,
      crc: batch.crc,
      valid: batch.isCrcValid(),
    }));
    const row = (at: number, producerId: number, position: number, size: number, codec: string, crc: number) => ({
      offsets: [at, at + 4],
      sequences: producerId < 0 ? [-1, -1] : [0, 4],
      producerId,
      position,
      size,
      codec,
      maxTimestamp: producerId < 0 ? 4 : 60_000,
      crc,
      valid: true,
    });
    expect(headers).toEqual([
      row(0, 4, 0, 4280, 'none', 2494798373),
      row(5, 5, 4280, 241, 'gzip', 3342831622),
      row(10, 6, 4521, 412, 'snappy', 348576593),
      row(15, 7, 4933, 233, 'lz4', 1056426848),
      row(20, 8, 5166, 211, 'zstd', 2360773925),
      row(25, -1, 5377, 136, 'none', 301694474),
    ]);
  });

  it('hold the same records in every codec', () => {
    const [plain, ...others] = [...iterateBatches(golden)].slice(0, 5);
    const expected = sent(plain!);
    expect(expected).toEqual([
      { timestamp: 0, key: null, value: 'null key', headers: [] },
      { timestamp: 5, key: 'null value', value: null, headers: [] },
      { timestamp: 3, key: '', value: '', headers: ['empty='] },
      { timestamp: 4, key: '한국어', value: '값 €😀', headers: [expect.any(String), expect.any(String)] },
      { timestamp: 60_000, key: 'big', value: 4096, headers: [] },
    ]);
    for (const batch of others) expect(sent(batch)).toEqual(expected);
  });

  it('are built again byte for byte from their records when they are not compressed', () => {
    const plain = [...iterateBatches(golden)].filter((batch) => batch.compression === Compression.none);
    for (const batch of plain) expect(again(batch)).toEqual(batch.batchBytes);
  });

  it('are built again with the same records in every codec', () => {
    for (const batch of iterateBatches(golden)) {
      const rebuilt = batchHeader(again(batch));
      ensureBatchValid(rebuilt);
      expect(sent(rebuilt)).toEqual(sent(batch));
    }
  });
});

describe('a batch from outside', () => {
  const batch = (): Uint8Array => buildBatch([{ timestamp: 7, key: utf8('k'), value: utf8('v') }]);

  it('is not yielded when it is cut anywhere', () => {
    for (let length = 0; length < batch().length; length++) {
      expect([...iterateBatches(batch().subarray(0, length))]).toEqual([]);
    }
  });

  it('is refused with an impossible size or another magic', () => {
    const small = batch();
    small.set([0, 0, 0, 13], 8);
    expect(() => [...iterateBatches(small)]).toThrow('Record size 13 is less than the minimum record overhead (14)');
    const old = batch();
    old[16] = 1;
    expect(() => [...iterateBatches(old)]).toThrow('Invalid magic found in record: 1');
  });

  it('fails its checksum after the flip of any bit behind the checksum', () => {
    const bytes = batch();
    for (let at = 21; at < bytes.length; at++) {
      bytes[at]! ^= 1;
      expect(() => ensureBatchValid(batchHeader(bytes))).toThrow(CorruptRecordError);
      bytes[at]! ^= 1;
    }
    ensureBatchValid(batchHeader(bytes));
  });

  it('never makes the record reader do anything but yield or refuse, whatever its bytes', () => {
    const random = new SeededRandom(7);
    const records: RecordInput[] = [
      { timestamp: 1, key: utf8('key'), value: utf8('value'), headers: [{ key: 'h', value: utf8('x') }] },
      { timestamp: 2, key: null, value: null },
    ];
    let refused = 0;
    for (let i = 0; i < 5000; i++) {
      const bytes = buildBatch(records);
      for (let flips = 0; flips <= random.integer(3); flips++) {
        bytes[57 + random.integer(bytes.length - 57)] = random.integer(256);
      }
      try {
        for (const record of iterateRecords(batchHeader(bytes), noCodecs)) expect(record.offset).toBeTypeOf('number');
      } catch (error) {
        refused++;
        expect(error instanceof InvalidRecordError || error instanceof CorruptRecordError).toBe(true);
      }
    }
    expect(refused).toBeGreaterThan(1000);
  });

  it('is refused when its compressed data is none', () => {
    for (const compression of [Compression.gzip, Compression.snappy, Compression.lz4, Compression.zstd]) {
      const bytes = buildBatch([{ key: null, value: utf8('x'.repeat(99)) }], { compression, codecs: nodeCodecs });
      bytes.fill(0xa5, 61);
      expect(() => new RecordCursor(batchHeader(bytes), nodeCodecs)).toThrow(CorruptRecordError);
    }
  });
});

describe('a batch that is built', () => {
  it('has its attributes, producer and delete horizon in the header', () => {
    const bytes = buildBatch([{ timestamp: 5, key: utf8('k'), value: null }], {
      baseOffset: 2 ** 40,
      leaderEpoch: 9,
      producerId: 2 ** 45 + 1,
      producerEpoch: 3,
      baseSequence: 2 ** 31 - 1,
      isTransactional: true,
      deleteHorizonMs: 4,
    });
    const header = batchHeader(bytes);
    expect(header).toMatchObject({
      baseOffset: 2 ** 40,
      lastOffset: 2 ** 40,
      leaderEpoch: 9,
      producerId: 2 ** 45 + 1,
      producerEpoch: 3,
      baseSequence: 2 ** 31 - 1,
      isTransactional: true,
      isControl: false,
      hasDeleteHorizon: true,
      baseTimestamp: 4,
      maxTimestamp: 5,
    });
    expect([...iterateRecords(header, noCodecs)][0]).toMatchObject({ timestamp: 5, sequence: 2 ** 31 - 1 });
  });

  it('takes base offset and epoch in place without a new checksum, and LogAppendTime with one', () => {
    const bytes = buildBatch([
      { timestamp: 5, key: null, value: utf8('a') },
      { timestamp: 6, key: null, value: utf8('b') },
    ]);
    const header = batchHeader(bytes);
    const before = header.crc;
    header.setLastOffset(101);
    header.setLeaderEpoch(4);
    expect([header.baseOffset, header.leaderEpoch, header.crc, header.isCrcValid()]).toEqual([100, 4, before, true]);
    header.setMaxTimestamp('log-append-time', 999);
    expect(header.isCrcValid()).toBe(true);
    expect(header.crc).not.toBe(before);
    expect([...iterateRecords(header, noCodecs)].map(({ timestamp }) => timestamp)).toEqual([999, 999]);
  });

  it('keeps given offsets with gaps, and knows its size before', () => {
    const builder = new BatchBuilder({ baseOffset: 10 });
    const record = { timestamp: 1, key: null, value: utf8('v') };
    for (const offset of [10, 13, 20]) {
      const expected = builder.uncompressedSize + builder.sizeOf(record);
      builder.append(record, offset);
      expect(builder.uncompressedSize).toBe(expected);
    }
    const header = batchHeader(builder.build());
    expect([header.lastOffset, header.recordCount, header.sizeInBytes]).toEqual([20, 3, builder.uncompressedSize]);
    expect([...iterateRecords(header, noCodecs)].map(({ offset }) => offset)).toEqual([10, 13, 20]);
    expect(estimatedBatchSize(record)).toBeGreaterThanOrEqual(buildBatch([record]).length);
  });

  it('counts sequences on from 0 after the largest int32', () => {
    expect([incrementSequence(5, 2), incrementSequence(2 ** 31 - 1, 1), incrementSequence(2 ** 31 - 2, 5)]).toEqual([
      7, 0, 3,
    ]);
  });
});

describe('control records', () => {
  const directory = 'vOI8ljTC2tDBRDtXtR6i5g';
  const all: ControlRecord[] = [
    { type: 'commit', version: 0, coordinatorEpoch: 12 },
    { type: 'abort', version: 0, coordinatorEpoch: 0 },
    {
      type: 'leader-change',
      version: 0,
      leaderId: 1,
      voters: [
        { voterId: 1, voterDirectoryId: null },
        { voterId: 2, voterDirectoryId: null },
      ],
      grantingVoters: [{ voterId: 1, voterDirectoryId: null }],
    },
    {
      type: 'leader-change',
      version: 1,
      leaderId: 3,
      voters: [{ voterId: 3, voterDirectoryId: directory }],
      grantingVoters: [],
    },
    { type: 'snapshot-header', version: 0, lastContainedLogTimestamp: 1_750_000_000_000 },
    { type: 'snapshot-footer', version: 0 },
    { type: 'kraft-version', version: 0, kRaftVersion: 1 },
    {
      type: 'kraft-voters',
      version: 0,
      voters: [
        {
          voterId: 1,
          voterDirectoryId: directory,
          endpoints: [{ name: 'CONTROLLER', host: '127.0.0.1', port: 40_000 }],
          kRaftVersionFeature: { minSupportedVersion: 0, maxSupportedVersion: 1 },
        },
      ],
    },
  ];

  it('read as they were written', () => {
    const bytes = buildControlBatch(all, { baseOffset: 7, leaderEpoch: 2, timestamp: 5 });
    const header = batchHeader(bytes);
    expect(header).toMatchObject({ isControl: true, isTransactional: false, baseOffset: 7, leaderEpoch: 2 });
    const read = [...iterateRecords(header, noCodecs)].map(({ key, value }) => decodeControlRecord(key, value));
    expect(read).toEqual(all);
  });

  it('end transactions as Kafka writes it', () => {
    const marker = { type: 'abort', producerId: 18, producerEpoch: 0, coordinatorEpoch: 0, timestamp: 1 } as const;
    const header = batchHeader(buildEndTransactionMarker(marker));
    expect(header).toMatchObject({
      isControl: true,
      isTransactional: true,
      baseSequence: -1,
      producerId: 18,
      sizeInBytes: 78,
    });
    const [record] = [...iterateRecords(header, noCodecs)];
    expect([[...record!.key!], [...record!.value!]]).toEqual([
      [0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0],
    ]);
  });

  it('are skipped when their kind is unknown and refused when their bytes are short', () => {
    expect(decodeControlRecord(new Uint8Array([0, 0, 0, 99]), new Uint8Array(9))).toBeNull();
    expect(() => decodeControlRecord(new Uint8Array([0, 0]), null)).toThrow(InvalidRecordError);
    expect(() => decodeControlRecord(new Uint8Array([0, 0, 0, 6]), new Uint8Array([0, 0, 200, 1]))).toThrow(
      InvalidRecordError,
    );
  });
});

describe('integers', () => {
  it('of 64 bits survive within 2^53, negative ones too', () => {
    const bytes = new Uint8Array(8);
    for (const value of [0, 1, -1, -2, 2 ** 31, -(2 ** 31) - 1, 2 ** 32 + 5, 2 ** 53 - 1, -(2 ** 53) + 1]) {
      setInt64(bytes, 0, value);
      expect([getInt64(bytes, 0), new DataView(bytes.buffer).getBigInt64(0)]).toEqual([value, BigInt(value)]);
    }
  });

  it('as varints survive, in the size that was foretold', () => {
    const bytes = new Uint8Array(10);
    for (const value of [0, 1, -1, 63, 64, -64, -65, 8191, 8192, 2 ** 20, 2 ** 27, 2 ** 31 - 1, -(2 ** 31)]) {
      expect(putVarint(bytes, 0, value)).toBe(sizeOfVarint(value));
      expect(new VarintCursor(bytes).varint()).toBe(value);
    }
    for (const value of [
      0,
      -1,
      2 ** 30,
      -(2 ** 30) - 1,
      2 ** 31,
      2 ** 34,
      -(2 ** 34),
      2 ** 41,
      2 ** 53 - 1,
      -(2 ** 53) + 1,
    ]) {
      expect(putVarlong(bytes, 0, value)).toBe(sizeOfVarlong(value));
      expect(new VarintCursor(bytes).varlong()).toBe(value);
    }
  });
});
