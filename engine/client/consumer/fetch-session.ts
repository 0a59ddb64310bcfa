/**
 * A consumer's incremental fetch session with one broker (`FetchSessionHandler`, KIP-227): after a first full request only
 * what changed goes over the wire, in both directions. After anything unexpected the next request starts a new session.
 */
import type { Offset, PartitionIndex, TopicPartitionKey, Uuid } from '../../base/ids.ts';
import { ErrorCode, type FetchRequestInput } from '../../protocol/index.ts';
import type { PartitionState } from './subscription-state.ts';

/** What a partition is asked for. */
export interface PartitionFetch {
  readonly partition: PartitionState;
  readonly topicId: Uuid;
  readonly index: PartitionIndex;
  readonly offset: Offset;
  readonly leaderEpoch: number;
  readonly maxBytes: number;
}

export type FetchBody = Pick<FetchRequestInput, 'sessionId' | 'sessionEpoch' | 'topics' | 'forgottenTopicsData'>;

const initialEpoch = 0;
const finalEpoch = -1;

function partitionKey(topicId: Uuid, index: PartitionIndex): string {
  return `${topicId} ${index}`;
}

export class FetchSession {
  #id = 0;
  #epoch = initialEpoch;
  /** What the broker has in the session, as asked last, by topic id and index. */
  #partitions = new Map<string, PartitionFetch>();

  /** Whether there is one at the broker. */
  get isOpen(): boolean {
    return this.#id !== 0;
  }

  /** The request for these partitions, in this order. */
  request(wanted: ReadonlyMap<TopicPartitionKey, PartitionFetch>): FetchBody {
    const next = new Map([...wanted.values()].map((each) => [partitionKey(each.topicId, each.index), each]));
    const full = this.#epoch === initialEpoch;
    const toSend = full ? [...next.values()] : [...next].filter(([key, each]) => this.#isNew(key, each)).map(last);
    const forgotten = full ? [] : [...this.#partitions].filter(([key]) => !next.has(key)).map(last);
    this.#partitions = next;
    return {
      sessionId: this.#id,
      sessionEpoch: this.#epoch,
      topics: topicsOf(toSend).map(({ topicId, partitions }) => ({
        topicId,
        partitions: partitions.map((each) => ({
          partition: each.index,
          currentLeaderEpoch: each.leaderEpoch,
          fetchOffset: each.offset,
          partitionMaxBytes: each.maxBytes,
        })),
      })),
      forgottenTopicsData: topicsOf(forgotten).map(({ topicId, partitions }) => ({
        topicId,
        partitions: partitions.map(({ index }) => index),
      })),
    };
  }

  /** What was asked for a partition of the answer; null: it is none of the session's. */
  asked(topicId: Uuid, index: PartitionIndex): PartitionFetch | null {
    return this.#partitions.get(partitionKey(topicId, index)) ?? null;
  }

  answered(errorCode: number, sessionId: number): void {
    if (errorCode === ErrorCode.FETCH_SESSION_ID_NOT_FOUND) this.#restart(0);
    else if (errorCode !== ErrorCode.NONE) this.#restart(this.#id);
    else if (sessionId === 0) this.#restart(0);
    else {
      this.#epoch = sessionId === this.#id ? nextEpoch(this.#epoch) : 1;
      this.#id = sessionId;
    }
  }

  /** No answer came. */
  failed(): void {
    this.#restart(this.#id);
  }

  /** Ends the session at the broker. */
  closing(): FetchBody {
    return { sessionId: this.#id, sessionEpoch: finalEpoch, topics: [], forgottenTopicsData: [] };
  }

  /** The next request opens a new one; the broker drops the one of that id. */
  #restart(id: number): void {
    this.#id = id;
    this.#epoch = initialEpoch;
  }

  #isNew(key: string, next: PartitionFetch): boolean {
    const known = this.#partitions.get(key);
    return known === undefined || known.offset !== next.offset || known.leaderEpoch !== next.leaderEpoch;
  }
}

function last<T>([, value]: readonly [string, T]): T {
  return value;
}

function nextEpoch(epoch: number): number {
  return epoch === 0x7fff_ffff ? 1 : epoch + 1;
}

function topicsOf(fetches: readonly PartitionFetch[]): { topicId: Uuid; partitions: PartitionFetch[] }[] {
  return [...Map.groupBy(fetches, ({ topicId }) => topicId)].map(([topicId, partitions]) => ({ topicId, partitions }));
}
