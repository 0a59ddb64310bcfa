/**
 * When each broker was last heard of, and how far it had read the metadata log (Kafka's `BrokerHeartbeatManager` and
 * `BrokerHeartbeatTracker`). This is the controller's only state that is not in the log: a new controller starts it
 * afresh, assuming of every unfenced broker that it was heard of just now. Such an assumed session expires like any
 * other, but is no evidence that the broker lives (see `isAlive`).
 *
 * Times are of the monotonic clock. Whether a broker is fenced is the image's to say, and passed in.
 */
import type { BrokerEpoch, DurationMs, NodeId, Offset } from '../../base/ids.ts';
import type { BrokerRegistration, MetadataImage } from '../../metadata/index.ts';

interface Session {
  readonly epoch: BrokerEpoch;
  lastContactMs: number;
  metadataOffset: Offset;
  /** Heard of by this controller itself, not assumed at its start. */
  heard: boolean;
  /** Offset of the records that took its leaderships away; -1 while not shutting down. */
  controlledShutdownOffset: Offset;
}

export class BrokerSessions {
  readonly #timeoutMs: DurationMs;
  readonly #sessions = new Map<NodeId, Session>();

  constructor(timeoutMs: DurationMs) {
    this.#timeoutMs = timeoutMs;
  }

  /** Forgets all, then gives every unfenced broker a fresh session. */
  reset(image: MetadataImage, nowMs: number): void {
    this.#sessions.clear();
    for (const broker of image.cluster.brokers.values()) {
      if (broker.fenced) continue;
      this.#begin(broker.id, { epoch: broker.epoch, lastContactMs: nowMs, metadataOffset: -1, heard: false });
    }
  }

  /** The broker of that epoch was heard of. */
  contact(broker: NodeId, epoch: BrokerEpoch, metadataOffset: Offset, nowMs: number): void {
    const session = this.#sessions.get(broker);
    if (session?.epoch === epoch) {
      session.lastContactMs = nowMs;
      session.heard = true;
      session.metadataOffset = Math.max(session.metadataOffset, metadataOffset);
    } else {
      this.#begin(broker, { epoch, lastContactMs: nowMs, metadataOffset, heard: true });
    }
  }

  #begin(broker: NodeId, session: Omit<Session, 'controlledShutdownOffset'>): void {
    this.#sessions.set(broker, { ...session, controlledShutdownOffset: -1 });
  }

  remove(broker: NodeId): void {
    this.#sessions.delete(broker);
  }

  /** Fencing ends a controlled shutdown. */
  fenced(broker: NodeId): void {
    const session = this.#sessions.get(broker);
    if (session !== undefined) session.controlledShutdownOffset = -1;
  }

  /** Only the first offset counts: what was moved later is seen by `hasLeaderships`. */
  enterControlledShutdown(broker: NodeId, offset: Offset): void {
    const session = this.#sessions.get(broker);
    if (session !== undefined && session.controlledShutdownOffset < 0) session.controlledShutdownOffset = offset;
  }

  /** Whether this controller heard of the broker, in its current registration, within the session timeout. */
  isAlive(broker: BrokerRegistration, nowMs: number): boolean {
    const session = this.#sessions.get(broker.id);
    if (session === undefined || broker.fenced || session.epoch !== broker.epoch) return false;
    return session.heard && session.lastContactMs + this.#timeoutMs >= nowMs;
  }

  /** When this controller itself last heard of each broker; those it only assumes to live are left out. */
  contacts(): { readonly broker: NodeId; readonly lastContactMs: number }[] {
    return [...this.#sessions]
      .filter(([, session]) => session.heard)
      .map(([broker, { lastContactMs }]) => ({ broker, lastContactMs }));
  }

  /** -1 while not in controlled shutdown. */
  controlledShutdownOffset(broker: NodeId): Offset {
    return this.#sessions.get(broker)?.controlledShutdownOffset ?? -1;
  }

  /** How far the slowest active broker has read; infinite when there is none. */
  lowestActiveOffset(image: MetadataImage): Offset {
    let lowest = Number.POSITIVE_INFINITY;
    for (const [id, session] of this.#sessions) {
      const broker = image.cluster.brokers.get(id);
      if (broker === undefined || broker.fenced || broker.inControlledShutdown) continue;
      lowest = Math.min(lowest, session.metadataOffset);
    }
    return lowest;
  }

  /** The unfenced broker that has been silent for longest, when that is longer than the session timeout. */
  oldestExpired(image: MetadataImage, nowMs: number): NodeId | null {
    const oldest = this.#oldest(image);
    return oldest !== null && oldest.lastContactMs + this.#timeoutMs < nowMs ? oldest.id : null;
  }

  /** When each broker was last heard of or assumed to live. */
  lastContacts(): { readonly broker: NodeId; readonly lastContactMs: number }[] {
    return [...this.#sessions].map(([broker, session]) => ({ broker, lastContactMs: session.lastContactMs }));
  }

  /** When the next session may expire; null while no broker is unfenced. */
  nextExpiryMs(image: MetadataImage): number | null {
    const oldest = this.#oldest(image);
    return oldest === null ? null : oldest.lastContactMs + this.#timeoutMs;
  }

  #oldest(image: MetadataImage): { id: NodeId; lastContactMs: number } | null {
    let oldest: { id: NodeId; lastContactMs: number } | null = null;
    for (const broker of image.cluster.brokers.values()) {
      if (broker.fenced) continue;
      const lastContactMs = this.#sessions.get(broker.id)?.lastContactMs ?? Number.NEGATIVE_INFINITY;
      if (oldest === null || lastContactMs < oldest.lastContactMs) oldest = { id: broker.id, lastContactMs };
    }
    return oldest;
  }
}
