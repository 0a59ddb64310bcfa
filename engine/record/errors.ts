/** What is wrong with record bytes from outside. Never thrown for a bug of ours. */

/** The bytes are no batch or record: Kafka's `CorruptRecordException`, answered as CORRUPT_MESSAGE. */
export class CorruptRecordError extends Error {
  override readonly name = 'CorruptRecordError';
}

/** The bytes are a batch that breaks a rule: Kafka's `InvalidRecordException`, answered as INVALID_RECORD. */
export class InvalidRecordError extends Error {
  override readonly name = 'InvalidRecordError';
}
