/**
 * Envelope (58): a broker forwards a client's request, header and body as they came; the answer goes back the same way,
 * header included. The broker must notice when this controller is not the active one, so NOT_CONTROLLER anywhere in the
 * inner answer becomes the envelope's own error (`RequestChannel.buildResponseSend`).
 */
import { concatBytes } from '../base/text.ts';
import { ApiRegistry, parseRequestFrame, RequestRefusedError } from '../net/index.ts';
import type { Handler, RequestContext } from '../net/index.ts';
import { encodeResponse, envelopeApi, ErrorCode } from '../protocol/index.ts';
import type { EnvelopeRequest, EnvelopeResponseInput } from '../protocol/index.ts';

/** `forwardable`: the handlers of requests that may come in an envelope. */
export function envelopeHandler(forwardable: readonly Handler[], isActive: () => boolean): Handler<typeof envelopeApi> {
  const registry = new ApiRegistry(forwardable);
  return {
    api: envelopeApi,
    handle: (request, context) =>
      isActive() ? unwrap(registry, request, context) : { errorCode: ErrorCode.NOT_CONTROLLER },
  };
}

async function unwrap(
  registry: ApiRegistry,
  request: EnvelopeRequest,
  context: RequestContext,
): Promise<EnvelopeResponseInput> {
  const inner = parse(registry, request.requestData);
  if (inner === null || inner.handler === null) return { errorCode: ErrorCode.INVALID_REQUEST };
  const { handler, header, body } = inner;
  const response = await handler.handle(body, { ...context, header, remoteHost: addressOf(request, context) });
  if (response === null) return { errorCode: ErrorCode.INVALID_REQUEST };
  if (namesError(response, ErrorCode.NOT_CONTROLLER)) return { errorCode: ErrorCode.NOT_CONTROLLER };
  const { apiVersion, correlationId } = header;
  return {
    errorCode: ErrorCode.NONE,
    responseData: concatBytes(encodeResponse(handler.api, apiVersion, correlationId, response)),
  };
}

function parse(registry: ApiRegistry, frame: Uint8Array): ReturnType<typeof parseRequestFrame> | null {
  try {
    return parseRequestFrame(registry, 'controller', frame);
  } catch (error) {
    if (error instanceof RequestRefusedError) return null;
    throw error;
  }
}

/** The forwarded client's IPv4 address; the broker's own when it is none. */
function addressOf(request: EnvelopeRequest, context: RequestContext): string {
  const bytes = request.clientHostAddress;
  return bytes.length === 4 ? [...bytes].join('.') : context.remoteHost;
}

/** Whether `errorCode` is `code` anywhere in the response. */
function namesError(value: unknown, code: ErrorCode): boolean {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false;
  if (Array.isArray(value)) return value.some((item) => namesError(item, code));
  return Object.entries(value).some(([name, field]) =>
    name === 'errorCode' ? field === code : namesError(field, code),
  );
}
