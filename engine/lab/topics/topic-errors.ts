/** What stands in the way of a topic command or a read, as an outcome: Kafka's name and message, and what would be right. */
import type { PartitionIndex, TopicName } from '../../base/ids.ts';
import type { CommandError } from '../../contract/commands.ts';
import { KafkaError } from '../../client/index.ts';
import { CorruptRecordError, InvalidRecordError } from '../../record/index.ts';
import { refused } from '../outcome.ts';
import { OutOfRangeError } from './read-page.ts';

export interface Refused {
  readonly ok: false;
  readonly error: CommandError;
}

/** What is about a partition names it. `known`: topics and their numbers of partitions, as metadata has them. */
export interface TopicThing {
  readonly topic: TopicName;
  readonly partition?: PartitionIndex;
  /** Null: not known. */
  readonly partitions: number | null;
  readonly topics: readonly TopicName[];
}

/** Rethrows what is no outcome. */
export function refusedBy(error: unknown, thing: TopicThing): Refused {
  const { topic, partition } = thing;
  const what = partition === undefined ? 'topic' : 'partition';
  const value = partition === undefined ? topic : `${topic}-${partition}`;
  if (error instanceof OutOfRangeError) {
    const { logStartOffset, highWatermark } = error.bounds;
    const hint = `${value} has offsets ${logStartOffset} to ${highWatermark} (its high watermark).`;
    return refused('OFFSET_OUT_OF_RANGE', 'offset', String(error.offset), hint);
  }
  if (error instanceof CorruptRecordError || error instanceof InvalidRecordError) {
    return refused('CORRUPT_MESSAGE', what, value, error.message);
  }
  if (!(error instanceof KafkaError)) throw error;
  return refused(error.code, what, value, hintOf(error, thing));
}

function hintOf({ code, message }: KafkaError, { topic, partition, partitions, topics }: TopicThing): string {
  if (code !== 'UNKNOWN_TOPIC_OR_PARTITION' && code !== 'UNKNOWN_TOPIC_ID') return message;
  if (partition !== undefined && partitions !== null && partition >= partitions) {
    return partitions === 1 ? `${topic} has one partition, 0.` : `${topic} has partitions 0 to ${partitions - 1}.`;
  }
  if (topics.length === 0) return 'The lab has no topics.';
  const named = topics.slice(0, namesMax).join(', ');
  return `The lab has ${named}${topics.length > namesMax ? ', ...' : ''}.`;
}

const namesMax = 8;
