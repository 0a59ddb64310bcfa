import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromHex } from '../../base/text.ts';
import type { RequestContext } from '../../net/index.ts';
import {
  decodeRequest,
  decodeResponse,
  encodeResponse,
  deleteRecordsApi,
  fetchApi,
  listOffsetsApi,
  offsetForLeaderEpochApi,
  produceApi,
} from '../../protocol/index.ts';
import type { Api, FetchRequest, FetchResponse, ProduceRequest, ProduceResponse } from '../../protocol/index.ts';
import { concatBytes } from '../../base/text.ts';
import { batch, ReplicationCluster } from '../../replication/replication-cluster.testkit.ts';

/** Exchanges with a single Kafka 4.3.1 broker, in an order in which they can be had again; hex with the length. */
interface Exchange {
  readonly key: number;
  readonly version: number;
  readonly note: string;
  readonly request: string;
  readonly response: string;
}

const file = new URL('./recorded-exchanges.ndjson', import.meta.url);
const exchanges = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Exchange);

const apis: readonly Api[] = [produceApi, fetchApi, listOffsetsApi, deleteRecordsApi, offsetForLeaderEpochApi];
const topic = 'v-base';
const topicId = 'gEmt_4tERre3a1N_4j4LKg';
/** Shortly before the first recorded batch was made. */
const startMs = 1_795_251_796_000;

const unframed = (text: string): Uint8Array => fromHex(text.slice(8));

class Replay {
  readonly cluster: ReplicationCluster;
  /** Session ids are drawn: recorded -> ours. */
  readonly #sessions = new Map<number, number>();

  constructor(cluster: ReplicationCluster) {
    this.cluster = cluster;
  }

  static async start(): Promise<Replay> {
    const cluster = await new ReplicationCluster({ brokers: 1, startMs }).start();
    cluster.createTopic(topic, [[1], [1]], topicId);
    await cluster.world.run(100);
    return new Replay(cluster);
  }

  /** What we answer, with recorded session ids in place of ours, and what was recorded. */
  async answer(exchange: Exchange): Promise<{ ours: unknown; recorded: unknown }> {
    const api = apis.find(({ key }) => key === exchange.key)!;
    const { header, body } = decodeRequest(api, exchange.version, unframed(exchange.request));
    const recorded =
      exchange.response === '' ? null : decodeResponse(api, exchange.version, unframed(exchange.response)).body;
    if (api === produceApi) this.#fill(exchange, body as ProduceRequest, recorded as ProduceResponse | null);
    const recordedSession = (body as Partial<FetchRequest>).sessionId ?? 0;
    const request = {
      ...body,
      ...(api === fetchApi ? { sessionId: this.#sessions.get(recordedSession) ?? recordedSession } : {}),
    };
    const context: RequestContext = {
      listener: 'broker',
      connectionId: 1,
      remote: '127.0.0.1:1',
      remoteHost: '127.0.0.1',
      localPort: 1,
      header,
      clientSoftwareName: 'unknown',
      clientSoftwareVersion: 'unknown',
      receivedMs: 0,
    };
    const answered = await this.cluster.world.complete(
      Promise.resolve(this.cluster.broker(1).registry.find(api.key)!.handle(request, context)),
    );
    if (answered === null) return { ours: null, recorded };
    const bytes = concatBytes(encodeResponse(api, exchange.version, header.correlationId, answered));
    const ours = decodeResponse(api, exchange.version, bytes).body;
    return {
      ours: api === fetchApi ? this.#withRecordedSession(ours as FetchResponse, recorded as FetchResponse) : ours,
      recorded,
    };
  }

  #withRecordedSession(ours: FetchResponse, recorded: FetchResponse): FetchResponse {
    if (ours.sessionId === 0 || recorded.sessionId === 0) return ours;
    this.#sessions.set(recorded.sessionId, ours.sessionId);
    return { ...ours, sessionId: recorded.sessionId };
  }

  /** The recording left some appends out: brings the log to where this one was. */
  #fill(exchange: Exchange, request: ProduceRequest, recorded: ProduceResponse | null): void {
    const answer = recorded?.responses[0]?.partitionResponses[0];
    const offset = answer === undefined ? (exchange.version - 3) * 3 + 2 : answer.baseOffset;
    const { log } = this.cluster.replica(1, topic);
    while (request.topicData[0]!.partitionData[0]!.index === 0 && log.logEndOffset < offset) {
      this.cluster.broker(1).replicas.append([{ topic, partition: 0, records: batch('left out') }], {
        requiredAcks: 1,
        timeoutMs: 0,
        origin: 'client',
      });
    }
  }
}

describe('the data path, asked what Kafka 4.3.1 was asked', () => {
  for (const api of [produceApi, offsetForLeaderEpochApi, listOffsetsApi, fetchApi, deleteRecordsApi]) {
    it(`answers ${api.name} alike`, async () => {
      const replay = await Replay.start();
      let compared = 0;
      for (const exchange of exchanges) {
        if (exchange.key !== produceApi.key && exchange.key !== api.key) continue;
        const { ours, recorded } = await replay.answer(exchange);
        if (exchange.key !== api.key) continue;
        expect(ours, `${api.name} v${exchange.version} ${exchange.note}`).toEqual(recorded);
        compared++;
      }
      expect(compared).toBeGreaterThan(1);
    });
  }
});
