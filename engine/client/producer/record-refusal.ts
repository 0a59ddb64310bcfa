/** What is wrong with a record, whatever the cluster is like: `KafkaProducer.doSend` and `ProducerRecord`, with their texts. */
import { clientError, type KafkaError } from '../kafka-error.ts';
import type { ProducerRecord } from './producer-types.ts';
import { recordSizeUpperBound } from './record-accumulator.ts';

export interface SendLimits {
  readonly closed: boolean;
  /** Why the producer can go on no longer. */
  readonly fatal: KafkaError | null;
  readonly maxRequestSize: number;
  readonly bufferMemory: number;
  readonly batchSize: number;
}

/** Null: it can be sent. */
export function refusalOf(record: ProducerRecord, limits: SendLimits): KafkaError | null {
  const { partition, timestampMs } = record;
  if (limits.closed) {
    return clientError('IllegalStateException', 'Cannot perform operation after producer has been closed');
  }
  if (partition !== undefined && partition < 0) {
    const rule = 'Partition number should always be non-negative or null.';
    return clientError('IllegalArgumentException', `Invalid partition: ${partition}. ${rule}`);
  }
  if (timestampMs !== undefined && timestampMs < 0) {
    const rule = 'Timestamp should always be non-negative or null.';
    return clientError('IllegalArgumentException', `Invalid timestamp: ${timestampMs}. ${rule}`);
  }
  if (limits.fatal !== null) {
    const text =
      'Cannot perform send because at least one previous transactional or idempotent request has failed with errors.';
    return clientError('KafkaException', text, limits.fatal);
  }
  return tooLarge(recordSizeUpperBound(record), limits);
}

function tooLarge(bytes: number, { maxRequestSize, bufferMemory, batchSize }: SendLimits): KafkaError | null {
  const what = `The message is ${bytes} bytes when serialized which is larger than`;
  if (bytes > maxRequestSize) {
    const limit = `${maxRequestSize}, which is the value of the max.request.size configuration.`;
    return clientError('RecordTooLargeException', `${what} ${limit}`);
  }
  if (bytes > bufferMemory) {
    const limit = 'the total memory buffer you have configured with the buffer.memory configuration.';
    return clientError('RecordTooLargeException', `${what} ${limit}`);
  }
  const needed = Math.max(bytes, batchSize);
  if (needed <= bufferMemory) return null;
  const hardLimit = `there is a hard limit of ${bufferMemory} on memory allocations.`;
  return clientError('IllegalArgumentException', `Attempt to allocate ${needed} bytes, but ${hardLimit}`);
}
