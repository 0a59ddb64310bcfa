/**
 * One broker on a real port whose answers to Produce a test decides, for what no cluster does on demand: a first batch that
 * is refused while the second is taken, a leader that dies with a request on its way. Topic `t` with one partition.
 */
import { handlerOf } from '../../engine/net/rpc.testkit.ts';
import { ApiRegistry, type Handler, RpcServer } from '../../engine/net/index.ts';
import { nodeCodecs } from '../../engine/env/node/compression.ts';
import { nodeEnv } from '../../engine/env/node/index.ts';
import { fromUtf8 } from '../../engine/base/text.ts';
import { apiVersionsApi, ErrorCode, initProducerIdApi, metadataApi, produceApi } from '../../engine/protocol/index.ts';
import { batchHeader, iterateBatches, iterateRecords } from '../../engine/record/index.ts';
import { temporaryDirectory } from './lab-process.ts';

export interface ScriptedBatch {
  readonly values: readonly string[];
  /** -1 without idempotence. */
  readonly baseSequence: number;
  /** Arrivals of a batch with these values so far, this one included. */
  readonly attempt: number;
}

/** The error to answer, or that the broker dies with the request unanswered. */
export type ScriptedAnswer = (batch: ScriptedBatch, broker: ScriptedBroker) => number | 'die' | Promise<number>;

export class ScriptedBroker {
  readonly port: number;
  /** Values of batches that were answered without an error, in order. */
  readonly written: string[] = [];
  readonly arrived: ScriptedBatch[] = [];
  readonly #answer: ScriptedAnswer;
  readonly #server: RpcServer;

  constructor(port: number, answer: ScriptedAnswer) {
    this.port = port;
    this.#answer = answer;
    const registry: ApiRegistry = new ApiRegistry(this.#handlers(() => registry.ranges('broker')));
    this.#server = new RpcServer({
      env: nodeEnv(temporaryDirectory('scripted'), () => {}),
      listener: 'broker',
      host: '127.0.0.1',
      port,
      registry,
      onBug: (error) => {
        throw error;
      },
    });
  }

  get bootstrap(): string {
    return `127.0.0.1:${this.port}`;
  }

  listen(): Promise<void> {
    return this.#server.listen();
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  #handlers(ranges: () => ReturnType<ApiRegistry['ranges']>): Handler[] {
    const topicId = 'scriptedtopicxxxxxxxxA';
    return [
      handlerOf(apiVersionsApi, () => ({ errorCode: ErrorCode.NONE, apiKeys: ranges() })),
      handlerOf(metadataApi, () => ({
        brokers: [{ nodeId: 1, host: '127.0.0.1', port: this.port }],
        clusterId: 'scripted',
        controllerId: 1,
        topics: [
          {
            errorCode: ErrorCode.NONE,
            name: 't',
            topicId,
            partitions: [
              { errorCode: 0, partitionIndex: 0, leaderId: 1, leaderEpoch: 0, replicaNodes: [1], isrNodes: [1] },
            ],
          },
        ],
      })),
      handlerOf(initProducerIdApi, () => ({ errorCode: ErrorCode.NONE, producerId: 7, producerEpoch: 0 })),
      {
        ...handlerOf(produceApi, async ({ topicData, acks }) => {
          const bytes = topicData[0]?.partitionData[0]?.records ?? new Uint8Array(0);
          const errorCode = await this.#take(bytes);
          if (errorCode === null || acks === 0) return null;
          const answer = { index: 0, errorCode, baseOffset: errorCode === 0 ? this.written.length - 1 : -1 };
          return { responses: [{ topicId, name: 't', partitionResponses: [answer] }] };
        }),
        pipelined: true,
      },
    ];
  }

  /** Null: it is dead. */
  async #take(bytes: Uint8Array): Promise<number | null> {
    const values = [...iterateBatches(bytes)]
      .flatMap((batch) => [...iterateRecords(batch, nodeCodecs)])
      .map(({ value }) => fromUtf8(value ?? new Uint8Array(0)));
    const attempt = 1 + this.arrived.filter((other) => String(other.values) === String(values)).length;
    const batch = { values, baseSequence: batchHeader(bytes).baseSequence, attempt };
    this.arrived.push(batch);
    const answer = await this.#answer(batch, this);
    if (answer === 'die') {
      void this.close();
      return null;
    }
    if (answer === ErrorCode.NONE) this.written.push(...values);
    return answer;
  }
}
