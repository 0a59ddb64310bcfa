/** A producer over scripted brokers, and what its tests look at. Call {@link setUpProducers} before each test. */
import { utf8 } from '../../base/text.ts';
import { nodeCodecs } from '../../env/node/compression.ts';
import { SimWorld } from '../../env/sim/index.ts';
import { KafkaError } from '../kafka-error.ts';
import { clientNode, ScriptedCluster } from '../scripted-cluster.testkit.ts';
import { type Partitioner, Producer, type ProducerEvent, type ProducerRecord, type RecordMetadata } from './index.ts';

export let world: SimWorld;
/** Brokers 1 to 3, and `orders` with three partitions that they lead in turn. */
export let cluster: ScriptedCluster;
/** Of all producers, in order. */
export let events: ProducerEvent[];

export async function setUpProducers(): Promise<void> {
  world = new SimWorld(31);
  cluster = new ScriptedCluster(world, [1, 2, 3], [], nodeCodecs);
  cluster.addTopic('orders', 3);
  events = [];
  await cluster.start();
}

export function producer(configs: Record<string, string> = {}, partitioner?: Partitioner): Producer {
  return new Producer({
    env: world.node(clientNode).env,
    codecs: nodeCodecs,
    configs: { 'bootstrap.servers': cluster.bootstrap, ...configs },
    onEvent: (event) => events.push(event),
    ...(partitioner === undefined ? {} : { partitioner }),
  });
}

/** Has metadata of `orders` and, when it wants one, its id. */
export async function ready(configs: Record<string, string> = {}): Promise<Producer> {
  const made = producer(configs);
  await world.complete(made.send(record('warm-up', { partition: 0 })));
  await world.run(1000);
  cluster.arrived.length = 0;
  events.length = 0;
  return made;
}

export function record(value: string, rest: Partial<ProducerRecord> = {}): ProducerRecord {
  return { topic: 'orders', key: null, value: utf8(value), ...rest };
}

export function failure(promise: Promise<RecordMetadata>): Promise<string> {
  return promise.then(
    () => 'no failure',
    (error: unknown) => (error instanceof KafkaError ? `${error.code}: ${error.message}` : String(error)),
  );
}

export function ofKind<K extends ProducerEvent['kind']>(kind: K): Extract<ProducerEvent, { kind: K }>[] {
  return events.filter((event): event is Extract<ProducerEvent, { kind: K }> => event.kind === kind);
}

/** `v3`, `v4`, ... */
export const values = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `v${from + i}`);
