/** What a group has committed, asked of its coordinator (OffsetFetch with `require.stable`, as Java's consumer does). */
import { type TopicPartition, topicPartitionKey } from '../../base/ids.ts';
import { ErrorCode, isRetriable, offsetFetchApi } from '../../protocol/index.ts';
import { ExponentialBackoff } from '../cluster/backoff.ts';
import { brokerError, clientError, type KafkaError } from '../kafka-error.ts';
import type { ConsumerContext } from './consumer-context.ts';
import type { PartitionOffset } from './consumer-types.ts';
import type { CoordinatorLink } from './coordinator-link.ts';
import type { GroupState } from './group-state.ts';
import type { Call, Deadline } from './waits.ts';

/** Version 10 names topics by their ids; this client names them by their names. */
const versionMax = 9;

export class CommittedOffsets {
  readonly #context: ConsumerContext;
  readonly #groupId: string;
  readonly #group: GroupState;
  readonly #link: CoordinatorLink;
  readonly #backoff: ExponentialBackoff;
  /** The request on its way: a later call for the same goes on waiting for it. */
  #pending: { readonly key: string; readonly call: Call<PartitionOffset[]> } | null = null;

  constructor(context: ConsumerContext, groupId: string, group: GroupState, link: CoordinatorLink) {
    const { settings, env } = context;
    this.#context = context;
    this.#groupId = groupId;
    this.#group = group;
    this.#link = link;
    this.#backoff = new ExponentialBackoff(settings.retryBackoffMs, settings.retryBackoffMaxMs, env.random);
  }

  /** Those of the partitions that have one; null: not answered in time. */
  async fetch(partitions: readonly TopicPartition[], deadline: Deadline): Promise<PartitionOffset[] | null> {
    if (partitions.length === 0) return [];
    const { waits } = this.#context;
    const generation = this.#group.stableGeneration;
    const names = partitions.map(({ topic, partition }) => topicPartitionKey(topic, partition)).sort();
    const key = JSON.stringify([generation, names]);
    if (this.#pending?.key !== key) this.#pending = null;
    for (let attempt = 0; ; attempt++) {
      if (!(await this.#link.ensureReady(deadline))) return null;
      const pending = this.#pending ?? { key, call: waits.call(this.#request(partitions)) };
      this.#pending = pending;
      if (!(await waits.until(() => pending.call.done, deadline))) return null;
      this.#pending = null;
      if (pending.call.value !== null) return pending.call.value;
      const { error } = pending.call;
      if (error !== null && !error.retriable) throw error;
      await waits.pause(this.#backoff.delayMs(attempt), deadline);
      if (deadline.expired) return null;
    }
  }

  async #request(partitions: readonly TopicPartition[]): Promise<PartitionOffset[]> {
    const byTopic = Map.groupBy(partitions, ({ topic }) => topic);
    const topics = [...byTopic].map(([name, ofTopic]) => ({
      name,
      partitionIndexes: ofTopic.map(({ partition }) => partition),
    }));
    const answer = await this.#link.send(
      offsetFetchApi,
      { groups: [{ groupId: this.#groupId, topics }], requireStable: true },
      undefined,
      versionMax,
    );
    const group = answer.groups.find(({ groupId }) => groupId === this.#groupId);
    if (group === undefined) throw clientError('KafkaException', `No answer for group ${this.#groupId}`);
    if (group.errorCode !== ErrorCode.NONE) throw this.#refused(group.errorCode);
    const offsets: PartitionOffset[] = [];
    let unstable = false;
    for (const { name, partitions: ofTopic } of group.topics) {
      for (const each of ofTopic) {
        const { partitionIndex, committedOffset, committedLeaderEpoch, metadata, errorCode } = each;
        if (errorCode === ErrorCode.UNSTABLE_OFFSET_COMMIT) unstable = true;
        else if (errorCode !== ErrorCode.NONE) throw refusedPartition(name, partitionIndex, errorCode);
        else if (committedOffset >= 0) {
          const leaderEpoch = committedLeaderEpoch < 0 ? null : committedLeaderEpoch;
          const offset = committedOffset;
          offsets.push({ topic: name, partition: partitionIndex, offset, leaderEpoch, metadata: metadata ?? '' });
        }
      }
    }
    if (unstable) {
      throw brokerError(
        ErrorCode.UNSTABLE_OFFSET_COMMIT,
        'There are unstable offsets for the requested topic partitions',
      );
    }
    return offsets;
  }

  #refused(errorCode: number): KafkaError {
    const error = brokerError(errorCode);
    if (errorCode === ErrorCode.COORDINATOR_NOT_AVAILABLE || errorCode === ErrorCode.NOT_COORDINATOR) {
      this.#link.refused(errorCode);
      return error;
    }
    if (isRetriable(errorCode) || errorCode === ErrorCode.GROUP_AUTHORIZATION_FAILED) return error;
    return clientError('KafkaException', `Unexpected error in fetch offset response: ${error.message}`);
  }
}

function refusedPartition(topic: string, partition: number, errorCode: number): KafkaError {
  const error = brokerError(errorCode);
  const name = topicPartitionKey(topic, partition);
  if (errorCode === ErrorCode.TOPIC_AUTHORIZATION_FAILED) return error;
  if (errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) {
    return clientError('KafkaException', `Topic or Partition ${name} does not exist`);
  }
  return clientError(
    'KafkaException',
    `Unexpected error in fetch offset response for partition ${name}: ${error.message}`,
  );
}
