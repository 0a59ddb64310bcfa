/**
 * The ledger as the host holds it: a thread of its own, to which lab clients report over ports of their own and to which
 * the host passes on what brokers tell. The host never waits for it; when it fails, the lab goes on without.
 *
 * What is passed on: of samples the replicas of topics that lab producers wrote, leaders and ISR, truncations, assignments
 * and commits of groups, and the events that stand between rows (faults, ends of threads, leaders that moved).
 */
import { join } from 'node:path';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import type { TelemetryEvent } from '../../base/telemetry.ts';
import type { ClientName } from '../../contract/clients.ts';
import type { LabEvent } from '../../contract/events.ts';
import type { LabQueries, QueryAnswers, QueryInput, QueryResult } from '../../contract/queries.ts';
import type { MetadataView, NodeSample } from '../../node/sample.ts';
import { refused } from '../outcome.ts';
import type {
  Answer,
  FromLedger,
  HostReport,
  LedgerQuery,
  LedgerSetup,
  Question,
  ToLedger,
} from './ledger-messages.ts';

export interface LabLedgerOptions {
  readonly workerEntry: URL;
  /** The lab's data directory. */
  readonly directory: string;
  /** The cell of lab time. */
  readonly time: SharedArrayBuffer;
  /** Lab time. */
  nowMs(): number;
  /** Of the brokers that run; empty when none does. */
  bootstrapServers(): string;
  /** `min.insync.replicas` where a topic does not say. */
  readonly minInsyncReplicas: number;
  onFault(message: string): void;
  onNotice(message: string): void;
  /** Other verdicts than before. */
  onVerdicts?(verdicts: LedgerVerdicts): void;
  /** Left out: {@link ledgerBytesMax}. */
  readonly bytesMax?: number;
}

export interface LedgerVerdicts {
  readonly holds: number;
  readonly broken: number;
  readonly unknown: number;
}

export const ledgerBytesMax = 512 * 1024 * 1024;
/** Reports wait this long for company. */
const gatherMs = 100;
const askLimitMs = 10_000;
const beginLimitMs = 15_000;
const closeLimitMs = 5000;
/** Beyond this the oldest samples are left out: the thread is far behind. */
const gatheredMax = 5000;
/** What stands between rows. */
const markKinds = new Set([
  'fault',
  'process',
  'client-process',
  'leader-changed',
  'partitions-changed',
  'topic-deleted',
]);

interface Asked {
  readonly settle: (answer: Answer) => void;
  readonly timer: NodeJS.Timeout;
}

export class LabLedger {
  readonly #options: LabLedgerOptions;
  readonly #path: string;
  #worker: Worker | null = null;
  #gathered: HostReport[] = [];
  #timer: NodeJS.Timeout | null = null;
  #topics: ReadonlySet<string> = new Set();
  readonly #deleted = new Set<string>();
  #bootstrapServers = '';
  #begun: (() => void) | null = null;
  #closed: (() => void) | null = null;
  readonly #asked = new Map<number, Asked>();
  #nextAsk = 1;
  #faulted = false;

  readonly queries: Pick<LabQueries, LedgerQuery> = {
    ledgerSummary: (input) => this.#ask('ledgerSummary', input, input.waitMs ?? 0),
    ledger: (input) => this.#ask('ledger', input),
    recordFate: (input) => this.#ask('recordFate', input),
  };

  constructor(options: LabLedgerOptions) {
    this.#options = options;
    this.#path = join(options.directory, 'ledger.db');
  }

