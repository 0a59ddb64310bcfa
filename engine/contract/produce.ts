/**
 * Records that people send besides lab producers' own: imports of a file, records made from a template, replays of what is
 * in a log; and templates that are kept. What takes long is a job (`import`) in the snapshot.
 *
 * A file's text travels, never its path: whoever asks has read it.
 */
import * as v from 'valibot';
import type { Offset, PartitionIndex } from '../base/ids.ts';

const whole = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
const topicName = v.pipe(v.string(), v.minLength(1), v.maxLength(249));
const text = v.pipe(v.string(), v.maxLength(100_000));
const acks = v.picklist(['0', '1', 'all']);
/** Null: as the partitioner decides. */
const partition = v.nullable(whole(0, 100_000));

/** Of the text of an imported file, and of one that a producer takes its keys from. */
export const importTextMax = 4_000_000;
export const keyFileTextMax = 256_000;
export const importRecordsMax = 100_000;

/**
 * How a file's lines are read: `lines`, each is a value without a key; `keys`, each is a key; `tab`, `key<TAB>value`;
 * `csv`, a header line, then the column `key` and the column `value` (without one, all columns as JSON); `json`, an object
 * per line with `key`, `value` and `headers`, or whose whole is the value.
 */
export const fileFormats = ['lines', 'keys', 'tab', 'csv', 'json'] as const;
export type FileFormat = (typeof fileFormats)[number];

export const headerTemplate = v.strictObject({
  key: v.pipe(v.string(), v.minLength(1), v.maxLength(249)),
  value: v.pipe(v.string(), v.maxLength(10_000)),
});
export type HeaderTemplate = v.InferOutput<typeof headerTemplate>;
export const headerTemplates = v.pipe(v.array(headerTemplate), v.maxLength(50), v.readonly());

/** A file as it is given, or one that the lab keeps already. */
export const keyFile = v.union([
  v.strictObject({
    name: v.pipe(v.string(), v.maxLength(255)),
    format: v.picklist(fileFormats),
    text: v.pipe(v.string(), v.maxLength(keyFileTextMax)),
  }),
  v.strictObject({
    name: v.pipe(v.string(), v.maxLength(255)),
    format: v.picklist(fileFormats),
    records: whole(1, importRecordsMax),
    id: v.pipe(v.string(), v.regex(/^[0-9a-f]{8}-\d{1,9}$/, 'is no id of a file')),
  }),
]);

/** Templates of key, value and headers (`contract/templates/template`); a null key or value is Kafka's null. */
export const recordTemplate = v.strictObject({
  key: v.nullable(text),
  value: v.nullable(text),
  headers: headerTemplates,
});
export type RecordTemplate = v.InferOutput<typeof recordTemplate>;

const templateName = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1, 'a template has a name'),
  v.maxLength(64),
  // oxlint-disable-next-line no-control-regex
  v.regex(/^[^\u0000-\u001f]+$/, 'a name has no control characters'),
);

export const produceCommands = {
  /** A job: each row of the file becomes a record. */
  importRecords: v.strictObject({
    topic: topicName,
    partition,
    /** Of the file, to be told. */
    name: v.pipe(v.string(), v.maxLength(255)),
    format: v.picklist(fileFormats),
    text: v.pipe(v.string(), v.maxLength(importTextMax)),
    /** Records a second; 0: as fast as it goes. */
    rate: whole(0, 100_000),
    acks,
  }),
  /** A job: `count` records from a template; the same seed makes the same ones. */
  produceTemplate: v.strictObject({
    topic: topicName,
    partition,
    template: recordTemplate,
    count: whole(1, importRecordsMax),
    rate: whole(0, 100_000),
    seed: whole(0, 0xffff_ffff),
    acks,
  }),
  /** A job: records as they are in a log, key, value and headers, sent again. `toOffset` is the last one. */
  replayRecords: v.strictObject({
    topic: topicName,
    partition: whole(0, 100_000),
    fromOffset: whole(0, Number.MAX_SAFE_INTEGER),
    toOffset: whole(0, Number.MAX_SAFE_INTEGER),
    to: topicName,
    /** `same`: of the same number. Null: as the partitioner decides. */
    toPartition: v.nullable(v.union([whole(0, 100_000), v.literal('same')])),
    rate: whole(0, 100_000),
    acks,
  }),
  /** Kept in the lab's directory; one of the same name is replaced. */
  saveTemplate: v.strictObject({ name: templateName, template: recordTemplate }),
  removeTemplate: v.strictObject({ name: templateName }),
} as const;

export const produceQueries = {
  templates: v.strictObject({}),
  /** The first records that it would make; an error of the template says where. */
  templatePreview: v.strictObject({
    template: recordTemplate,
    count: whole(1, 20),
    seed: whole(0, 0xffff_ffff),
  }),
  /** The newest batches of a lab producer, as its partitions' leaders have them on disk. */
  producerOnDisk: v.strictObject({ client: v.pipe(v.string(), v.maxLength(64)) }),
} as const;

export interface SavedTemplate {
  readonly name: string;
  readonly template: RecordTemplate;
}

export interface TextRecord {
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly { readonly key: string; readonly value: string }[];
}

/** What lies in the logs of what a producer sent, of the newest batches that are still there. */
export interface OnDiskView {
  readonly topic: string;
  readonly partition: PartitionIndex;
  readonly batches: number;
  readonly records: number;
  /** Of the batches as they lie in the segment. */
  readonly diskBytes: number;
  /** Of the same batches with their records as they are without compression. */
  readonly uncompressedBytes: number;
  /** Of the newest one: the broker may have written it in another form than it came in (`compression.type` of the topic). */
  readonly compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';
  readonly fromOffset: Offset;
  readonly toOffset: Offset;
}

export interface ProduceAnswers {
  readonly templates: { readonly templates: readonly SavedTemplate[] };
  readonly templatePreview: { readonly records: readonly TextRecord[] };
  readonly producerOnDisk: { readonly partitions: readonly OnDiskView[] };
}
