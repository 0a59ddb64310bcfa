/** Handlers and a raw client for the tests of this module. */
import { concatBytes } from '../base/text.ts';
import type { Env, NetworkError } from '../env/index.ts';
import {
  type Api,
  apiVersionsApi,
  brokerHeartbeatApi,
  ErrorCode,
  metadataApi,
  type RequestOf,
  type ResponseInputOf,
  voteApi,
} from '../protocol/index.ts';
import * as messages from '../protocol/messages/index.ts';
import { ApiRegistry, FrameReader, type Handler, type ListenerKind, type RequestContext } from './index.ts';

const allApis: readonly Api[] = Object.values(messages);

type Answer<A extends Api> = ResponseInputOf<A> | null | Promise<ResponseInputOf<A> | null>;

/** A handler of `api` that answers by a function. */
export function handlerOf<A extends Api>(
  api: A,
  handle: (request: RequestOf<A>, context: RequestContext) => Answer<A>,
): Handler<A> {
  return { api, handle };
}

const answered = [apiVersionsApi, metadataApi, voteApi, brokerHeartbeatApi].map(({ key }) => key);

/** All APIs of the protocol: four of them answer, the others must not be reached. */
export function fullRegistry(listener: ListenerKind): ApiRegistry {
  const registry: ApiRegistry = new ApiRegistry([
    handlerOf(voteApi, () => ({ errorCode: ErrorCode.NONE, topics: [] })),
    handlerOf(brokerHeartbeatApi, () => ({
      errorCode: ErrorCode.NONE,
      isCaughtUp: true,
      isFenced: false,
      shouldShutDown: false,
    })),
    handlerOf(metadataApi, () => ({ brokers: [], controllerId: 1, topics: [] })),
    handlerOf(apiVersionsApi, ({ clientSoftwareName }, { header }) =>
      header.apiVersion >= 3 && clientSoftwareName === ''
        ? { errorCode: ErrorCode.INVALID_REQUEST, apiKeys: [] }
        : { errorCode: ErrorCode.NONE, apiKeys: registry.ranges(listener) },
    ),
    ...allApis
      .filter((api) => !answered.includes(api.key))
      .map((api) =>
        handlerOf(api, () => {
          throw new Error(`${api.name} was reached`);
        }),
      ),
  ]);
  return registry;
}

/** A connection that sends bytes as they are and collects frames. */
export class RawClient {
  readonly frames: Uint8Array[] = [];
  closed: NetworkError | null | 'open' = 'open';
  readonly write: (bytes: Uint8Array) => void;
  readonly destroy: () => void;

  static async connect(env: Env, port: number): Promise<RawClient> {
    const connection = await env.network.connect('127.0.0.1', port, 1000);
    const reader = new FrameReader(2 ** 30);
    const client = new RawClient(
      (bytes) => connection.write([bytes]),
      () => connection.destroy(),
    );
    connection.handle({
      onData: (bytes) => {
        reader.push(bytes);
        for (let frame = reader.next(); frame !== null; frame = reader.next()) client.frames.push(frame);
      },
      onClose: (error) => {
        client.closed = error;
      },
    });
    return client;
  }

  private constructor(write: (bytes: Uint8Array) => void, destroy: () => void) {
    this.write = write;
    this.destroy = destroy;
  }

  /** First int32 of each frame that came. */
  get correlationIds(): number[] {
    return this.frames.map((frame) => new DataView(frame.buffer, frame.byteOffset).getInt32(0));
  }

  /** All frames that came, with their lengths, as they were on the wire. */
  get wire(): Uint8Array {
    return concatBytes(
      this.frames.flatMap((frame) => {
        const length = new Uint8Array(4);
        new DataView(length.buffer).setInt32(0, frame.length);
        return [length, frame];
      }),
    );
  }
}
