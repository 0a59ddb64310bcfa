/**
 * Passing a client's request on to the active controller, whole, inside an Envelope (KIP-590): header and body as the
 * client sent them, its principal and its address. The controller's answer comes back the same way.
 */
import { concatBytes } from '../base/text.ts';
import type { DurationMs } from '../base/ids.ts';
import { NetworkError } from '../env/network.ts';
import type { Handler, RequestContext } from '../net/index.ts';
import {
  asInput,
  bool,
  decodeResponse,
  defineSchema,
  encodeMessage,
  encodeRequest,
  envelopeApi,
  ErrorCode,
  string,
} from '../protocol/index.ts';
import type { Api, RequestInputOf, RequestOf, ResponseInputOf, ResponseOf } from '../protocol/index.ts';

/** Reaches the active controller and retries where it moved; rejects with a `NetworkError` when time is up. */
export interface ControllerSender {
  send<A extends Api>(
    api: A,
    request: RequestInputOf<A>,
    options: { readonly timeoutMs: DurationMs },
  ): Promise<ResponseOf<A>>;
}

/** Thrown when the controller did not serve the request; `code` is what the client is told. */
export class ForwardingError extends Error {
  override readonly name = 'ForwardingError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

export interface ForwardingChannel {
  /** Rejects with a {@link ForwardingError}. */
  forward<A extends Api>(api: A, request: RequestInputOf<A>, context: RequestContext): Promise<ResponseOf<A>>;
}

/** `DefaultPrincipalData`: who sent the request. Without authentication everybody is the same. */
const principalSchema = defineSchema({
  name: 'DefaultPrincipalData',
  versions: '0',
  flexible: '0+',
  fields: { type: string('0+'), name: string('0+'), tokenAuthenticated: bool('0+') },
});
const principalVersion = Uint8Array.of(0, 0);
const anonymous = concatBytes([
  principalVersion,
  encodeMessage(principalSchema, 0, { type: 'User', name: 'ANONYMOUS', tokenAuthenticated: false }),
]);

/** As Kafka's broker waits for the controller. */
const forwardingTimeoutMs: DurationMs = 60_000;

export class EnvelopeForwarding implements ForwardingChannel {
  readonly #controller: ControllerSender;

  constructor(controller: ControllerSender) {
    this.#controller = controller;
  }

  async forward<A extends Api>(api: A, request: RequestInputOf<A>, context: RequestContext): Promise<ResponseOf<A>> {
    const { apiVersion, correlationId, clientId } = context.header;
    const envelope = {
      requestData: concatBytes(encodeRequest(api, apiVersion, { correlationId, clientId }, request)),
      requestPrincipal: anonymous,
      clientHostAddress: addressBytes(context.remoteHost),
    };
    const { errorCode, responseData } = await this.#send(api, envelope);
    if (errorCode !== ErrorCode.NONE || responseData === null) {
      throw new ForwardingError(ErrorCode.UNKNOWN_SERVER_ERROR, `${api.name}: the controller answered ${errorCode}`);
    }
    return decodeResponse(api, apiVersion, responseData).body;
  }

  async #send(api: Api, envelope: RequestInputOf<typeof envelopeApi>): Promise<ResponseOf<typeof envelopeApi>> {
    try {
      return await this.#controller.send(envelopeApi, envelope, { timeoutMs: forwardingTimeoutMs });
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      throw new ForwardingError(ErrorCode.REQUEST_TIMED_OUT, `${api.name}: no controller answered`, error);
    }
  }
}

/** The bytes of an IPv4 address; of the loopback one when the text is something else. */
function addressBytes(host: string): Uint8Array {
  const parts = host.split('.').map(Number);
  const isAddress = parts.length === 4 && parts.every((part) => Number.isInteger(part) && part >= 0 && part <= 255);
  return Uint8Array.from(isAddress ? parts : [127, 0, 0, 1]);
}

/** A handler that passes every request on. `failed` makes the response for a request that the controller did not serve. */
export function forwardedHandler<A extends Api>(
  api: A,
  forwarding: ForwardingChannel,
  failed: (request: RequestOf<A>, code: ErrorCode, version: number) => ResponseInputOf<A>,
): Handler<A> {
  return {
    api,
    handle: (request, context) => forwardOr(api, forwarding, request, context, failed),
  };
}

/** Passes one request on, with the same rule for failure. */
export async function forwardOr<A extends Api>(
  api: A,
  forwarding: ForwardingChannel,
  request: RequestOf<A>,
  context: RequestContext,
  failed: (request: RequestOf<A>, code: ErrorCode, version: number) => ResponseInputOf<A>,
): Promise<ResponseInputOf<A>> {
  try {
    return asInput<A['response']>(await forwarding.forward(api, asInput<A['request']>(request), context));
  } catch (error) {
    if (error instanceof ForwardingError) return failed(request, error.code, context.header.apiVersion);
    throw error;
  }
}
