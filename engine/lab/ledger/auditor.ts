/**
 * Reads the partitions that lab producers wrote, over the wire as a consumer without a group would, up to the high
 * watermark, and tells the fold what is there. When a partition has a newer leader it asks that leader first where the
 * epoch that it read last ends in its log (OffsetForLeaderEpoch, KIP-101): what lies behind is read again.
 *
 * A leader that does not answer holds up nobody but its own partitions. Nothing is read where nothing is awaited.
 */
import type { LeaderEpoch, NodeId, Offset, PartitionIndex, TopicName } from '../../base/ids.ts';
import { KafkaError, type ClusterClient } from '../../client/index.ts';
import { ErrorCode, fetchApi, listOffsetsApi, offsetForLeaderEpochApi } from '../../protocol/index.ts';
import { ensureBatchValid, iterateBatches, RecordCursor, type RecordCodecs } from '../../record/index.ts';
import { contentCrc } from './client-reports.ts';
import type { LedgerFold } from './ledger-fold.ts';
import type { PartitionLedger } from './partition-ledger.ts';

export interface AuditorOptions {
  readonly cluster: ClusterClient;
  readonly codecs: RecordCodecs;
  readonly fold: LedgerFold;
  /** Lab time. */
  nowMs(): number;
}

const fetchBytes = 1024 * 1024;
/** Of one partition in one turn: others wait, and the thread has more to do. */
const fetchesMax = 8;
const requestLimitMs = 5000;
/** An acknowledged record that could not be read after so long is asked for: perhaps the log ends before it. */
const askEndAfterMs = 500;
const earliestTimestamp = -2;
const noReplica = -1;
const readUncommitted = 0;

interface Lead {
  readonly node: NodeId;
  readonly epoch: LeaderEpoch;
}

export class Auditor {
  readonly #options: AuditorOptions;
  /** Leaders with a turn under way. */
  readonly #busy = new Set<NodeId>();
  #topics = '';

  constructor(options: AuditorOptions) {
    this.#options = options;
  }

  /** Looks once at every partition in which something is awaited. Never rejects. */
  turn(): void {
    const { cluster, fold } = this.#options;
    const written = [...fold.partitions].filter(({ firstCreateMs }) => firstCreateMs !== null);
    const topics = [...new Set(written.map(({ topic }) => topic))].sort();
    if (topics.length === 0) return;
    if (topics.join(' ') !== this.#topics) {
      this.#topics = topics.join(' ');
      cluster.followTopics(topics);
    }
    const byLeader = new Map<NodeId, PartitionLedger[]>();
    let isLost = false;
    for (const partition of written) {
      if (!this.#isAwaited(partition)) continue;
      const lead = this.#leadOf(partition);
      const known = partition.reign?.epoch ?? -1;
      if (lead === null || lead.epoch < known) isLost = true;
      if (lead === null) continue;
      const others = byLeader.get(lead.node);
      if (others === undefined) byLeader.set(lead.node, [partition]);
      else others.push(partition);
    }
    if (isLost) cluster.requestUpdate();
    for (const [node, partitions] of byLeader) {
      if (this.#busy.has(node)) continue;
      this.#busy.add(node);
      void this.#audit(partitions).finally(() => this.#busy.delete(node));
    }
  }

  /** Whether there may be something to read, or to ask. */
  #isAwaited(partition: PartitionLedger): boolean {
    const { readTo, highWatermark, pending, checkedEpoch, reign } = partition;
    const isNewLeader = reign !== null && reign.leader >= 0 && reign.epoch > checkedEpoch;
    return readTo === null || pending.size > 0 || isNewLeader || (highWatermark ?? 0) > readTo;
  }

  #leadOf({ topic, partition }: PartitionLedger): Lead | null {
    const { cluster } = this.#options;
    const known = cluster.partition(topic, partition);
    if (known === null || cluster.broker(known.leader) === null) return null;
    return { node: known.leader, epoch: known.leaderEpoch };
  }

