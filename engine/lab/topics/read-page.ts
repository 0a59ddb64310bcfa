/**
 * A page of records of one partition. It never reads past the high watermark of its beginning, nor more than
 * `pageBytesMax` of batches: a page of huge records is shorter than was asked for.
 */
import type { Offset, PartitionIndex, TopicName } from '../../base/ids.ts';
import type { QueryInput, RecordPage, RecordView } from '../../contract/queries.ts';
import type { RecordCodecs } from '../../record/index.ts';
import type { PartitionBounds, PartitionReader } from './partition-reader.ts';
import { readRecords } from './record-views.ts';

const fetchBytes = 512 * 1024;
const pageBytesMax = 8 * 1024 * 1024;
/** How often the newest records are looked for, where compaction or markers left gaps. */
const looksMax = 12;

type RecordsInput = QueryInput<'records'>;

/** The offset that was asked for is not there; `bounds` are what is. */
export class OutOfRangeError extends Error {
  override readonly name = 'OutOfRangeError';
  readonly offset: Offset;
  readonly bounds: PartitionBounds;

  constructor(offset: Offset, bounds: PartitionBounds) {
    super(`offset ${offset} is not within ${bounds.logStartOffset} to ${bounds.highWatermark}`);
    this.offset = offset;
    this.bounds = bounds;
  }
}

export async function readPage(
  reader: PartitionReader,
  codecs: RecordCodecs,
  { topic, partition, from, limit }: RecordsInput,
): Promise<RecordPage> {
  const bounds = await reader.bounds(topic, partition);
  const { logStartOffset, highWatermark } = bounds;
  const read = async (start: Offset): Promise<readonly RecordView[]> => {
    const stretch = { topic, partition, start, end: highWatermark, first: limit, last: limit };
    return (await readStretch(reader, codecs, stretch)).records;
  };
  const page = (records: readonly RecordView[]): RecordPage => ({ topic, partition, records, ...bounds });
  switch (from.by) {
    case 'earliest':
      return page(await read(logStartOffset));
    case 'offset':
      if (from.offset < logStartOffset || from.offset > highWatermark) throw new OutOfRangeError(from.offset, bounds);
      return page(await read(from.offset));
    case 'time': {
      const offset = await reader.offsetForTime(topic, partition, from.timestampMs);
      return page(offset === null ? [] : await read(offset));
    }
    case 'latest':
      return page(await readLatest(reader, codecs, { topic, partition, limit }, bounds));
  }
}

interface Stretch {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  readonly start: Offset;
  /** Exclusive. */
  readonly end: Offset;
  /** Stops after so many. */
  readonly first: number;
  /** Keeps only the newest ones of those. */
  readonly last: number;
}

interface ReadStretch {
  readonly records: readonly RecordView[];
  /** It came to its end, or to `first`; not so when it was too large. */
  readonly whole: boolean;
}

async function readStretch(reader: PartitionReader, codecs: RecordCodecs, stretch: Stretch): Promise<ReadStretch> {
  const { topic, partition, start, end, first, last } = stretch;
  const source = { topic, partition, codecs };
  let records: RecordView[] = [];
  let count = 0;
  let offset = start;
  let bytes = 0;
  while (offset < end && count < first) {
    if (bytes >= pageBytesMax) return { records: records.slice(-last), whole: false };
    const fetched = await reader.fetch(topic, partition, offset, fetchBytes);
    const left = first - count;
    const { nextOffset, taken } = readRecords(fetched.records, offset, source, (cursor, view, nth) => {
      if (cursor.offset < end) records.push(view());
      return nth < left && cursor.offset + 1 < end;
    });
    if (nextOffset === null) break;
    if (records.length > last * 2) records = records.slice(-last);
    count += taken;
    bytes += fetched.records.length;
    offset = nextOffset;
  }
  return { records: records.slice(-last), whole: true };
}

/** The newest `limit` records: looks further back over offsets without a record, and less far where records are huge. */
async function readLatest(
  reader: PartitionReader,
  codecs: RecordCodecs,
  { topic, partition, limit }: Pick<RecordsInput, 'topic' | 'partition' | 'limit'>,
  { logStartOffset, highWatermark: end }: PartitionBounds,
): Promise<readonly RecordView[]> {
  let found: readonly RecordView[] = [];
  let span = limit;
  for (let looks = 0; looks < looksMax; looks++) {
    const start = Math.max(logStartOffset, end - span);
    const read = await readStretch(reader, codecs, { topic, partition, start, end, first: span, last: limit });
    if (!read.whole) {
      if (found.length > 0) return found;
      span = Math.max(1, Math.floor(read.records.length / 2));
      continue;
    }
    found = read.records;
    if (found.length >= limit || start === logStartOffset || span < limit) return found;
    span *= 4;
  }
  return found;
}
