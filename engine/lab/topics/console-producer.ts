/**
 * The console producer: records that a person typed, sent by a lab producer with the acks asked. One producer for each
 * way of acknowledging, opened when it is first used and kept, so that pressing the button again costs no handshake.
 */
import type { CommandInput } from '../../contract/commands.ts';
import { utf8 } from '../../base/text.ts';
import { Producer, type ClientEnv } from '../../client/index.ts';
import type { RecordCodecs } from '../../record/index.ts';

type Acks = CommandInput<'produceRecords'>['acks'];

export class ConsoleProducer {
  readonly #env: ClientEnv;
  readonly #codecs: RecordCodecs;
  readonly #producers = new Map<Acks, Producer>();

  constructor(env: ClientEnv, codecs: RecordCodecs) {
    this.#env = env;
    this.#codecs = codecs;
  }

  /** Resolves when all are acknowledged; rejects with the error of the first that failed. */
  async produce(bootstrapServers: string, input: CommandInput<'produceRecords'>): Promise<void> {
    const producer = this.#producer(bootstrapServers, input.acks);
    const record = {
      topic: input.topic,
      ...(input.partition === null ? {} : { partition: input.partition }),
      key: input.key === null ? null : utf8(input.key),
      value: input.value === null ? null : utf8(input.value),
      headers: input.headers.map(({ key, value }) => ({ key, value: utf8(value) })),
    };
    const sent = Array.from({ length: input.count }, () => producer.send(record));
    try {
      await Promise.all(sent);
    } catch (error) {
      // A producer that failed once may be one whose brokers are gone: the next attempt begins anew.
      await Promise.allSettled(sent);
      this.#forget(input.acks);
      throw error;
    }
  }

  stop(): void {
    for (const acks of this.#producers.keys()) this.#forget(acks);
  }

  #producer(bootstrapServers: string, acks: Acks): Producer {
    const kept = this.#producers.get(acks);
    if (kept !== undefined) return kept;
    const producer = new Producer({
      env: this.#env,
      codecs: this.#codecs,
      configs: {
        'bootstrap.servers': bootstrapServers,
        'client.id': 'console-producer',
        acks,
        // A person waits: what is not acknowledged by then is an error that says why.
        'max.block.ms': '6000',
        'request.timeout.ms': '5000',
        'delivery.timeout.ms': '10000',
      },
      onEvent: () => {},
    });
    this.#producers.set(acks, producer);
    return producer;
  }

  #forget(acks: Acks): void {
    void this.#producers.get(acks)?.close(0);
    this.#producers.delete(acks);
  }
}
