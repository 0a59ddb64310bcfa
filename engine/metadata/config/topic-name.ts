/** Which texts name a topic (`org.apache.kafka.common.internals.Topic`). */

const nameLengthMax = 249;

/** What is wrong with `name` in Kafka's words, or null. */
export function topicNameProblem(name: string): string | null {
  const problem = reason(name);
  return problem === null ? null : `Topic name is invalid: ${problem}`;
}

function reason(name: string): string | null {
  if (name === '') return 'the empty string is not allowed';
  if (name === '.') return "'.' is not allowed";
  if (name === '..') return "'..' is not allowed";
  if (name.length > nameLengthMax) {
    return `the length of '${name}' is longer than the max allowed length ${nameLengthMax}`;
  }
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) {
    return `'${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`;
  }
  return null;
}

/** Names that differ only in '.' and '_' would share a metric's name. */
export function collidingNameKey(name: string): string {
  return name.replaceAll('.', '_');
}

const internalTopics: ReadonlySet<string> = new Set([
  '__consumer_offsets',
  '__transaction_state',
  '__share_group_state',
]);

export function isInternalTopic(name: string): boolean {
  return internalTopics.has(name);
}
