/** The command lines that do or show the same: to copy into a terminal. */
import type { LabSnapshot } from '../../../engine/contract/snapshot.ts';
import { bootstrapServer, shellWord, type SameAs } from '../../model/bootstrap-server.ts';

function topics(snapshot: LabSnapshot, rest: string): SameAs {
  return { tool: 'kafka-topics', command: `kafka-topics --bootstrap-server ${bootstrapServer(snapshot)} ${rest}` };
}

function configs(snapshot: LabSnapshot, topic: string, rest: string): SameAs {
  const entity = `--entity-type topics --entity-name ${shellWord(topic)}`;
  return {
    tool: 'kafka-configs',
    command: `kafka-configs --bootstrap-server ${bootstrapServer(snapshot)} ${entity} ${rest}`,
  };
}

export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly configs: Readonly<Record<string, string>>;
}

export function forCreate(snapshot: LabSnapshot, topic: NewTopic): SameAs {
  const set = Object.entries(topic.configs)
    .map(([name, value]) => ` --config ${shellWord(`${name}=${value}`)}`)
    .join('');
  const counts = `--partitions ${topic.partitions} --replication-factor ${topic.replicationFactor}`;
  return topics(snapshot, `--create --topic ${shellWord(topic.name)} ${counts}${set}`);
}

export function forDelete(snapshot: LabSnapshot, topic: string): SameAs {
  return topics(snapshot, `--delete --topic ${shellWord(topic)}`);
}

export function forAddPartitions(snapshot: LabSnapshot, topic: string, total: number): SameAs {
  return topics(snapshot, `--alter --topic ${shellWord(topic)} --partitions ${total}`);
}

export function forDescribe(snapshot: LabSnapshot, topic: string): readonly SameAs[] {
  return [topics(snapshot, `--describe --topic ${shellWord(topic)}`), configs(snapshot, topic, '--describe --all')];
}

/** A value with commas goes into brackets: `cleanup.policy=[compact,delete]`. Null takes the config away. */
export function forConfig(snapshot: LabSnapshot, topic: string, name: string, value: string | null): SameAs {
  if (value === null) return configs(snapshot, topic, `--alter --delete-config ${shellWord(name)}`);
  const given = value.includes(',') ? `[${value}]` : value;
  return configs(snapshot, topic, `--alter --add-config ${shellWord(`${name}=${given}`)}`);
}
