/**
 * Partitioners besides the default one: `RoundRobinPartitioner`, and one by an expression, which stands where an
 * application of the Java client would have a class of its own.
 */
import { crc32 } from '../../base/crc32.ts';
import {
  evaluate,
  ExpressionError,
  type Expression,
  parseExpression,
  type Value,
} from '../../base/expression/index.ts';
import type { PartitionIndex, TopicName } from '../../base/ids.ts';
import { murmur2, toPositive } from '../../base/murmur2.ts';
import { fromUtf8, utf8 } from '../../base/text.ts';
import type { PartitionMetadata } from '../cluster/index.ts';
import { clientError } from '../kafka-error.ts';
import { roundRobinClass } from './producer-configs.ts';

export interface PartitionedRecord {
  readonly topic: TopicName;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
}

export interface Partitioner {
  /** As `partitioner.class` tells it. */
  readonly name: string;
  /** Asked once for each record without a partition. Null: the sticky partitioner decides. Throws a `KafkaError`. */
  partition(record: PartitionedRecord, partitions: readonly PartitionMetadata[]): PartitionIndex | null;
}

/** Of a class that the configs allow; null for the default one. */
export function partitionerOf(className: string | null): Partitioner | null {
  return className === roundRobinClass ? new RoundRobinPartitioner() : null;
}

/**
 * One partition after the other, whatever the key, those with a leader only (`RoundRobinPartitioner`). In the order of
 * their numbers; the Java client's order is that of its metadata's hash map.
 */
class RoundRobinPartitioner implements Partitioner {
  readonly name = roundRobinClass;
  readonly #next = new Map<TopicName, number>();

  partition({ topic }: PartitionedRecord, partitions: readonly PartitionMetadata[]): PartitionIndex {
    const next = this.#next.get(topic) ?? 0;
    this.#next.set(topic, (next + 1) % 0x8000_0000);
    const available = partitions.filter(({ leader }) => leader >= 0);
    return available.length > 0 ? (available[next % available.length]?.partition ?? 0) : next % partitions.length;
  }
}

/**
 * An expression over `key`, `value` (texts; unknown for null), `partitions` (how many), `number` (records before this one)
 * and `topic`, with `murmur2(text)` (as the default partitioner has it, never negative), `crc32(text)`, `length(text)` in
 * bytes and `int(text)` (unknown for what is no whole number). An unknown result leaves it to the sticky partitioner.
 */
export class ExpressionPartitioner implements Partitioner {
  readonly name: string;
  readonly #expression: Expression;
  #number = 0;

  /** Throws a ConfigException for a text that is no expression, or names what is not there. */
  constructor(text: string) {
    this.name = text;
    this.#expression = parsed(text);
    // What it names is known only when it is tried.
    this.#try({ topic: 'topic', key: utf8('key'), value: utf8('value') }, 1, (error) => {
      throw clientError('ConfigException', expressionText(text, error));
    });
  }

  partition(record: PartitionedRecord, partitions: readonly PartitionMetadata[]): PartitionIndex | null {
    const result = this.#try(record, partitions.length, (error) => {
      throw clientError('IllegalArgumentException', expressionText(this.name, error));
    });
    this.#number++;
    if (result === null) return null;
    if (typeof result !== 'number' || !Number.isInteger(result)) {
      const what = JSON.stringify(result);
      throw clientError('IllegalArgumentException', `The partitioner "${this.name}" gave ${what}, no whole number.`);
    }
    return result;
  }

  #try({ topic, key, value }: PartitionedRecord, partitions: number, fail: (error: ExpressionError) => never): Value {
    const number = this.#number;
    // Texts are made where the expression names them.
    const names = {
      topic,
      get key() {
        return key === null ? null : fromUtf8(key);
      },
      get value() {
        return value === null ? null : fromUtf8(value);
      },
      partitions,
      number,
    };
    try {
      return evaluate(this.#expression, { names, functions });
    } catch (error) {
      if (error instanceof ExpressionError) return fail(error);
      throw error;
    }
  }
}

const functions = {
  murmur2: (value: Value | undefined): Value => ofBytes(value, (bytes) => toPositive(murmur2(bytes))),
  crc32: (value: Value | undefined): Value => ofBytes(value, crc32),
  int: (value: Value | undefined): Value => {
    const text = String(value ?? '').trim();
    return /^[+-]?\d{1,15}$/.test(text) ? Number(text) : null;
  },
  length: (value: Value | undefined): Value => ofBytes(value, (bytes) => bytes.length),
};

function ofBytes(value: Value | undefined, use: (bytes: Uint8Array) => number): Value {
  if (value === undefined) throw new Error('takes one argument');
  return value === null ? null : use(utf8(String(value)));
}

function parsed(text: string): Expression {
  try {
    return parseExpression(text);
  } catch (error) {
    if (error instanceof ExpressionError) throw clientError('ConfigException', expressionText(text, error));
    throw error;
  }
}

function expressionText(text: string, { column, message }: ExpressionError): string {
  return `The partitioner "${text}" is no expression: column ${column}: ${message}`;
}
