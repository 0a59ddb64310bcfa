import { describe, expect, it } from 'vitest';
import { MalformedMessageError } from '../../protocol/wire/index.ts';
import { recordedBatches, recordedShapes, recordedSnapshotValues } from '../recorded-log.testkit.ts';
import { decodeMetadataRecord, encodeMetadataRecord, metadataRecordSchemas } from './index.ts';

describe('metadata records', () => {
  it.each(recordedShapes)(
    'reads a recorded $type v$version as the official decoder does',
    ({ type, version, bytes, data }) => {
      const record = decodeMetadataRecord(bytes);
      expect(record).toMatchObject({ type, version, ...data });
    },
  );

  it('writes every record of the recorded log and snapshot with the recorded bytes', () => {
    const values = [...recordedBatches.flatMap((batch) => batch.records), ...recordedSnapshotValues];
    expect(values.length).toBeGreaterThan(900);
    for (const bytes of values) expect(encodeMetadataRecord(decodeMetadataRecord(bytes))).toEqual(bytes);
  });

  it('knows each api key once', () => {
    const keys = Object.values(metadataRecordSchemas).map((schema) => schema.key);
    expect(new Set(keys).size).toBe(26);
    expect(keys.length).toBe(26);
  });

  it.each([
    ['another frame version', [2, 20, 0, 0]],
    ['an unknown api key', [1, 99, 0, 0]],
    ['an unknown version', [1, 20, 1, 0]],
    ['bytes behind the body', [1, 20, 0, 0, 7]],
    ['a missing body', [1, 2, 0]],
    ['nothing', []],
  ])('refuses %s', (_, bytes) => {
    expect(() => decodeMetadataRecord(new Uint8Array(bytes))).toThrow(MalformedMessageError);
  });
});
