/**
 * The lab's own producer under faults, with short times. It may do what the Java producer may: give a batch up whose
 * outcome it never heard, and, once it has bumped its epoch, write a batch again that was written. What it said was
 * acknowledged must be there all the same.
 */
import { utf8 } from '../../engine/base/text.ts';
import { KafkaError, Producer, type ProducerEvent } from '../../engine/client/index.ts';
import type { Env } from '../../engine/env/index.ts';
import { noCodecs } from '../../engine/record/index.ts';
import type { Acknowledged, SimProducer } from './test-producer.ts';
import type { Verdict } from './verdict.ts';

const configs = {
  'request.timeout.ms': '3000',
  'delivery.timeout.ms': '12000',
  'max.block.ms': '12000',
  'retry.backoff.ms': '50',
  'socket.connection.setup.timeout.ms': '1000',
} as const;
const pendingMax = 200;
/** Nobody else may fail a record: its time was over, with or without an attempt. */
const harmless: readonly string[] = ['TimeoutException', 'BufferExhaustedException'];

export class LabProducer implements SimProducer {
  readonly name: string;
  readonly acknowledged: Acknowledged[] = [];
  pending = 0;
  readonly #topic: string;
  readonly #env: Env;
  readonly #verdict: Verdict;
  readonly #producer: Producer;
  #identities = 0;
  #stopped = false;

  constructor(name: string, topic: string, env: Env, ports: ReadonlyMap<number, number>, verdict: Verdict) {
    this.name = name;
    this.#topic = topic;
    this.#env = env;
    this.#verdict = verdict;
    const servers = [...ports.values()].map((port) => `127.0.0.1:${port}`).join(',');
    this.#producer = new Producer({
      env,
      codecs: noCodecs,
      configs: { ...configs, 'bootstrap.servers': servers, 'client.id': name },
      onEvent: (event) => this.#onEvent(event),
    });
  }

  get repeats(): boolean {
    return this.#identities > 1;
  }

  async start(partitions: number): Promise<void> {
    while (!this.#producer.sample().ready) await new Promise<void>((resolve) => this.#env.clock.after(20, resolve));
    for (let partition = 0; partition < partitions; partition++) this.#produce(partition, 0);
  }

  stop(): void {
    this.#stopped = true;
  }

  #produce(partition: number, from: number): void {
    if (this.#stopped) return;
    const { random, clock } = this.#env;
    const count = this.pending < pendingMax ? 1 + random.integer(4) : 0;
    for (let number = from; number < from + count; number++)
      this.#send(partition, `${this.name}/${partition}/${number}`);
    clock.after(1 + random.integer(120), () => this.#produce(partition, from + count));
  }

  #send(partition: number, value: string): void {
    this.pending++;
    this.#producer.send({ topic: this.#topic, partition, key: null, value: utf8(value) }).then(
      ({ offset }) => {
        this.pending--;
        this.acknowledged.push({ value, partition, offset });
      },
      (error: unknown) => {
        this.pending--;
        if (error instanceof KafkaError && harmless.includes(error.code)) return;
        this.#verdict.violate(`${value} failed: ${String(error)}`);
      },
    );
  }

  #onEvent(event: ProducerEvent): void {
    if (event.kind === 'fatal') this.#verdict.violate(`${this.name} cannot go on: ${event.message}`);
    if (event.kind !== 'producer-id') return;
    this.#identities++;
    this.#verdict.tell(`${this.name} is producer ${event.producerId} with epoch ${event.producerEpoch}`);
  }
}
