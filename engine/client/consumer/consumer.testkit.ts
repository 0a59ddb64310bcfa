/** Consumers in the simulated world, with what their listeners heard and what they told. */
import type { TopicPartition } from '../../base/ids.ts';
import { fromUtf8 } from '../../base/text.ts';
import { topicPartitionKey } from '../../base/ids.ts';
import type { SimWorld } from '../../env/sim/index.ts';
import { noCodecs, type RecordCodecs } from '../../record/index.ts';
import { KafkaError } from '../kafka-error.ts';
import { Consumer, type ConsumerEvent, type ConsumerRecord, type RebalanceListener } from './index.ts';

export function namesOf(partitions: readonly TopicPartition[]): string[] {
  return partitions.map(({ topic, partition }) => topicPartitionKey(topic, partition));
}

export function textOf({ value }: ConsumerRecord): string {
  return value === null ? '' : fromUtf8(value);
}

/** Code and message of what the promise rejects with. */
export function failureOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no failure',
    (error: unknown) => (error instanceof KafkaError ? `${error.code}: ${error.message}` : String(error)),
  );
}

/** A consumer that polls in a loop, as an application does. */
export class PollingConsumer {
  readonly consumer: Consumer;
  readonly events: ConsumerEvent[] = [];
  /** `assigned orders-0 orders-1`. */
  readonly heard: string[] = [];
  readonly received: string[] = [];
  readonly failures: string[] = [];
  /** Between polls; a large one is an application that hangs. */
  pauseMs = 0;
  readonly #world: SimWorld;
  #stopped = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(
    world: SimWorld,
    bootstrap: string,
    configs: Readonly<Record<string, string>>,
    node = 'client',
    codecs: RecordCodecs = noCodecs,
  ) {
    this.#world = world;
    const { clock, network, random } = world.node(node).env;
    this.consumer = new Consumer({
      env: { clock, network, random },
      codecs,
      configs: { 'bootstrap.servers': bootstrap, 'group.id': 'billing', 'auto.offset.reset': 'earliest', ...configs },
      onEvent: (event) => this.events.push(event),
    });
  }

  get listener(): RebalanceListener {
    const hear = (what: string) => (partitions: readonly TopicPartition[]) => {
      this.heard.push([what, ...namesOf(partitions)].join(' '));
    };
    return {
      onPartitionsAssigned: hear('assigned'),
      onPartitionsRevoked: hear('revoked'),
      onPartitionsLost: hear('lost'),
    };
  }

  start(topics: readonly string[] = ['orders']): this {
    this.consumer.subscribe(topics, this.listener);
    return this.run();
  }

  run(): this {
    this.#loop = this.#poll();
    return this;
  }

  /** Ends the loop and closes. */
  async close(timeoutMs?: number): Promise<void> {
    this.#stopped = true;
    this.consumer.wakeup();
    await this.#loop;
    await this.consumer.close(timeoutMs);
  }

  get owned(): string[] {
    return namesOf(this.consumer.assignment());
  }

  told<T extends ConsumerEvent['type']>(type: T): Extract<ConsumerEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<ConsumerEvent, { type: T }> => event.type === type);
  }

  async #poll(): Promise<void> {
    while (!this.#stopped) {
      try {
        for (const record of await this.consumer.poll(100)) this.received.push(textOf(record));
        if (this.pauseMs > 0) await new Promise<void>((resolve) => this.#world.clock.after(this.pauseMs, resolve));
      } catch (error) {
        const { code, message } = error as KafkaError;
        if (code === 'WakeupException') return;
        this.failures.push(`${code}: ${message}`);
        return;
      }
    }
  }
}
