/** Records of a partition as they lie in its log, bytes and all, to be sent again. Control records are passed over. */
import type { Offset, PartitionIndex, TopicName } from '../../base/ids.ts';
import { ensureBatchValid, iterateBatches, RecordCursor, type RecordCodecs } from '../../record/index.ts';
import type { PartitionReader } from '../topics/partition-reader.ts';
import type { FeedRecord } from './send-records.ts';

export interface ReplayRange {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  readonly fromOffset: Offset;
  /** The last one. */
  readonly toOffset: Offset;
  readonly to: TopicName;
  /** Null: as the partitioner decides. */
  readonly toPartition: PartitionIndex | null;
}

const fetchBytes = 512 * 1024;

/** Rejects with the leader's error. */
export async function* replayed(
  reader: Pick<PartitionReader, 'fetch'>,
  codecs: RecordCodecs,
  { topic, partition, fromOffset, toOffset, to, toPartition }: ReplayRange,
): AsyncGenerator<FeedRecord, void, void> {
  let offset = fromOffset;
  while (offset <= toOffset) {
    const { records } = await reader.fetch(topic, partition, offset, fetchBytes);
    let nextOffset = offset;
    for (const batch of iterateBatches(records)) {
      nextOffset = Math.max(nextOffset, batch.nextOffset);
      if (batch.lastOffset < offset || batch.isControl) continue;
      ensureBatchValid(batch);
      const cursor = new RecordCursor(batch, codecs);
      while (cursor.next()) {
        if (cursor.offset < offset) continue;
        if (cursor.offset > toOffset) return;
        const { key, value } = cursor;
        yield {
          from: `offset ${cursor.offset}`,
          topic: to,
          ...(toPartition === null ? {} : { partition: toPartition }),
          key: key?.slice() ?? null,
          value: value?.slice() ?? null,
          headers: cursor.headers().map((header) => ({ key: header.key, value: header.value?.slice() ?? null })),
        };
      }
    }
    // The end of the log.
    if (nextOffset === offset) return;
    offset = nextOffset;
  }
}
