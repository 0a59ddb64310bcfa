/** A response as it goes to the socket: length, header, body, with large byte strings by reference. */
import {
  type Api,
  apiVersionsApi,
  ByteWriter,
  ErrorCode,
  responseHeaderSchema,
  responseHeaderVersion,
  type ResponseInputOf,
  writeMessage,
} from '../protocol/index.ts';

/** Byte strings from this size on are passed on instead of copied. */
const referenceFrom = 2048;

/** The parts of the frame, its length included. */
export function responseFrame<A extends Api>(
  api: A,
  version: number,
  correlationId: number,
  body: ResponseInputOf<A>,
): Uint8Array[] {
  return framed((writer) => {
    writeMessage(writer, responseHeaderSchema, responseHeaderVersion(api, version), { correlationId });
    writeMessage(writer, api.response, version, body);
  });
}

/** ApiVersions of a version that is not spoken: error 35 in a body of version 0 with the one range that helps. */
export function unsupportedApiVersionsFrame(correlationId: number): Uint8Array[] {
  const { key, versions } = apiVersionsApi;
  return responseFrame(apiVersionsApi, 0, correlationId, {
    errorCode: ErrorCode.UNSUPPORTED_VERSION,
    apiKeys: [{ apiKey: key, minVersion: versions.min, maxVersion: versions.max }],
  });
}

/** The parts that `write` writes, behind their length. */
export function framed(write: (writer: ByteWriter) => void): Uint8Array[] {
  const writer = new ByteWriter(256, referenceFrom);
  writer.int32(0);
  write(writer);
  writer.patchInt32(0, writer.length - 4);
  return writer.parts();
}
