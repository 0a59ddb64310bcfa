/**
 * `golden-bytes.ndjson` holds one message a line for the lowest and the highest version of every request and response,
 * with no field left at its default, written by Kafka 4.3.1's own classes: bytes, and Kafka's JSON of the same value.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromHex, hex } from '../base/text.ts';
import * as protocol from './index.ts';
import { allApis, toKafkaJson } from './kafka-json.testkit.ts';

interface Golden {
  readonly api: string;
  readonly key: number;
  readonly version: number;
  readonly direction: 'request' | 'response';
  readonly hex: string;
  readonly json: unknown;
}

const lines = readFileSync(new URL('golden-bytes.ndjson', import.meta.url), 'utf8')
  .trim()
  .split('\n');
const goldens = lines.map((line) => JSON.parse(line) as Golden);

describe("bytes written by Kafka's own classes", () => {
  for (const api of allApis) {
    it(`are read and written alike: ${api.name}`, () => {
      const ours = goldens.filter(({ key }) => key === api.key);
      for (const { version, direction, hex: bytes, json } of ours) {
        const schema = api[direction];
        const where = `${schema.name} v${version}`;
        const reader = new protocol.ByteReader(fromHex(bytes));
        const message = protocol.readMessage(reader, schema, version);
        expect(reader.remaining, where).toBe(0);
        expect(toKafkaJson(schema, version, message), where).toEqual(json);
        expect(hex(protocol.encodeMessage(schema, version, message)), where).toBe(bytes);
      }
      const seen = new Set(ours.map(({ direction, version }) => `${direction} ${version}`));
      for (const version of [api.versions.min, api.versions.max]) {
        expect(seen).toContain(`request ${version}`);
        expect(seen).toContain(`response ${version}`);
      }
    });

    it(`never crash the reader when they are cut or changed: ${api.name}`, () => {
      for (const { version, direction, hex: text } of goldens.filter(({ key }) => key === api.key)) {
        const bytes = fromHex(text);
        for (let at = 0; at < bytes.length; at++) {
          const changed = bytes.slice();
          changed[at] = changed[at]! ^ 0xff;
          for (const bad of [bytes.subarray(0, at), changed]) {
            expect(outcome(() => protocol.decodeMessage(api[direction], version, bad))).toBe('fine');
          }
        }
      }
    });
  }
});

/** `fine` when there is a message or a `MalformedMessageError`. */
function outcome(decode: () => object): unknown {
  try {
    decode();
    return 'fine';
  } catch (error) {
    return error instanceof protocol.MalformedMessageError ? 'fine' : error;
  }
}
