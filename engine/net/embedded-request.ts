/**
 * A request inside another one (Envelope, KIP-590: a broker passes on to the controller what a client asked of it):
 * header and body without a length, answered in the same form.
 */
import {
  ByteWriter,
  responseHeaderSchema,
  responseHeaderVersion,
  type ResponseInputOf,
  type Api,
  writeMessage,
} from '../protocol/index.ts';
import type { ApiRegistry } from './api-registry.ts';
import type { ListenerKind, RequestContext } from './handler.ts';
import { parseRequestFrame, RequestRefusedError } from './request-frame.ts';

/**
 * The response's header and body, or null for none. `outer` tells whose connection it came on; the handler sees it with
 * the inner request's header. Rejects with {@link RequestRefusedError} for what `listener` does not serve.
 */
export async function answerEmbedded(
  registry: ApiRegistry,
  listener: ListenerKind,
  embedded: Uint8Array,
  outer: RequestContext,
): Promise<Uint8Array | null> {
  const request = parseRequestFrame(registry, listener, embedded);
  if (request.handler === null) throw new RequestRefusedError('an embedded ApiVersions request of an unknown version');
  const { handler, header, body } = request;
  const response = await handler.handle(body, { ...outer, header });
  return response === null ? null : encodeEmbedded(handler.api, header.apiVersion, header.correlationId, response);
}

function encodeEmbedded<A extends Api>(
  api: A,
  version: number,
  correlationId: number,
  response: ResponseInputOf<A>,
): Uint8Array {
  const writer = new ByteWriter();
  writeMessage(writer, responseHeaderSchema, responseHeaderVersion(api, version), { correlationId });
  writeMessage(writer, api.response, version, response);
  return writer.bytes();
}
