import { describe, expect, it } from 'vitest';
import {
  decodeMetadataRecord,
  emptyMetadataImage,
  emptyProvenance,
  encodeMetadataRecord,
  MetadataDelta,
} from '../metadata/index.ts';
import type { MetadataImage, MetadataRecord, RecordOf } from '../metadata/index.ts';
import { recordedBatches } from '../metadata/recorded-log.testkit.ts';
import {
  fenceBroker,
  partitionChange,
  previousIncarnationGone,
  startControlledShutdown,
  unfenceBroker,
} from './partitions/leader-updates.ts';
import { decidePartitionChange } from './partitions/partition-change.ts';
import type { PartitionChangeRecord } from './partitions/partition-change.ts';
import type { ControllerView } from './view.ts';
import { viewOfImage } from './view.testkit.ts';

/** A group of records that an official controller wrote together, with the image that it decided from. */
interface Group {
  readonly image: MetadataImage;
  readonly records: readonly MetadataRecord[];
}

/**
 * Batches cut where one decision ends and the next begins: partition changes belong to the fencing or registration that
 * follows them, or to the unfencing or shutdown before them; those alone are ISR changes and elections, one by one.
 */
function recordedGroups(): Group[] {
  const groups: Group[] = [];
  let image = emptyMetadataImage;
  for (const batch of recordedBatches) {
    for (const records of cut(batch.records.map(decodeMetadataRecord))) {
      groups.push({ image, records });
      const delta = new MetadataDelta(image);
      for (const record of records) delta.replay(record);
      image = delta.apply(emptyProvenance);
    }
  }
  return groups;
}

function cut(records: readonly MetadataRecord[]): MetadataRecord[][] {
  const groups: MetadataRecord[][] = [];
  let changes: MetadataRecord[] = [];
  const lone = () => {
    for (const change of changes) groups.push([change]);
    changes = [];
  };
  let opened: MetadataRecord[] | null = null;
  for (const record of records) {
    if (record.type === 'PartitionChangeRecord') {
      if (opened === null) changes.push(record);
      else opened.push(record);
      continue;
    }
    opened = null;
    const fences = record.type === 'BrokerRegistrationChangeRecord' && record.fenced > 0;
    if (fences || record.type === 'RegisterBrokerRecord') {
      groups.push([...changes, record]);
      changes = [];
      continue;
    }
    lone();
    groups.push([record]);
    const opens =
      record.type === 'BrokerRegistrationChangeRecord' && (record.fenced < 0 || record.inControlledShutdown > 0);
    if (opens) opened = groups.at(-1) ?? null;
  }
  lone();
  return groups;
}

function hexes(records: readonly MetadataRecord[]): string[] {
  return records.map((record) => Buffer.from(encodeMetadataRecord(record)).toString('hex')).sort();
}

/** What we decide for the broker record that closes or opens the group; null when the group has none. */
function ourDecision(view: ControllerView, records: readonly MetadataRecord[]): MetadataRecord[] | null {
  for (const record of records) {
    if (record.type !== 'BrokerRegistrationChangeRecord') continue;
    if (record.fenced > 0) return fenceBroker(view, record.brokerId);
    if (record.fenced < 0) return unfenceBroker(view, record.brokerId);
    if (record.inControlledShutdown > 0) return startControlledShutdown(view, record.brokerId);
  }
  return null;
}

describe('decisions of an official controller, decided again', () => {
  const groups = recordedGroups();

  it('fences, unfences and shuts brokers down with the same records', () => {
    let compared = 0;
    for (const { image, records } of groups) {
      const ours = ourDecision(viewOfImage(image), records);
      if (ours === null) continue;
      compared++;
      expect(hexes(ours)).toEqual(hexes(records));
    }
    expect(compared).toBeGreaterThan(20);
  });

  it('registers new incarnations with the same changes of partitions', () => {
    let compared = 0;
    for (const { image, records } of groups) {
      const registration = records.at(-1);
      if (registration?.type !== 'RegisterBrokerRecord') continue;
      const changes = hexes(records.slice(0, -1));
      const either = [true, false].map((clean) =>
        hexes(previousIncarnationGone(viewOfImage(image), registration.brokerId, clean)),
      );
      compared++;
      expect(either).toContainEqual(changes);
    }
    expect(compared).toBe(8);
  });

  it('changes ISRs and leaders with the same records', () => {
    let compared = 0;
    for (const { image, records } of groups) {
      const [record, ...more] = records;
      if (record?.type !== 'PartitionChangeRecord' || more.length > 0) continue;
      compared++;
      expect(again(image, record)).toEqual(record);
    }
    expect(compared).toBeGreaterThan(200);
  });
});

/** An ISR change asked for by the leader, or a preferred election. */
function again(image: MetadataImage, record: RecordOf<'PartitionChangeRecord'>): PartitionChangeRecord | null {
  const view = viewOfImage(image);
  const topic = image.topics.byId.get(record.topicId)!;
  const partition = topic.partitions.get(record.partitionId)!;
  const election = record.isr === null ? 'preferred' : 'online';
  const change = partitionChange(view, { topic, index: record.partitionId, partition }, election);
  return decidePartitionChange({ ...change, ...(record.isr === null ? {} : { targetIsr: record.isr }) });
}