  async #audit(partitions: readonly PartitionLedger[]): Promise<void> {
    for (const partition of partitions) {
      try {
        await this.#auditOne(partition);
      } catch (error) {
        // Gone, fenced, too slow: metadata may know better. It stays unread until somebody answers.
        if (!(error instanceof KafkaError)) throw error;
        this.#options.cluster.requestUpdate();
        if (error.errorCode === null) return;
      }
    }
  }

  async #auditOne(partition: PartitionLedger): Promise<void> {
    const lead = this.#leadOf(partition);
    if (lead === null) return;
    if (partition.readTo === null && !(await this.#begin(partition, lead))) return;
    if (lead.epoch > partition.checkedEpoch && !(await this.#check(partition, lead))) return;
    for (let fetches = 0; fetches < fetchesMax; fetches++) {
      if (!(await this.#fetch(partition, lead))) break;
    }
    await this.#askEnd(partition, lead);
  }

  /** Where the first lab producer's record may be. */
  async #begin(partition: PartitionLedger, { node }: Lead): Promise<boolean> {
    const { firstCreateMs, pending } = partition;
    const acked = Math.min(...[...pending.values()].map(({ ackedOffset }) => ackedOffset ?? Number.POSITIVE_INFINITY));
    const byTime = await this.#listOffset(node, partition, Math.floor(firstCreateMs ?? 0));
    const start = byTime < 0 ? acked : Math.min(byTime, acked);
    if (!Number.isFinite(start)) return false;
    // Somebody else's thread may have begun meanwhile.
    partition.readTo ??= start;
    return true;
  }

  /** Whether what was read is in this leader's log, too; what is not is taken back. */
  async #check(partition: PartitionLedger, lead: Lead): Promise<boolean> {
    const { fold, nowMs } = this.#options;
    const { topic, partition: index, readEpoch, exposedEpoch } = partition;
    if (readEpoch >= 0) {
      const end = await this.#epochEnd(lead, partition, readEpoch);
      if (end === null) return false;
      fold.log.cutBack(topic, index, lead.epoch, end, nowMs());
    }
    if (exposedEpoch >= 0) {
      const end = exposedEpoch === lead.epoch ? null : await this.#epochEnd(lead, partition, exposedEpoch);
      if (end !== null) partition.noteEpochEnd(nowMs(), lead.epoch, end);
    }
    partition.checkedEpoch = lead.epoch;
    return true;
  }

  /** One fetch; true when there is more. */
  async #fetch(partition: PartitionLedger, lead: Lead): Promise<boolean> {
    const { cluster, fold, nowMs } = this.#options;
    const { topic, partition: index, readTo } = partition;
    const topicId = cluster.topic(topic)?.topicId;
    if (topicId === undefined || readTo === null) return false;
    const asked = {
      partition: index,
      currentLeaderEpoch: lead.epoch,
      fetchOffset: readTo,
      partitionMaxBytes: fetchBytes,
    };
    const response = await cluster.send(
      lead.node,
      fetchApi,
      {
        replicaId: noReplica,
        maxWaitMs: 0,
        minBytes: 0,
        maxBytes: fetchBytes,
        isolationLevel: readUncommitted,
        topics: [{ topic, topicId, partitions: [asked] }],
      },
      { timeoutMs: requestLimitMs },
    );
    const answer = response.responses[0]?.partitions[0];
    if (response.errorCode !== ErrorCode.NONE || answer === undefined) return false;
    if (answer.errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) return this.#outOfRange(partition, lead);
    if (answer.errorCode !== ErrorCode.NONE) {
      cluster.requestUpdate();
      return false;
    }
    // Taken back meanwhile: what came is about another log.
    if (partition.readTo !== readTo || partition.checkedEpoch !== lead.epoch) return false;
    const { nextOffset, epoch } = this.#take(partition, readTo, answer.records ?? new Uint8Array(0));
    fold.log.readTo(topic, index, {
      readTo: nextOffset,
      epoch,
      highWatermark: answer.highWatermark,
      leaderEpoch: lead.epoch,
      logStart: Math.max(0, answer.logStartOffset),
      atMs: nowMs(),
    });
    return nextOffset > readTo && nextOffset < answer.highWatermark;
  }

  #take(partition: PartitionLedger, from: Offset, bytes: Uint8Array): { nextOffset: Offset; epoch: LeaderEpoch } {
    const { fold, codecs, nowMs } = this.#options;
    const { topic, partition: index } = partition;
    const atMs = nowMs();
    let nextOffset = from;
    let epoch = -1;
    for (const batch of iterateBatches(bytes)) {
      if (batch.lastOffset < from) continue;
      ensureBatchValid(batch);
      epoch = batch.leaderEpoch;
      nextOffset = batch.nextOffset;
      if (batch.isControl) continue;
      const hasCreateTime = batch.timestampType === 'create-time';
      const cursor = new RecordCursor(batch, codecs);
      while (cursor.next()) {
        if (cursor.offset < from) continue;
        const createMs = hasCreateTime ? cursor.timestamp : -1;
        fold.log.read(topic, index, cursor.offset, epoch, createMs, contentCrc(cursor.key, cursor.value), atMs);
      }
    }
    return { nextOffset, epoch };
  }

  async #outOfRange(partition: PartitionLedger, { node }: Lead): Promise<boolean> {
    const start = await this.#listOffset(node, partition, earliestTimestamp);
    const { fold } = this.#options;
    fold.log.logStartsAt(partition.topic, partition.partition, start);
    if (partition.readTo !== null && partition.readTo < start) {
      partition.readTo = start;
      return true;
    }
    // Behind its end: its epochs say where to go on.
    partition.checkedEpoch = -1;
    return false;
  }

  /** Something is acknowledged where the log cannot be read to: it may end before it. */
  async #askEnd(partition: PartitionLedger, lead: Lead): Promise<void> {
    const { fold, nowMs } = this.#options;
    const askedMs = nowMs();
    const readTo = partition.readTo ?? 0;
    const waits = [...partition.pending.values()].some(
      ({ ackedOffset, ackedMs }) => (ackedOffset ?? -1) >= readTo && (ackedMs ?? askedMs) < askedMs - askEndAfterMs,
    );
    if (!waits) return;
    const end = await this.#epochEnd(lead, partition, lead.epoch);
    if (end !== null) fold.log.logEndsAt(partition.topic, partition.partition, end, askedMs);
  }

  /** Where the epoch, or the newest one before it, ends in the leader's log; null when the leader does not say. */
  async #epochEnd(lead: Lead, { topic, partition }: PartitionLedger, epoch: LeaderEpoch): Promise<Offset | null> {
    const { cluster } = this.#options;
    const asked = { partition, currentLeaderEpoch: lead.epoch, leaderEpoch: epoch };
    const answer = await cluster.send(
      lead.node,
      offsetForLeaderEpochApi,
      { replicaId: noReplica, topics: [{ topic, partitions: [asked] }] },
      { timeoutMs: requestLimitMs },
    );
    const told = answer.topics[0]?.partitions[0];
    if (told === undefined || told.errorCode !== ErrorCode.NONE) {
      cluster.requestUpdate();
      return null;
    }
    // It has nothing of that epoch or an earlier one.
    return told.endOffset < 0 ? 0 : told.endOffset;
  }

  async #listOffset(
    node: NodeId,
    { topic, partition }: { readonly topic: TopicName; readonly partition: PartitionIndex },
    timestamp: number,
  ): Promise<Offset> {
    const response = await this.#options.cluster.send(
      node,
      listOffsetsApi,
      {
        replicaId: noReplica,
        isolationLevel: readUncommitted,
        topics: [{ name: topic, partitions: [{ partitionIndex: partition, timestamp }] }],
      },
      { timeoutMs: requestLimitMs },
    );
    const told = response.topics[0]?.partitions[0];
    return told === undefined || told.errorCode !== ErrorCode.NONE ? -1 : told.offset;
  }
}
