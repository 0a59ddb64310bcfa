import { describe, expect, it } from 'vitest';
import { emptyMetadataImage } from './image.ts';
import type { MetadataImage } from './image.ts';
import { recordedBatches, recordedSnapshotEnd, recordedSnapshotValues } from './recorded-log.testkit.ts';
import { encodeMetadataRecord } from './records/index.ts';
import type { MetadataRecord } from './records/index.ts';
import { MetadataReplay } from './replay.ts';
import { snapshotRecords } from './snapshot-records.ts';

const provenance = { lastOffset: 0, epoch: 1, appendTimestampMs: 0 };

/** Everything of an image that has no order and no provenance. */
function content(image: MetadataImage): unknown {
  const sorted = <K, V>(map: ReadonlyMap<K, V>): [K, V][] =>
    [...map].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  return {
    features: sorted(image.features),
    brokers: sorted(image.cluster.brokers),
    controllers: sorted(image.cluster.controllers).map(([id, it]) => [
      id,
      { ...it, features: [...it.features].sort((a, b) => (a.name < b.name ? -1 : 1)) },
    ]),
    topics: sorted(image.topics.byName).map(([name, topic]) => [name, topic.id, sorted(topic.partitions)]),
    configs: sorted(image.configs).map(([key, resource]) => [key, sorted(resource.entries)]),
    nextProducerId: image.nextProducerId,
  };
}

function batch(baseOffset: number, records: readonly MetadataRecord[]) {
  return {
    lastOffset: baseOffset + records.length - 1,
    epoch: 1,
    appendTimestampMs: 5,
    records: records.map(encodeMetadataRecord),
  };
}

const topic = (name: string, topicId: string): MetadataRecord => ({ type: 'TopicRecord', version: 0, name, topicId });
const begin: MetadataRecord = { type: 'BeginTransactionRecord', version: 0, name: 'test' };
const end: MetadataRecord = { type: 'EndTransactionRecord', version: 0 };
const abort: MetadataRecord = { type: 'AbortTransactionRecord', version: 0, reason: null };
const idA = 'AAAAAAAAAAAAAAAAAAAA-A';
const idB = 'AAAAAAAAAAAAAAAAAAAA-w';

describe('replay of the metadata log', () => {
  it('reads the recorded log up to the recorded snapshot into the image that the snapshot holds', () => {
    const fromLog = new MetadataReplay();
    for (const recorded of recordedBatches) {
      if (recorded.baseOffset <= recordedSnapshotEnd.lastOffset) fromLog.commit(recorded);
    }
    const fromSnapshot = new MetadataReplay();
    fromSnapshot.load(recordedSnapshotValues, { ...recordedSnapshotEnd, appendTimestampMs: 0 });
    const features = (image: MetadataImage) =>
      [...image.cluster.brokers.values()].map((it) => [...it.features].sort((a, b) => (a.name < b.name ? -1 : 1)));
    expect(features(fromLog.image)).toEqual(features(fromSnapshot.image));
    expect(withoutFeatureOrder(fromLog.image)).toEqual(withoutFeatureOrder(fromSnapshot.image));
    expect(fromLog.image.topics.byName.get('epochs')?.partitions.get(0)).toMatchObject({ replicas: [1, 2, 3] });
  });

  it('gives the same image again when its snapshot records are replayed', () => {
    const first = new MetadataReplay();
    first.load(recordedSnapshotValues, { ...recordedSnapshotEnd, appendTimestampMs: 0 });
    const second = new MetadataReplay();
    second.load([...snapshotRecords(first.image)].map(encodeMetadataRecord), provenance);
    expect(content(second.image)).toEqual(content(first.image));
  });

  it('writes a snapshot of a recorded snapshot with the same records in the same order', () => {
    const replay = new MetadataReplay();
    replay.load(recordedSnapshotValues, { ...recordedSnapshotEnd, appendTimestampMs: 0 });
    expect([...snapshotRecords(replay.image)].map(encodeMetadataRecord)).toEqual(recordedSnapshotValues);
  });

  it('costs one image for many batches that are taken together', () => {
    const replay = new MetadataReplay();
    for (const recorded of recordedBatches) replay.add(recorded);
    expect(replay.image).toBe(emptyMetadataImage);
    const change = replay.take(recordedBatches.at(-1)!);
    const oneByOne = new MetadataReplay();
    for (const recorded of recordedBatches) oneByOne.commit(recorded);
    expect(content(change!.image)).toEqual(content(oneByOne.image));
  });

  it('shows a transaction over several batches as one change', () => {
    const replay = new MetadataReplay();
    expect(replay.commit(batch(0, [begin, topic('a', idA)]))).toBeNull();
    expect(replay.openTransactionOffset).toBe(0);
    const change = replay.commit(batch(2, [topic('b', idB), end]));
    expect([...change!.image.topics.byName.keys()]).toEqual(['a', 'b']);
    expect(replay.openTransactionOffset).toBeNull();
  });

  it('takes back what an aborted transaction held and nothing else', () => {
    const replay = new MetadataReplay();
    replay.commit(batch(0, [topic('a', idA)]));
    const change = replay.commit(batch(1, [begin, topic('b', idB), abort]));
    expect([...change!.image.topics.byName.keys()]).toEqual(['a']);
  });

  it('reports what a snapshot no longer has as deleted', () => {
    const replay = new MetadataReplay();
    replay.commit(batch(0, [topic('a', idA), topic('b', idB)]));
    const change = replay.load([encodeMetadataRecord(topic('b', idB))], provenance);
    expect([...change.delta.topics.deleted.values()].map((it) => it.name)).toEqual(['a']);
    expect([...change.image.topics.byName.keys()]).toEqual(['b']);
  });
});

function withoutFeatureOrder(image: MetadataImage): unknown {
  const brokers = new Map([...image.cluster.brokers].map(([id, it]) => [id, { ...it, features: [] }]));
  return content({ ...image, cluster: { ...image.cluster, brokers } });
}
