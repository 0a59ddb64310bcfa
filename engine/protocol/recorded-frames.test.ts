import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromHex, hex } from '../base/text.ts';
import * as protocol from './index.ts';
import { allApis, toKafkaJson } from './kafka-json.testkit.ts';

interface Recording {
  readonly key: number;
  readonly version: number;
  readonly correlation_id: number;
  readonly client: string | null;
  readonly request_hex: string;
  readonly response_hex: string;
  readonly request_json: unknown;
  readonly response_json: unknown;
}

const folder = new URL('../../../shared/golden/wire/', import.meta.url);

function recordings(file: string): Recording[] {
  const lines = readFileSync(new URL(file, folder), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Recording);
}

function unframed(text: string): Uint8Array {
  return fromHex(text.slice(8));
}

/** The recorder left a snapshot's slice empty in the JSON. */
function comparable(json: unknown): unknown {
  return JSON.parse(JSON.stringify(json, (name, value: unknown) => (name.startsWith('unaligned') ? undefined : value)));
}

function joined(parts: Uint8Array[]): string {
  return parts.map(hex).join('');
}

const files = existsSync(folder) ? readdirSync(folder).filter((file) => /^\d\d-/.test(file)) : [];

describe.runIf(files.length > 0)('every recorded frame of Kafka 4.3.1', () => {
  for (const file of files) {
    const api = allApis.find(({ key }) => key === Number(file.slice(0, 2)));
    if (api === undefined) continue;

    it(`decodes to Kafka's own JSON and encodes to the same bytes: ${file}`, () => {
      for (const { key, version, request_hex, response_hex, ...recorded } of recordings(file)) {
        expect(key).toBe(api.key);
        const request = protocol.decodeRequest(api, version, unframed(request_hex));
        const where = `${api.name} v${version}`;
        expect(request.header, where).toEqual({
          apiKey: key,
          apiVersion: version,
          correlationId: recorded.correlation_id,
          clientId: recorded.client,
        });
        expect(toKafkaJson(api.request, version, request.body), where).toEqual(recorded.request_json);
        expect(joined(protocol.encodeRequest(api, version, request.header, request.body)), where).toBe(
          request_hex.slice(8),
        );
        if (response_hex === '') continue;
        const response = protocol.decodeResponse(api, version, unframed(response_hex));
        expect(response.correlationId, where).toBe(recorded.correlation_id);
        expect(comparable(toKafkaJson(api.response, version, response.body)), where).toEqual(
          comparable(recorded.response_json),
        );
        expect(joined(protocol.encodeResponse(api, version, response.correlationId, response.body)), where).toBe(
          response_hex.slice(8),
        );
      }
    });
  }
});
