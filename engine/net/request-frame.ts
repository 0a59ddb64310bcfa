/**
 * From a frame to a decoded request with its handler, or the reason why the connection must be closed: Kafka has no
 * error response for a request that it cannot read. The reasons are worded as Kafka logs them. The one exception is an
 * ApiVersions request of an unsupported version: it is answered, so that the client learns what it may use (KIP-511).
 */
import {
  type Api,
  ByteReader,
  decodeMessage,
  MalformedMessageError,
  peekRequest,
  readRequestHeader,
  type RequestHeader,
  requestHeaderVersion,
  type RequestOf,
  stableVersions,
} from '../protocol/index.ts';
import type { ApiRegistry } from './api-registry.ts';
import type { Handler, ListenerKind } from './handler.ts';

/** The frame is no request that this listener serves; the connection is closed without an answer. */
export class RequestRefusedError extends Error {
  override readonly name = 'RequestRefusedError';
}

export interface RequestFrame {
  readonly handler: Handler;
  readonly header: RequestHeader;
  readonly body: RequestOf<Api>;
}

/** An ApiVersions request of a version that this node does not speak. */
export interface UnsupportedApiVersions {
  readonly handler: null;
  readonly header: RequestHeader;
}

export const apiVersionsKey = 18;
const apiVersionsFlexibleSince = 3;
const apiKeyMax = 92;
/** Gone with ZooKeeper. */
const removedApis: ReadonlyMap<number, string> = new Map([
  [4, 'LeaderAndIsr'],
  [5, 'StopReplica'],
  [6, 'UpdateMetadata'],
  [7, 'ControlledShutdown'],
]);

/** Throws {@link RequestRefusedError}. The body holds views of `frame`. */
export function parseRequestFrame(
  registry: ApiRegistry,
  listener: ListenerKind,
  frame: Uint8Array,
): RequestFrame | UnsupportedApiVersions {
  const { apiKey, apiVersion } = peek(frame);
  const handler = registry.find(apiKey);
  if (handler === null) throw new RequestRefusedError(whyNotServed(apiKey, apiVersion));
  const { api } = handler;
  const { min, max } = api.versions;
  if (apiVersion < min || apiVersion > max) {
    if (apiKey === apiVersionsKey) return { handler: null, header: readUnsupportedApiVersions(frame, apiVersion) };
    throw new RequestRefusedError(
      `UnsupportedVersionException: Received request for api with key ${apiKey} (${api.name}) and unsupported version ${apiVersion}`,
    );
  }
  if (!api.listeners.includes(listener) || apiVersion > stableVersions(api).max) {
    throw new RequestRefusedError(disabled(apiKey, apiVersion, handler));
  }
  const reader = new ByteReader(frame);
  const header = readHeader(reader, apiKey, requestHeaderVersion(api, apiVersion));
  return { handler, header, body: readBody(reader, api, apiVersion) };
}

/** As for any version, the header is of version 2 from the first flexible version on. */
function readUnsupportedApiVersions(frame: Uint8Array, apiVersion: number): RequestHeader {
  return readHeader(new ByteReader(frame), apiVersionsKey, apiVersion >= apiVersionsFlexibleSince ? 2 : 1);
}

function peek(frame: Uint8Array): { apiKey: number; apiVersion: number } {
  if (frame.length >= 4) return peekRequest(frame);
  const guess = frame.length >= 2 ? new ByteReader(frame).int16() : -1;
  throw new RequestRefusedError(headerUnreadable(guess, `${frame.length} bytes are no request header`));
}

function readHeader(reader: ByteReader, apiKey: number, version: 1 | 2): RequestHeader {
  try {
    return readRequestHeader(reader, version);
  } catch (error) {
    if (error instanceof MalformedMessageError) throw new RequestRefusedError(headerUnreadable(apiKey, error.message));
    throw error;
  }
}

function readBody(reader: ByteReader, api: Api, version: number): RequestOf<Api> {
  try {
    return decodeMessage(api.request, version, reader);
  } catch (error) {
    if (!(error instanceof MalformedMessageError)) throw error;
    throw new RequestRefusedError(
      `InvalidRequestException: Error getting request for apiKey: ${constantName(api.name)}, apiVersion: ${version} (${error.message})`,
    );
  }
}

function whyNotServed(apiKey: number, apiVersion: number): string {
  const removed = removedApis.get(apiKey);
  if (removed !== undefined) {
    return `InvalidRequestException: Unsupported api with key ${apiKey} (${removed}) and version ${apiVersion}`;
  }
  if (apiKey < 0 || apiKey > apiKeyMax) return headerUnreadable(apiKey, `Unexpected api key: ${apiKey}`);
  return disabled(apiKey, apiVersion, null);
}

function disabled(apiKey: number, apiVersion: number, handler: Handler | null): string {
  const name = handler === null ? '' : ` (${handler.api.name})`;
  return `InvalidRequestException: Received request for disabled api with key ${apiKey}${name} and version ${apiVersion}`;
}

function headerUnreadable(apiKey: number, cause: string): string {
  return `InvalidRequestException: Error parsing request header. Our best guess of the apiKeyId is: ${apiKey} (${cause})`;
}

/** `ApiVersions` as the name of a Java constant: `API_VERSIONS`. */
function constantName(name: string): string {
  return name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
}
