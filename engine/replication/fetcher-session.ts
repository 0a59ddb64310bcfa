/**
 * A fetcher's side of its incremental fetch session (KIP-227; Kafka's `FetchSessionHandler`): tells the leader only what
 * changed since the last request.
 */
import type { Uuid } from '../base/ids.ts';
import { ErrorCode } from '../protocol/index.ts';
import type { FetchRequestInput } from '../protocol/index.ts';
import { finalSessionEpoch, initialSessionEpoch, nextSessionEpoch, noSessionId } from './fetch-session.ts';
import type { FollowedPartition } from './followed-partition.ts';

type Topics = FetchRequestInput['topics'];
type ForgottenTopics = NonNullable<FetchRequestInput['forgottenTopicsData']>;

export interface SessionPart {
  readonly sessionId: number;
  readonly sessionEpoch: number;
  readonly topics: Topics;
  readonly forgottenTopicsData: ForgottenTopics;
}

export class FetcherSession {
  #id = noSessionId;
  #epoch = initialSessionEpoch;
  /** What the leader's session holds, as far as this side knows. */
  readonly #known = new Map<string, FollowedPartition>();

  /** The session part of a request that fetches `wanted`, ordered by topic. */
  build(wanted: ReadonlySet<FollowedPartition>, partitionMaxBytes: number): SessionPart {
    const full = this.#epoch === initialSessionEpoch || this.#epoch === finalSessionEpoch;
    if (full) this.#known.clear();
    const topics: { topicId: Uuid; partitions: Topics[number]['partitions'][number][] }[] = [];
    for (const partition of wanted) {
      // Asked for under another epoch before: the same entry of the session, with another content.
      const unchanged = this.#known.get(partition.sessionKey) === partition;
      if (!partition.markSent() && unchanged) continue;
      if (!unchanged) this.#known.set(partition.sessionKey, partition);
      const entry = {
        partition: partition.replica.partition,
        currentLeaderEpoch: partition.leaderEpoch,
        fetchOffset: partition.fetchOffset,
        lastFetchedEpoch: partition.lastFetchedEpoch,
        logStartOffset: partition.sentLogStartOffset,
        partitionMaxBytes,
      };
      const last = topics.at(-1);
      if (last !== undefined && last.topicId === partition.replica.topicId) last.partitions.push(entry);
      else topics.push({ topicId: partition.replica.topicId, partitions: [entry] });
    }
    return { sessionId: this.#id, sessionEpoch: this.#epoch, topics, forgottenTopicsData: this.#forget(wanted) };
  }

  /** What the leader's session still holds and nobody wants. */
  #forget(wanted: ReadonlySet<FollowedPartition>): ForgottenTopics {
    if (this.#known.size === wanted.size) return [];
    const forgotten: FollowedPartition[] = [];
    for (const known of this.#known.values()) if (!wanted.has(known)) forgotten.push(known);
    for (const partition of forgotten) this.#known.delete(partition.sessionKey);
    return group(forgotten);
  }

  /** Takes the head of a response. False: the session is void and the response holds nothing. */
  answered(error: ErrorCode, sessionId: number): boolean {
    if (error !== ErrorCode.NONE) {
      if (error === ErrorCode.FETCH_SESSION_ID_NOT_FOUND) this.#id = noSessionId;
      this.#epoch = initialSessionEpoch;
      return false;
    }
    if (sessionId === noSessionId) {
      this.#id = noSessionId;
      this.#epoch = initialSessionEpoch;
    } else {
      this.#epoch = sessionId === this.#id ? nextSessionEpoch(this.#epoch) : nextSessionEpoch(initialSessionEpoch);
      this.#id = sessionId;
    }
    return true;
  }

  /** The request may or may not have arrived: close that session and begin anew. */
  failed(): void {
    this.#epoch = initialSessionEpoch;
  }
}

function group(partitions: readonly FollowedPartition[]): ForgottenTopics {
  const byTopic = new Map<Uuid, number[]>();
  for (const { replica } of partitions) {
    const indexes = byTopic.get(replica.topicId);
    if (indexes === undefined) byTopic.set(replica.topicId, [replica.partition]);
    else indexes.push(replica.partition);
  }
  return [...byTopic].map(([topicId, indexes]) => ({ topicId, partitions: indexes }));
}
