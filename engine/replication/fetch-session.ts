/**
 * Incremental fetch sessions (KIP-227), the broker's side: a session remembers what its client fetches and what it was
 * told, so that requests and responses carry changes alone.
 *
 * Invariants: a session answers one request at a time, told by its epoch; a follower's session is worth more than a
 * consumer's when the slots are full; the order of partitions rotates, so that a full response starves nobody.
 *
 * Left to others: reading (replicas.ts), resolving topic ids (the Fetch handler).
 */
import type { DurationMs, LeaderEpoch, Offset, PartitionIndex, TopicName, Uuid } from '../base/ids.ts';
import { zeroUuid } from '../base/uuid.ts';
import type { Clock, Random } from '../env/index.ts';
import { ErrorCode } from '../protocol/index.ts';
import { PartitionFetch } from './partition-fetch.ts';

/** What of a Fetch request concerns sessions; structurally a decoded FetchRequest. */
export interface SessionRequest {
  readonly sessionId: number;
  readonly sessionEpoch: number;
  readonly topics: readonly {
    readonly topic: TopicName;
    readonly topicId: Uuid;
    readonly partitions: readonly RequestedPartition[];
  }[];
  readonly forgottenTopicsData: readonly {
    readonly topic: TopicName;
    readonly topicId: Uuid;
    readonly partitions: readonly PartitionIndex[];
  }[];
}

export interface RequestedPartition {
  readonly partition: PartitionIndex;
  readonly currentLeaderEpoch: LeaderEpoch;
  readonly fetchOffset: Offset;
  readonly lastFetchedEpoch: LeaderEpoch;
  readonly logStartOffset: Offset;
  readonly partitionMaxBytes: number;
}

/** What goes back: `fetches` are those to name in the response, in order. */
export interface SessionAnswer {
  readonly error: ErrorCode;
  readonly sessionId: number;
  readonly fetches: readonly PartitionFetch[];
}

/** One request within its session. */
export interface FetchContext {
  readonly error: ErrorCode;
  /** Everything to be read, in order. */
  readonly fetches: readonly PartitionFetch[];
  /** Once all of `fetches` have their results. */
  answer(): SessionAnswer;
}

export const noSessionId = 0;
export const initialSessionEpoch = 0;
export const finalSessionEpoch = -1;

/** The epoch of the request after this one. */
export function nextSessionEpoch(epoch: number): number {
  if (epoch < 0) return finalSessionEpoch;
  return epoch === 0x7fffffff ? 1 : epoch + 1;
}

/** `min.incremental.fetch.session.eviction.ms`. */
const evictionMs: DurationMs = 120_000;
/** Topic ids replace names from this version on; a session may not mix both. */
const topicIdVersion = 13;

interface Session {
  readonly id: number;
  readonly privileged: boolean;
  readonly usesTopicIds: boolean;
  readonly createdMs: number;
  readonly byKey: Map<string, PartitionFetch>;
  /** The values of `byKey` in the order of reading; replaced, never changed. */
  order: readonly PartitionFetch[];
  lastUsedMs: number;
  /** Expected of the next request. */
  epoch: number;
}

export interface FetchSessionsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly slots: number;
}

export class FetchSessions {
  readonly #options: FetchSessionsOptions;
  readonly #sessions = new Map<number, Session>();
  #evictions = 0;

  constructor(options: FetchSessionsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#sessions.size;
  }

  get evictions(): number {
    return this.#evictions;
  }

  /** Places a request in its session. */
  open(request: SessionRequest, version: number, fromFollower: boolean): FetchContext {
    const { sessionId, sessionEpoch } = request;
    if (sessionEpoch === finalSessionEpoch || sessionEpoch === initialSessionEpoch) {
      this.#sessions.delete(sessionId);
      const byKey = new Map<string, PartitionFetch>();
      update(byKey, request, version);
      const fetches = [...byKey.values()];
      if (sessionEpoch === finalSessionEpoch) return withoutSession(fetches);
      return {
        error: ErrorCode.NONE,
        fetches,
        answer: () => ({
          error: ErrorCode.NONE,
          sessionId: this.#create(byKey, fetches, version, fromFollower),
          fetches,
        }),
      };
    }
    const session = this.#sessions.get(sessionId);
    if (session === undefined) return failed(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
    if (session.epoch !== sessionEpoch) return failed(ErrorCode.INVALID_FETCH_SESSION_EPOCH);
    if (session.usesTopicIds !== version >= topicIdVersion) return failed(ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR);
    return this.#continue(session, request, version);
  }

  #continue(session: Session, request: SessionRequest, version: number): FetchContext {
    if (update(session.byKey, request, version)) session.order = [...session.byKey.values()];
    if (session.byKey.size === 0) {
      this.#sessions.delete(session.id);
      return withoutSession([]);
    }
    session.lastUsedMs = this.#options.clock.monotonic();
    session.epoch = nextSessionEpoch(session.epoch);
    const { epoch, order } = session;
    return {
      error: ErrorCode.NONE,
      fetches: order,
      answer: () =>
        session.epoch === epoch
          ? { error: ErrorCode.NONE, sessionId: session.id, fetches: selectChanges(session, order) }
          : { error: ErrorCode.INVALID_FETCH_SESSION_EPOCH, sessionId: session.id, fetches: [] },
    };
  }

