/**
 * What the consumer is subscribed to, which partitions it has and how far it is in each (`SubscriptionState`). A partition
 * is fetched from while its state is `fetching` and it is neither paused nor about to be revoked. The order of partitions
 * is the order in which they are fetched: who delivered goes to the end.
 */
import type { LeaderEpoch, Offset, TopicName, TopicPartition, TopicPartitionKey } from '../../base/ids.ts';
import { topicPartitionKey } from '../../base/ids.ts';
import { clientError } from '../kafka-error.ts';
import { byTopicAndPartition } from './assignors/index.ts';
import type { ResetStrategy } from './consumer-config.ts';
import type { RebalanceListener } from './consumer-types.ts';

export interface FetchPosition {
  readonly offset: Offset;
  /** Of the record before it; null: unknown, so it cannot be checked for truncation. */
  readonly offsetEpoch: LeaderEpoch | null;
  /** Of the leader that it is valid for; null: unknown. */
  readonly leaderEpoch: LeaderEpoch | null;
}

/**
 * - `initializing`: has no position yet
 * - `await-reset`: `resetStrategy` says where to start, the offset has to be asked for
 * - `await-validation`: its leader changed; the position is checked against the new one's log first
 */
export type FetchState = 'initializing' | 'fetching' | 'await-reset' | 'await-validation';

export interface PartitionState {
  readonly topic: TopicName;
  readonly partition: number;
  readonly key: TopicPartitionKey;
  state: FetchState;
  position: FetchPosition | null;
  committed: Offset | null;
  highWatermark: Offset | null;
  lastStableOffset: Offset | null;
  logStartOffset: Offset | null;
  paused: boolean;
  /** Its revocation waits for a commit; it is not fetched from and gets no new records. */
  pendingRevocation: boolean;
  resetStrategy: ResetStrategy | null;
  /** On the monotonic scale: no reset or check is asked for before. */
  nextRetryMs: number;
}

export const noListener: RebalanceListener = { onPartitionsRevoked: () => {}, onPartitionsAssigned: () => {} };

type Kind = 'none' | 'topics' | 'assigned';

export class SubscriptionState {
  #kind: Kind = 'none';
  #topics: readonly TopicName[] = [];
  /** Of all members, while this one is the leader. */
  #groupTopics: ReadonlySet<TopicName> = new Set();
  #listener: RebalanceListener = noListener;
  #partitions = new Map<TopicPartitionKey, PartitionState>();
  /** Counts assignments. */
  assignmentId = 0;

