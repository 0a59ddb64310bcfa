/**
 * One connection to one endpoint that knows which versions are spoken there. It asks for them (ApiVersions) first, each
 * time it has connected; requests wait for the answer and then go out in their order, in the newest version that both
 * sides know.
 *
 * What is in flight when the connection is lost is rejected, as by {@link RpcChannel}; so is what waits when it cannot
 * be made. Retrying is the owner's.
 */
import { NetworkError } from '../../env/index.ts';
import { RpcChannel, type RpcChannelOptions } from '../../net/index.ts';
import {
  type Api,
  apiVersionsApi,
  ErrorCode,
  errorName,
  type RequestInputOf,
  type ResponseOf,
  stableVersions,
} from '../../protocol/index.ts';
import { clientError, type KafkaError } from '../kafka-error.ts';

export interface BrokerConnectionOptions extends RpcChannelOptions {
  readonly requestTimeoutMs: number;
  readonly onReady: () => void;
  /** `wasReady`: it had been of use; else it could not be made. */
  readonly onLost: (error: NetworkError | null, wasReady: boolean) => void;
}

export interface RequestOptions {
  readonly timeoutMs?: number;
  readonly versionMax?: number;
}

const softwareName = 'brokerlab';
const softwareVersion = '1';

export class BrokerConnection {
  readonly host: string;
  readonly port: number;
  readonly #options: BrokerConnectionOptions;
  readonly #channel: RpcChannel;
  #versions: ReadonlyMap<number, { readonly min: number; readonly max: number }> | null = null;
  #negotiating = false;
  #usedAtMs: number;
  #waiting: { go: () => void; fail: (error: KafkaError) => void }[] = [];

  constructor(options: BrokerConnectionOptions) {
    this.#options = options;
    this.host = options.host;
    this.port = options.port;
    this.#usedAtMs = options.env.clock.monotonic();
    this.#channel = new RpcChannel({ ...options, onDisconnect: (error) => this.#onDisconnect(error) });
  }

  /** Requests go out at once. */
  get ready(): boolean {
    return this.#versions !== null;
  }

  get connecting(): boolean {
    return this.#negotiating;
  }

  /** Requests without a response, those that wait for the connection among them. */
  get pendingCount(): number {
    return this.#channel.pendingCount + this.#waiting.length;
  }

  /** When it last got a request, on the monotonic scale. */
  get usedAtMs(): number {
    return this.#usedAtMs;
  }

  get queuedBytes(): number {
    return this.#channel.queuedBytes;
  }

  /** Starts to connect unless it does or is. */
  connect(): void {
    if (this.#versions !== null || this.#negotiating) return;
    this.#negotiating = true;
    this.#negotiate().then(
      (failure) => {
        this.#negotiating = false;
        const waiting = this.#waiting;
        this.#waiting = [];
        if (failure === null) this.#options.onReady();
        for (const { go, fail } of waiting) {
          if (failure === null) go();
          else fail(failure);
        }
      },
      (error: unknown) => {
        throw error;
      },
    );
  }

  send<A extends Api>(api: A, request: RequestInputOf<A>, options: RequestOptions = {}): Promise<ResponseOf<A>> {
    return this.#whenReady(options.timeoutMs, (timeoutMs) =>
      this.#channel.send(api, request, { timeoutMs, version: this.#version(api, options.versionMax) }),
    );
  }

  /** A request without a response; resolves when it was handed to the connection. */
  post<A extends Api>(api: A, request: RequestInputOf<A>, options: RequestOptions = {}): Promise<void> {
    return this.#whenReady(options.timeoutMs, (timeoutMs) =>
      this.#channel.post(api, request, { timeoutMs, version: this.#version(api, options.versionMax) }),
    );
  }

  close(): void {
    this.#channel.close();
  }

  /** The newest version that both sides know; throws an UnsupportedVersionException. */
  #version(api: Api, versionMax = Number.POSITIVE_INFINITY): number {
    if (this.#versions === null) throw clientError('DisconnectException', `${this.host}:${this.port} is gone again`);
    const own = stableVersions(api);
    const theirs = this.#versions.get(api.key);
    const version = theirs === undefined ? -1 : Math.min(own.max, theirs.max, versionMax);
    if (theirs !== undefined && version >= own.min && version >= theirs.min) return version;
    throw clientError('UnsupportedVersionException', `The node does not support ${api.name}`);
  }

  async #whenReady<T>(timeoutMs = this.#options.requestTimeoutMs, run: (timeoutMs: number) => Promise<T>): Promise<T> {
    const { clock } = this.#options.env;
    this.#usedAtMs = clock.monotonic();
    try {
      if (this.#versions !== null) return await run(timeoutMs);
      const startMs = clock.monotonic();
      await new Promise<void>((resolve, reject) => {
        this.#waiting.push({ go: resolve, fail: reject });
        this.connect();
      });
      return await run(Math.max(1, timeoutMs - (clock.monotonic() - startMs)));
    } catch (error) {
      throw error instanceof NetworkError ? connectionError(error) : error;
    }
  }

  async #negotiate(): Promise<KafkaError | null> {
    try {
      const request = { clientSoftwareName: softwareName, clientSoftwareVersion: softwareVersion };
      let answer = await this.#channel.send(apiVersionsApi, request);
      if (answer.errorCode === ErrorCode.UNSUPPORTED_VERSION) {
        answer = await this.#channel.send(apiVersionsApi, request, { version: 0 });
      }
      if (answer.errorCode !== ErrorCode.NONE) {
        return clientError('DisconnectException', `ApiVersions was answered by ${errorName(answer.errorCode)}`);
      }
      this.#versions = new Map(
        answer.apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, { min: minVersion, max: maxVersion }]),
      );
      return null;
    } catch (error) {
      if (error instanceof NetworkError) return connectionError(error);
      throw error;
    }
  }

  #onDisconnect(error: NetworkError | null): void {
    const wasReady = this.#versions !== null;
    this.#versions = null;
    this.#options.onLost(error, wasReady);
  }
}

function connectionError(error: NetworkError): KafkaError {
  return clientError(error.code === 'ETIMEDOUT' ? 'TimeoutException' : 'DisconnectException', error.message, error);
}
