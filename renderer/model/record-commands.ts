/** The command lines that read, follow or write the same records: to copy into a terminal. */
import type { CommandInput } from '../../engine/contract/commands.ts';
import type { QueryInput } from '../../engine/contract/queries.ts';
import type { LabSnapshot } from '../../engine/contract/snapshot.ts';
import { bootstrapServer, shellWord, type SameAs } from './bootstrap-server.ts';

type From = QueryInput<'records'>['from'];

/** kcat's `-o`, and its `-c` where it counts from the end. */
function kcatOffset(from: From, limit: number): string {
  switch (from.by) {
    case 'earliest':
      return 'beginning';
    case 'latest':
      return `-${limit}`;
    case 'offset':
      return String(from.offset);
    case 'time':
      return `s@${from.timestampMs}`;
  }
}

const format = String.raw`'%o %T %k %s %h\n'`;

export function forPage(
  snapshot: LabSnapshot,
  topic: string,
  partition: number,
  from: From,
  limit: number,
): readonly SameAs[] {
  const server = bootstrapServer(snapshot);
  const kcat = `kcat -C -b ${server} -t ${topic} -p ${partition} -o ${kcatOffset(from, limit)} -c ${limit} -e -f ${format}`;
  if (from.by !== 'offset' && from.by !== 'earliest') return [{ tool: 'kcat', command: kcat }];
  const offset = from.by === 'offset' ? String(from.offset) : 'earliest';
  const properties = ['print.offset', 'print.key', 'print.headers']
    .map((name) => ` --formatter-property ${name}=true`)
    .join('');
  const place = `--topic ${topic} --partition ${partition} --offset ${offset} --max-messages ${limit}`;
  return [
    { tool: 'kcat', command: kcat },
    {
      tool: 'kafka-console-consumer',
      command: `kafka-console-consumer --bootstrap-server ${server} ${place}${properties}`,
    },
  ];
}

/** Null partition: all of them. */
export function forTail(snapshot: LabSnapshot, topic: string, partition: number | null): SameAs {
  const of = partition === null ? '' : ` -p ${partition}`;
  const formatted = String.raw`'%p %o %T %k %s\n'`;
  return { tool: 'kcat', command: `kcat -C -b ${bootstrapServer(snapshot)} -t ${topic}${of} -o end -f ${formatted}` };
}

/** One record of them; `count` of them are a loop of the shell. */
export function forProduce(snapshot: LabSnapshot, record: CommandInput<'produceRecords'>): SameAs {
  const { topic, partition, key, value, headers, count, acks } = record;
  const words = ['kcat', '-P', '-b', bootstrapServer(snapshot), '-t', topic];
  if (partition !== null) words.push('-p', String(partition));
  if (key !== null) words.push('-k', shellWord(key));
  for (const header of headers) words.push('-H', shellWord(`${header.key}=${header.value}`));
  words.push('-X', `acks=${acks}`);
  if (value === null) words.push('-Z');
  const one = `printf %s ${shellWord(value ?? '')} | ${words.join(' ')}`;
  return { tool: 'kcat', command: count === 1 ? one : `for i in $(seq ${count}); do ${one}; done` };
}