  #create(
    byKey: Map<string, PartitionFetch>,
    fetches: readonly PartitionFetch[],
    version: number,
    privileged: boolean,
  ): number {
    const nowMs = this.#options.clock.monotonic();
    if (this.#sessions.size >= this.#options.slots && !this.#evict(nowMs, privileged, fetches.length))
      return noSessionId;
    for (const fetch of fetches) {
      fetch.toldHighWatermark = fetch.highWatermark;
      fetch.toldLogStartOffset = fetch.logStartOffset;
    }
    const id = this.#newId();
    this.#sessions.set(id, {
      id,
      privileged,
      usesTopicIds: version >= topicIdVersion,
      createdMs: nowMs,
      byKey,
      order: fetches,
      lastUsedMs: nowMs,
      epoch: nextSessionEpoch(initialSessionEpoch),
    });
    return id;
  }

  #newId(): number {
    for (;;) {
      const id = 1 + this.#options.random.integer(0x7ffffffe);
      if (!this.#sessions.has(id)) return id;
    }
  }

  /** Makes room by the session that was silent for long, or else by one worth less than what comes. */
  #evict(nowMs: number, privileged: boolean, size: number): boolean {
    let stalest: Session | null = null;
    let cheapest: Session | null = null;
    for (const session of this.#sessions.values()) {
      if (stalest === null || session.lastUsedMs < stalest.lastUsedMs) stalest = session;
      const old = nowMs - session.createdMs > evictionMs;
      const evictable = old || (privileged && !session.privileged);
      if (evictable && (cheapest === null || worth(session) < worth(cheapest))) cheapest = session;
    }
    const victim =
      stalest !== null && nowMs - stalest.lastUsedMs > evictionMs
        ? stalest
        : cheapest !== null && worthOf(privileged, size) >= worth(cheapest)
          ? cheapest
          : null;
    if (victim === null) return false;
    this.#sessions.delete(victim.id);
    this.#evictions++;
    return true;
  }
}

function worth(session: Session): number {
  return worthOf(session.privileged, session.byKey.size);
}

/** Followers before consumers, then the larger. */
function worthOf(privileged: boolean, size: number): number {
  return (privileged ? 2 ** 32 : 0) + size;
}

function withoutSession(fetches: readonly PartitionFetch[]): FetchContext {
  return {
    error: ErrorCode.NONE,
    fetches,
    answer: () => ({ error: ErrorCode.NONE, sessionId: noSessionId, fetches }),
  };
}

function failed(error: ErrorCode): FetchContext {
  return { error, fetches: [], answer: () => ({ error, sessionId: noSessionId, fetches: [] }) };
}

/** Takes over what a request changes. True when partitions came or went. */
function update(byKey: Map<string, PartitionFetch>, request: SessionRequest, version: number): boolean {
  const byId = version >= topicIdVersion;
  let changed = false;
  for (const topic of request.topics) {
    for (const wanted of topic.partitions) {
      const key = `${byId ? topic.topicId : topic.topic}:${wanted.partition}`;
      let fetch = byKey.get(key);
      if (fetch === undefined) {
        fetch = new PartitionFetch(byId ? null : topic.topic, byId ? topic.topicId : zeroUuid, wanted.partition);
        byKey.set(key, fetch);
        changed = true;
      }
      // Asked for under another epoch: what was told under the old one may have been ignored.
      if (fetch.currentLeaderEpoch !== wanted.currentLeaderEpoch) fetch.toldHighWatermark = -1;
      fetch.fetchOffset = wanted.fetchOffset;
      fetch.followerLogStartOffset = wanted.logStartOffset;
      fetch.maxBytes = wanted.partitionMaxBytes;
      fetch.currentLeaderEpoch = wanted.currentLeaderEpoch;
      fetch.lastFetchedEpoch = wanted.lastFetchedEpoch;
    }
  }
  for (const topic of request.forgottenTopicsData) {
    for (const partition of topic.partitions) {
      if (byKey.delete(`${byId ? topic.topicId : topic.topic}:${partition}`)) changed = true;
    }
  }
  return changed;
}

/** The partitions with something new for the client. Those with records go to the end of the order. */
function selectChanges(session: Session, order: readonly PartitionFetch[]): PartitionFetch[] {
  const changes: PartitionFetch[] = [];
  let withRecords = 0;
  for (const fetch of order) {
    if (!hasNews(fetch)) continue;
    changes.push(fetch);
    if (fetch.records.length > 0) withRecords++;
    fetch.toldHighWatermark = fetch.isFailed ? -1 : fetch.highWatermark;
    fetch.toldLogStartOffset = fetch.logStartOffset;
  }
  if (withRecords > 0 && withRecords < order.length) {
    session.order = [
      ...order.filter((fetch) => fetch.records.length === 0),
      ...order.filter((fetch) => fetch.records.length > 0),
    ];
  }
  return changes;
}

function hasNews(fetch: PartitionFetch): boolean {
  return (
    fetch.records.length > 0 ||
    fetch.isFailed ||
    fetch.divergingEpoch !== null ||
    fetch.highWatermark !== fetch.toldHighWatermark ||
    fetch.logStartOffset !== fetch.toldLogStartOffset
  );
}
