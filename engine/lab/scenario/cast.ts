/** Who plays in a scenario: the names that its file gives or makes, which everything else in it may speak of. */
import type { ParameterKind } from './functions.ts';
import type { ScenarioFile } from './scenario-schema.ts';

export interface Cast {
  /** Ids of brokers, from 1. */
  readonly brokers: ReadonlySet<number>;
  /** With how many partitions they end. */
  readonly topics: ReadonlyMap<string, number>;
  readonly producers: ReadonlySet<string>;
  readonly consumers: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
  readonly faults: ReadonlySet<string>;
  readonly remembered: ReadonlySet<string>;
}

type Fields = Readonly<Record<string, unknown>>;

/** Of the whole file: also what its steps make. */
export function castOf(file: ScenarioFile): Cast {
  const brokers = new Set(Array.from({ length: file.cluster.brokers }, (_, i) => i + 1));
  const topics = new Map<string, number>();
  const producers = new Set(file.producers.map((each) => String(each.name)));
  const consumers = new Set(file.consumers.map((each) => String(each.name)));
  const groups = new Set(file.consumers.map((each) => String(each.group ?? 'billing')));
  const faults = new Set<string>();
  const remembered = new Set<string>();
  const addTopic = ({ name, partitions }: Fields): void => void topics.set(String(name), Number(partitions));
  for (const topic of file.topics) addTopic(topic);
  for (const step of file.steps) {
    const made = step.do ?? {};
    if (made.createTopic !== undefined) addTopic(made.createTopic);
    if (made.addPartitions !== undefined)
      topics.set(String(made.addPartitions.topic), Number(made.addPartitions.count));
    if (typeof made.addProducer?.client === 'string') producers.add(made.addProducer.client);
    if (typeof made.addConsumer?.client === 'string') consumers.add(made.addConsumer.client);
    if (made.addConsumer !== undefined) groups.add(String(made.addConsumer.group ?? 'billing'));
    if (made.addBroker !== undefined) brokers.add(Number(made.addBroker.node ?? Math.max(...brokers) + 1));
    if (step.fault?.as !== undefined) faults.add(step.fault.as);
    for (const name of Object.keys(step.remember ?? {})) remembered.add(name);
  }
  return { brokers, topics, producers, consumers, groups, faults, remembered };
}

export function partitionsOf({ topics }: Cast): readonly string[] {
  return [...topics].flatMap(([topic, count]) => Array.from({ length: count }, (_, i) => `${topic}-${i}`));
}

/** Names that an argument of that kind may be; brokers are numbers. */
export function namesOfKind(cast: Cast, kind: ParameterKind): readonly string[] {
  switch (kind) {
    case 'partition':
      return partitionsOf(cast);
    case 'topic':
      return [...cast.topics.keys()];
    case 'broker':
      return [...cast.brokers].map(String);
    case 'producer':
      return [...cast.producers];
    case 'consumer':
      return [...cast.consumers];
    case 'client':
      return [...cast.producers, ...cast.consumers];
    case 'process':
      return [...[...cast.brokers].map(String), ...cast.producers, ...cast.consumers];
    case 'consumers':
      return [...cast.consumers, ...cast.groups];
    case 'group':
      return [...cast.groups];
    case 'fault':
      return [...cast.faults];
    case 'value':
      return [];
  }
}

/** Names that an expression may have and that stand for themselves. */
export function selfNames(cast: Cast): readonly string[] {
  const { topics, producers, consumers, groups, faults } = cast;
  return [...partitionsOf(cast), ...topics.keys(), ...producers, ...consumers, ...groups, ...faults];
}
