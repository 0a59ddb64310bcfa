/** Rules for topic names (`org.apache.kafka.common.internals.Topic`). */
import type { TopicName } from '../../base/ids.ts';

const lengthMax = 249;

/** Null when the name is fine; else Kafka's message. */
export function topicNameError(name: TopicName): string | null {
  const reason = reasonInvalid(name);
  return reason === null ? null : `Topic name is invalid: ${reason}`;
}

function reasonInvalid(name: TopicName): string | null {
  if (name === '') return 'the empty string is not allowed';
  if (name === '.') return "'.' is not allowed";
  if (name === '..') return "'..' is not allowed";
  if (name.length > lengthMax) {
    return `the length of '${name}' is longer than the max allowed length ${lengthMax}`;
  }
  if (!/^[A-Za-z0-9._-]+$/.test(name)) {
    return `'${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`;
  }
  return null;
}

/** Metric names turn `.` into `_`, so two topics that differ only there would collide. Null: `name` collides with none. */
export function collidingTopic(name: TopicName, existing: Iterable<TopicName>): TopicName | null {
  if (!/[._]/.test(name)) return null;
  const unified = unify(name);
  for (const other of existing) if (other !== name && unify(other) === unified) return other;
  return null;
}

function unify(name: TopicName): string {
  return name.replaceAll('.', '_');
}
