/**
 * Producer ids from the block that the controller gave this broker (`RPCProducerIdManager`, KIP-730). The next block is
 * asked for when nine tenths of the current one are used; a producer that comes while there is none waits for it.
 */
import type { BrokerEpoch, DurationMs, NodeId, ProducerId } from '../base/ids.ts';
import { NetworkError } from '../env/network.ts';
import type { Tracer } from '../env/tracer.ts';
import { allocateProducerIdsApi, ErrorCode, errorName } from '../protocol/index.ts';
import type { ControllerSender } from './forwarding.ts';

export interface ProducerIdsDeps {
  readonly controller: ControllerSender;
  readonly tracer: Pick<Tracer, 'log'>;
  readonly nodeId: NodeId;
  readonly brokerEpoch: () => BrokerEpoch;
}

interface Block {
  readonly start: ProducerId;
  readonly length: number;
}

const allocationTimeoutMs: DurationMs = 5000;
const prefetchAt = 0.9;

export class ProducerIds {
  readonly #deps: ProducerIdsDeps;
  #current: Block = { start: 0, length: 0 };
  #used = 0;
  #next: Block | null = null;
  #allocation: Promise<void> | null = null;

  constructor(deps: ProducerIdsDeps) {
    this.#deps = deps;
  }

  /** The next id; null when no block could be had in time: the client is to try again. */
  async next(): Promise<ProducerId | null> {
    if (this.#used >= this.#current.length && this.#next === null) await this.#allocate();
    if (this.#used >= this.#current.length) {
      if (this.#next === null) return null;
      this.#current = this.#next;
      this.#used = 0;
      this.#next = null;
    }
    const id = this.#current.start + this.#used++;
    if (this.#used >= this.#current.length * prefetchAt && this.#next === null) void this.#allocate();
    return id;
  }

  #allocate(): Promise<void> {
    this.#allocation ??= this.#ask().finally(() => {
      this.#allocation = null;
    });
    return this.#allocation;
  }

  async #ask(): Promise<void> {
    const { controller, nodeId, brokerEpoch } = this.#deps;
    const request = { brokerId: nodeId, brokerEpoch: brokerEpoch() };
    try {
      const response = await controller.send(allocateProducerIdsApi, request, { timeoutMs: allocationTimeoutMs });
      if (response.errorCode === ErrorCode.NONE) {
        this.#next = { start: response.producerIdStart, length: response.producerIdLen };
      } else this.#warn(errorName(response.errorCode));
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      this.#warn(error.message);
    }
  }

  #warn(reason: string): void {
    this.#deps.tracer.log('warn', 'ProducerIds', `No block of producer ids from the controller: ${reason}`);
  }
}