  get isEmpty(): boolean {
    return this.#kind === 'none';
  }
  /** By the group, not by `assign()`. */
  get isAutoAssigned(): boolean {
    return this.#kind === 'topics';
  }
  /** Sorted, each once. */
  get topics(): readonly TopicName[] {
    return this.#topics;
  }
  get listener(): RebalanceListener {
    return this.#listener;
  }
  get partitions(): Iterable<PartitionState> {
    return this.#partitions.values();
  }
  get size(): number {
    return this.#partitions.size;
  }
  /** Topics whose metadata matters. */
  get metadataTopics(): readonly TopicName[] {
    if (this.#kind === 'assigned') return [...new Set([...this.#partitions.values()].map(({ topic }) => topic))];
    return [...new Set([...this.#topics, ...this.#groupTopics])];
  }

  subscribe(topics: readonly TopicName[], listener: RebalanceListener): void {
    this.#become('topics');
    this.#listener = listener;
    this.#topics = [...new Set(topics)].sort();
  }

  assignFromUser(partitions: readonly TopicPartition[]): void {
    this.#become('assigned');
    this.#replace(partitions);
  }

  assignFromGroup(partitions: readonly TopicPartition[]): void {
    this.#replace(partitions);
  }

  unsubscribe(): void {
    this.#kind = 'none';
    this.#topics = [];
    this.#groupTopics = new Set();
    this.#listener = noListener;
    this.#replace([]);
  }

  /** As leader: topics of all members. Whether there are new ones. */
  groupSubscribe(topics: Iterable<TopicName>): boolean {
    const known = new Set(this.metadataTopics);
    this.#groupTopics = new Set(topics);
    return !known.isSupersetOf(this.#groupTopics);
  }

  resetGroupSubscription(): void {
    this.#groupTopics = new Set();
  }

  find({ topic, partition }: TopicPartition): PartitionState | null {
    return this.#partitions.get(topicPartitionKey(topic, partition)) ?? null;
  }

  /** Throws as Java does for a partition that is not assigned. */
  get(partition: TopicPartition): PartitionState {
    const found = this.find(partition);
    if (found !== null) return found;
    const name = topicPartitionKey(partition.topic, partition.partition);
    throw clientError('IllegalStateException', `No current assignment for partition ${name}`);
  }

  /** Assigned ones, sorted. */
  assigned(): TopicPartition[] {
    return [...this.#partitions.values()].map(plain).sort(byTopicAndPartition);
  }

  inState(state: FetchState): PartitionState[] {
    return [...this.#partitions.values()].filter((each) => each.state === state);
  }

  get hasAllPositions(): boolean {
    for (const { position, state } of this.#partitions.values()) {
      if (position === null || state !== 'fetching') return false;
    }
    return true;
  }

  isFetchable(partition: PartitionState): boolean {
    return (
      partition.state === 'fetching' &&
      !partition.paused &&
      !partition.pendingRevocation &&
      this.#partitions.get(partition.key) === partition
    );
  }

  /** Sets where to go on, at once or after a check against the leader's log. */
  seek(partition: PartitionState, position: FetchPosition): void {
    partition.position = position;
    partition.resetStrategy = null;
    partition.nextRetryMs = 0;
    const checkable = position.offsetEpoch !== null && position.leaderEpoch !== null;
    partition.state = checkable ? 'await-validation' : 'fetching';
  }

  /** As {@link seek}, for a position that needs no check. */
  seekValidated(partition: PartitionState, position: FetchPosition): void {
    this.seek(partition, { ...position, offsetEpoch: null });
    partition.position = position;
  }

  requestReset(partition: PartitionState, strategy: ResetStrategy): void {
    partition.state = 'await-reset';
    partition.position = null;
    partition.resetStrategy = strategy;
    partition.nextRetryMs = 0;
  }

  moveToEnd({ key }: PartitionState): void {
    const partition = this.#partitions.get(key);
    if (partition === undefined) return;
    this.#partitions.delete(key);
    this.#partitions.set(key, partition);
  }

  markPendingRevocation(): void {
    for (const partition of this.#partitions.values()) partition.pendingRevocation = true;
  }

  #become(kind: Kind): void {
    if (this.#kind !== 'none' && this.#kind !== kind) {
      throw clientError(
        'IllegalStateException',
        'Subscription to topics, partitions and pattern are mutually exclusive',
      );
    }
    this.#kind = kind;
  }

  #replace(partitions: readonly TopicPartition[]): void {
    this.assignmentId++;
    const before = this.#partitions;
    this.#partitions = new Map();
    for (const { topic, partition } of partitions) {
      const key = topicPartitionKey(topic, partition);
      this.#partitions.set(key, before.get(key) ?? newState(topic, partition, key));
    }
  }
}

function newState(topic: TopicName, partition: number, key: TopicPartitionKey): PartitionState {
  return {
    topic,
    partition,
    key,
    state: 'initializing',
    position: null,
    committed: null,
    highWatermark: null,
    lastStableOffset: null,
    logStartOffset: null,
    paused: false,
    pendingRevocation: false,
    resetStrategy: null,
    nextRetryMs: 0,
  };
}

export function plain({ topic, partition }: TopicPartition): TopicPartition {
  return { topic, partition };
}
