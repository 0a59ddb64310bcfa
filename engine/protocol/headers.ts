/**
 * What precedes the body in a frame. Requests: header 1 (key, version, correlation id, client id), or 2 with tagged
 * fields for flexible versions; the client id keeps its int16 length in both. Responses: header 0 (correlation id), or
 * 1 with tagged fields; ApiVersions answers with header 0 in every version, since the client cannot know yet what the
 * broker speaks (KIP-511).
 *
 * The 4-byte length in front of a frame is not part of this.
 */
import {
  defineSchema,
  type Api,
  type Message,
  type MessageInput,
  type RequestInputOf,
  type RequestOf,
} from './schema/schema.ts';
import { readMessage, writeMessage } from './schema/codec.ts';
import { int16, int32, string } from './schema/field.ts';
import type { ResponseInputOf, ResponseOf } from './schema/schema.ts';
import { ByteReader } from './wire/byte-reader.ts';
import { ByteWriter } from './wire/byte-writer.ts';

export const requestHeaderSchema = defineSchema({
  name: 'RequestHeader',
  versions: '1-2',
  flexible: '2+',
  fields: {
    apiKey: int16('0+'),
    apiVersion: int16('0+'),
    correlationId: int32('0+'),
    clientId: string('1+', { nullable: '1+', flexible: 'none' }),
  },
});
export type RequestHeader = Message<typeof requestHeaderSchema>;
export type RequestHeaderInput = MessageInput<typeof requestHeaderSchema>;

export const responseHeaderSchema = defineSchema({
  name: 'ResponseHeader',
  versions: '0-1',
  flexible: '1+',
  fields: { correlationId: int32('0+') },
});

const apiVersionsKey = 18;

function isFlexible(api: Api, version: number): boolean {
  return api.flexibleSince !== null && version >= api.flexibleSince;
}

export function requestHeaderVersion(api: Api, version: number): 1 | 2 {
  return isFlexible(api, version) ? 2 : 1;
}

export function responseHeaderVersion(api: Api, version: number): 0 | 1 {
  return api.key !== apiVersionsKey && isFlexible(api, version) ? 1 : 0;
}

/** Whether the highest version may be used: unstable ones are neither advertised nor accepted. */
export function stableVersions(api: Api): { readonly min: number; readonly max: number } {
  return { min: api.versions.min, max: api.latestVersionUnstable ? api.versions.max - 1 : api.versions.max };
}

/** Key and version that open every request: enough to find the header's and the body's version. */
export function peekRequest(frame: Uint8Array): { readonly apiKey: number; readonly apiVersion: number } {
  const reader = new ByteReader(frame);
  return { apiKey: reader.int16(), apiVersion: reader.int16() };
}

/** Reads the header and leaves the reader at the body. `version` is that of the header. */
export function readRequestHeader(reader: ByteReader, version: 1 | 2): RequestHeader {
  return readMessage(reader, requestHeaderSchema, version);
}

/** Reads the correlation id and leaves the reader at the body. */
export function readResponseHeader(reader: ByteReader, version: 0 | 1): number {
  return readMessage(reader, responseHeaderSchema, version).correlationId;
}

/** Byte strings of this size and more are passed on by reference instead of being copied. */
const referenceFrom = 2048;

/** Header and body of a request, without the length. */
export function encodeRequest<A extends Api>(
  api: A,
  version: number,
  header: { readonly correlationId: number; readonly clientId: string | null },
  body: RequestInputOf<A>,
): Uint8Array[] {
  const writer = new ByteWriter(256, referenceFrom);
  const { correlationId, clientId } = header;
  const whole = { apiKey: api.key, apiVersion: version, correlationId, clientId };
  writeMessage(writer, requestHeaderSchema, requestHeaderVersion(api, version), whole);
  writeMessage(writer, api.request, version, body);
  return writer.parts();
}

/** Header and body of a response, without the length. */
export function encodeResponse<A extends Api>(
  api: A,
  version: number,
  correlationId: number,
  body: ResponseInputOf<A>,
): Uint8Array[] {
  const writer = new ByteWriter(256, referenceFrom);
  writeMessage(writer, responseHeaderSchema, responseHeaderVersion(api, version), { correlationId });
  writeMessage(writer, api.response, version, body);
  return writer.parts();
}

/** Reads header and body of a request whose API and version are known. */
export function decodeRequest<A extends Api>(
  api: A,
  version: number,
  frame: Uint8Array,
): { readonly header: RequestHeader; readonly body: RequestOf<A> } {
  const reader = new ByteReader(frame);
  const header = readRequestHeader(reader, requestHeaderVersion(api, version));
  return { header, body: readMessage<A['request']>(reader, api.request, version) };
}

/** Reads header and body of a response whose API and version are known. */
export function decodeResponse<A extends Api>(
  api: A,
  version: number,
  frame: Uint8Array,
): { readonly correlationId: number; readonly body: ResponseOf<A> } {
  const reader = new ByteReader(frame);
  const correlationId = readResponseHeader(reader, responseHeaderVersion(api, version));
  return { correlationId, body: readMessage<A['response']>(reader, api.response, version) };
}
