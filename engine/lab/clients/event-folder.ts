/**
 * From a client's events to the lines of the event log that are worth one. Batches that were sent are summed up over
 * {@link foldMs}; of commits, retries and failures the first is told at once and what follows within that time is summed
 * up; a fault that repeats is told once in {@link quietMs}. Runs in the client's thread, so
 * that the host hears little. Pure of clocks: `add` and `flush` are told the time.
 */
import type { ConsumerEvent, ProducerEvent } from '../../client/index.ts';
import type { ClientLine, TimedLine } from './client-messages.ts';

type LineOf<T extends ClientLine['type']> = Extract<ClientLine, { type: T }>;

export const foldMs = 1000;
export const quietMs = 30_000;
/** Different faults that are remembered; the oldest goes. */
const faultsMax = 200;

export class EventFolder {
  #lines: TimedLine[] = [];
  #folded = new Map<string, TimedLine>();
  /** When the first line of a kind was told, by partition and error. */
  readonly #told = new Map<string, number>();
  readonly #committed = new Map<string, number>();
  readonly #faults = new Map<string, number>();

  addProducer(atMs: number, event: ProducerEvent): void {
    switch (event.kind) {
      case 'batch-sent':
        if (event.attempt === 1) this.#foldSent(atMs, event);
        return;
      case 'batch-retried':
        this.#foldRest(`retried ${event.topic}-${event.partition} ${event.error}`, atMs, {
          type: 'batch-retried',
          topic: event.topic,
          partition: event.partition,
          error: event.error,
          attempt: event.attempt,
        });
        return;
      case 'batch-failed':
        this.#foldFailed(atMs, event);
        return;
      case 'batch-reordered':
        this.#foldReordered(atMs, event);
        return;
      case 'connection':
        if (event.state === 'lost') this.#disconnected(atMs, 'NetworkClient', event.endpoint, event.error);
        return;
      case 'config-warning':
        this.addFault(atMs, 'ProducerConfig', 'WARN', event.message);
        return;
      case 'fatal':
        this.addFault(atMs, 'Producer', event.error, event.message, true);
        return;
      case 'batch-acknowledged':
      case 'producer-id':
        return;
    }
  }

  /** One arm for each kind of event. */
  addConsumer(atMs: number, event: ConsumerEvent): void {
    switch (event.type) {
      case 'callback': {
        const partitions = event.partitions.map(({ topic, partition }) => `${topic}-${partition}`);
        this.#push(atMs, { type: 'callback', callback: event.callback, partitions });
        return;
      }
      case 'position':
        if (event.source !== 'committed' && event.source !== 'reset') return;
        this.#push(atMs, {
          type: 'took',
          topic: event.topic,
          partition: event.partition,
          offset: event.offset,
          source: event.strategy ?? event.source,
        });
        return;
      case 'commit':
        for (const { topic, partition, offset } of event.offsets) this.#foldCommit(atMs, topic, partition, offset);
        return;
      case 'commit-failed':
        return this.addFault(atMs, 'OffsetCommit', event.error, event.message);
      case 'heartbeat-failed':
        // How every rebalance begins.
        if (event.error === 'REBALANCE_IN_PROGRESS') return;
        return this.addFault(atMs, 'Heartbeat', event.error, event.message);
      case 'rebalance-failed':
        return this.addFault(atMs, 'JoinGroup', event.error, event.message);
      case 'session-expired':
        return this.addFault(atMs, 'Heartbeat', 'session.timeout.ms', `${event.sessionTimeoutMs} ms`);
      case 'poll-overdue':
        return this.addFault(atMs, 'Heartbeat', 'max.poll.interval.ms', `${event.maxPollIntervalMs} ms`);
      case 'callback-failed':
        return this.addFault(atMs, event.callback, 'KafkaException', event.message);
      case 'reset-waits':
        return this.addFault(
          atMs,
          'ListOffsets',
          event.strategy,
          `${event.topic}-${event.partition}: no record is that young`,
        );
      case 'fetch-failed':
        return this.addFault(atMs, 'Fetch', event.error, `${event.topic}-${event.partition}`);
      case 'request-failed':
        return this.#disconnected(atMs, event.api, `node ${event.nodeId}`, event.message);
      case 'fatal':
        return this.addFault(atMs, 'Consumer', event.error, event.message, true);
      default:
        return;
    }
  }

  /** `call`: the method that threw the WakeupException. */
  addWoken(atMs: number, call: string): void {
    this.#push(atMs, { type: 'woken', call });
  }

  #push(atMs: number, line: ClientLine): void {
    this.#lines.push({ atMs, line });
  }

  #fold(key: string, atMs: number, line: ClientLine): void {
    this.#folded.set(key, { atMs, line });
  }

  /** Told at once, unless one like it was told or is summed up since {@link foldMs}. */
  #foldRest(key: string, atMs: number, line: ClientLine): void {
    const toldMs = this.#told.get(key) ?? Number.NEGATIVE_INFINITY;
    if (this.#folded.has(key) || atMs - toldMs < foldMs) return this.#fold(key, atMs, line);
    this.#told.set(key, atMs);
    this.#push(atMs, line);
  }

  #foldedLine<T extends ClientLine['type']>(key: string, type: T): LineOf<T> | null {
    const line = this.#folded.get(key)?.line;
    return line?.type === type ? (line as LineOf<T>) : null;
  }

  #foldSent(atMs: number, event: Extract<ProducerEvent, { kind: 'batch-sent' }>): void {
    const { topic, partition, reason } = event;
    const key = `sent ${topic}-${partition} ${reason}`;
    const was = this.#foldedLine(key, 'batches-sent');
    this.#fold(key, atMs, {
      type: 'batches-sent',
      topic,
      partition,
      reason,
      batches: (was?.batches ?? 0) + 1,
      records: (was?.records ?? 0) + event.records,
      bytes: (was?.bytes ?? 0) + event.bytes,
    });
  }

  #foldFailed(atMs: number, event: Extract<ProducerEvent, { kind: 'batch-failed' }>): void {
    const { topic, partition, error } = event;
    const key = `failed ${topic}-${partition} ${error}`;
    const records = (this.#foldedLine(key, 'records-failed')?.records ?? 0) + event.records;
    this.#foldRest(key, atMs, { type: 'records-failed', topic, partition, error, records });
  }

  /** `offset` and `behind` of the first. */
  #foldReordered(atMs: number, event: Extract<ProducerEvent, { kind: 'batch-reordered' }>): void {
    const { topic, partition } = event;
    const key = `reordered ${topic}-${partition}`;
    const was = this.#foldedLine(key, 'records-reordered');
    const { offset, behind } = was ?? { offset: event.baseOffset, behind: event.behindOffset };
    const records = (was?.records ?? 0) + event.records;
    this.#foldRest(key, atMs, { type: 'records-reordered', topic, partition, records, offset, behind });
  }

  /** A commit of the offset that was committed already moves nothing. */
  #foldCommit(atMs: number, topic: string, partition: number, offset: number): void {
    const key = `committed ${topic}-${partition}`;
    const committed = this.#committed.get(key) ?? null;
    if (committed === offset) return;
    this.#committed.set(key, offset);
    const folded = this.#foldedLine(key, 'committed');
    const was = folded === null ? committed : folded.was;
    this.#foldRest(key, atMs, {
      type: 'committed',
      topic,
      partition,
      was,
      offset,
      commits: (folded?.commits ?? 0) + 1,
    });
  }

  /** One that has no event. */
  addFault(atMs: number, source: string, error: string, detail: string, fatal = false): void {
    this.#tellFault(`${source} ${error} ${detail}`, atMs, { type: 'fault', source, error, detail, fatal });
  }

  /** Reset, then refused, then refused again: one fault of one peer. */
  #disconnected(atMs: number, source: string, peer: string, message: string | null): void {
    const detail = message ?? peer;
    this.#tellFault(`${source} ${peer}`, atMs, { type: 'fault', source, error: 'DISCONNECTED', detail, fatal: false });
  }

  #tellFault(key: string, atMs: number, line: LineOf<'fault'>): void {
    const toldMs = this.#faults.get(key);
    if (toldMs !== undefined && atMs - toldMs < quietMs && !line.fatal) return;
    this.#faults.delete(key);
    this.#faults.set(key, atMs);
    if (this.#faults.size > faultsMax) this.#faults.delete(this.#faults.keys().next().value ?? '');
    this.#push(atMs, line);
  }

  /** Lines that need not wait. */
  takeLines(): readonly TimedLine[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  /** Whether something is being summed up. */
  get isFolding(): boolean {
    return this.#folded.size > 0;
  }

  /** Everything, sums included, in the order of time. */
  flush(): readonly TimedLine[] {
    const lines = [...this.#lines, ...this.#folded.values()].sort((a, b) => a.atMs - b.atMs);
    for (const [key, { atMs }] of this.#folded) this.#told.set(key, atMs);
    this.#lines = [];
    this.#folded = new Map();
    return lines;
  }
}