  /** The directory must be the lab's own. Resolves when the file is open, or could not be opened. */
  start(): Promise<void> {
    const { workerEntry, time, nowMs, bytesMax = ledgerBytesMax } = this.#options;
    const setup: LedgerSetup = { path: this.#path, bytesMax, time, startedMs: nowMs() };
    const worker = new Worker(workerEntry, { workerData: setup, name: 'ledger' });
    this.#worker = worker;
    worker.on('message', (message: FromLedger) => this.#receive(message));
    worker.on('error', (error) => this.#ended(`its thread ended: ${error.message}`));
    worker.on('exit', () => this.#ended('its thread ended'));
    return limited((resolve) => (this.#begun = resolve), beginLimitMs);
  }

  /** For a lab client's thread that begins; null when no ledger is kept. */
  port(client: ClientName, group: string | null): MessagePort | null {
    if (this.#worker === null) return null;
    const { port1, port2 } = new MessageChannel();
    this.#worker.postMessage({ type: 'client', client, group, port: port2 } satisfies ToLedger, [port2]);
    return port1;
  }

  /** Telemetry of a broker; what it is not about is not looked at. */
  event(node: number, atMs: number, event: TelemetryEvent): void {
    switch (event.type) {
      case 'partition-changed': {
        const { topic, partition, leader, leaderEpoch, isr, replicas, offset } = event;
        const now = { leader: leader.now, epoch: leaderEpoch.now, isr: isr.now, replicas, offset };
        return this.#gather({ type: 'partition', atMs, topic, partition, ...now });
      }
      case 'topic-deleted':
        // Each node tells of it, the last one perhaps when there is a topic of that name again.
        if (this.#deleted.has(event.topicId)) return;
        this.#deleted.add(event.topicId);
        return this.#gather({ type: 'topic-deleted', atMs, topic: event.topic });
      case 'log-truncated':
        return this.#gather({
          type: 'truncated',
          atMs,
          node,
          topic: event.topic,
          partition: event.partition,
          to: event.to,
        });
      case 'offsets-committed':
        return this.#gather({ type: 'committed', atMs, group: event.group, offsets: event.offsets });
      case 'group-assignment': {
        const members = event.assignments.map(({ member, partitions }) => ({
          member,
          partitions: (partitions ?? []).flatMap((of) => of.partitions.map((each) => `${of.topic}-${each}`)),
        }));
        return this.#gather({ type: 'assignment', atMs, group: event.group, generation: event.generation, members });
      }
      default:
        return;
    }
  }

  metadata({ changedTopics, offset }: MetadataView): void {
    const atMs = this.#options.nowMs();
    for (const { topic, partitions, configs } of changedTopics) {
      const minInsync = Number(configs['min.insync.replicas'] ?? this.#options.minInsyncReplicas);
      const compacted = configs['cleanup.policy']?.includes('compact') ?? false;
      this.#gather({ type: 'topic', topic, minInsync, compacted });
      for (const { partition, leader, leaderEpoch, isr, replicas } of partitions) {
        this.#gather({ type: 'partition', atMs, topic, partition, leader, epoch: leaderEpoch, isr, replicas, offset });
      }
    }
  }

  sample({ nodeId, atMs, replicas }: NodeSample): void {
    const told = replicas
      .filter(({ topic, role }) => role !== 'none' && this.#topics.has(topic))
      .map(({ topic, partition, role, leaderEpoch, logStartOffset, logEndOffset, highWatermark }) => ({
        topic,
        partition,
        isLeader: role === 'leader',
        epoch: leaderEpoch,
        logStart: logStartOffset,
        logEnd: logEndOffset,
        highWatermark,
      }));
    if (told.length > 0) this.#gather({ type: 'sample', atMs, node: nodeId, replicas: told });
  }

  /** Events of the lab as they are published. */
  events(events: readonly LabEvent[]): void {
    for (const event of events) if (markKinds.has(event.kind)) this.#gather({ type: 'event', event });
  }

  #gather(report: HostReport): void {
    if (this.#worker === null) return;
    this.#gathered.push(report);
    if (this.#gathered.length > gatheredMax) {
      this.#gathered = this.#gathered.filter(({ type }, index) => type !== 'sample' || index > gatheredMax / 2);
    }
    this.#timer ??= setTimeout(() => this.#pass(), gatherMs).unref();
  }

  #pass(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const bootstrapServers = this.#options.bootstrapServers();
    if (bootstrapServers !== this.#bootstrapServers) {
      this.#bootstrapServers = bootstrapServers;
      this.#post({ type: 'brokers', bootstrapServers });
    }
    if (this.#gathered.length === 0) return;
    this.#post({ type: 'reports', reports: this.#gathered });
    this.#gathered = [];
  }

  #post(message: ToLedger): void {
    this.#worker?.postMessage(message);
  }

  async #ask<N extends LedgerQuery>(name: N, input: QueryInput<N>, waitMs = 0): Promise<QueryResult<QueryAnswers[N]>> {
    if (this.#worker === null) {
      return refused('no-ledger', 'ledger', this.#path, 'It is not open; the lab goes on without it.');
    }
    this.#pass();
    const id = this.#nextAsk++;
    const limitMs = askLimitMs + waitMs;
    const answer = await new Promise<Answer>((resolve) => {
      const late = (): void =>
        this.#settle(id, refused('timeout', 'ledger', name, `No answer within ${limitMs / 1000} s.`));
      this.#asked.set(id, { settle: resolve, timer: setTimeout(late, limitMs) });
      this.#post({ type: 'ask', id, question: { name, input } as Question });
    });
    return answer as QueryResult<QueryAnswers[N]>;
  }

  #settle(id: number, answer: Answer): void {
    const asked = this.#asked.get(id);
    if (asked === undefined) return;
    this.#asked.delete(id);
    clearTimeout(asked.timer);
    asked.settle(answer);
  }

  #receive(message: FromLedger): void {
    switch (message.type) {
      case 'begun':
        if (message.notice !== null) this.#options.onNotice(message.notice);
        this.#begun?.();
        return;
      case 'answer':
        return this.#settle(message.id, message.answer);
      case 'verdicts': {
        const { holds, broken, unknown } = message;
        this.#options.onVerdicts?.({ holds, broken, unknown });
        return;
      }
      case 'topics':
        this.#topics = new Set(message.topics);
        return;
      case 'fault':
        return this.#fault(message.message);
      case 'closed':
        this.#closed?.();
        return;
    }
  }

  #fault(message: string): void {
    if (this.#faulted) return;
    this.#faulted = true;
    this.#options.onFault(message);
  }

  #ended(why: string): void {
    if (this.#worker === null) return;
    this.#worker = null;
    if (this.#closed === null) this.#fault(`${this.#path}: ${why}. Records are no longer followed.`);
    for (const id of [...this.#asked.keys()]) {
      this.#settle(id, refused('no-ledger', 'ledger', this.#path, 'Its thread has ended.'));
    }
    this.#begun?.();
    this.#closed?.();
  }

  /** What is known is on disk when it resolves. */
  async stop(): Promise<void> {
    const worker = this.#worker;
    if (worker === null) return;
    this.#pass();
    const closed = limited((resolve) => (this.#closed = resolve), closeLimitMs);
    this.#post({ type: 'close' });
    await closed;
    this.#worker = null;
    await worker.terminate();
  }
}

/** Resolves when the given function is called, and after `limitMs` in any case. */
function limited(hand: (resolve: () => void) => void, limitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, limitMs);
    hand(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
