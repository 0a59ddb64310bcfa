/**
 * The ledger as the host holds it: a thread of its own, to which lab clients report over ports of their own and to which
 * the host passes on what brokers tell. The host never waits for it; when it fails, the lab goes on without.
 *
 * What is passed on: of samples the replicas of topics that lab producers wrote, leaders and ISR, truncations, assignments
 * and commits of groups, and the events that stand between rows (faults, ends of threads, leaders that moved).
 */
import { join } from 'node:path';
import type { MessagePort } from 'node:worker_threads';
import type { TelemetryEvent } from '../../base/telemetry.ts';
import type { ClientName } from '../../contract/clients.ts';
import type { LabEvent } from '../../contract/events.ts';
import type { LabQueries, QueryAnswers, QueryInput, QueryResult } from '../../contract/queries.ts';
import type { MetadataView, NodeSample } from '../../node/sample.ts';
import { AskedThread } from '../asked-thread.ts';
import { refused } from '../outcome.ts';
import type { FromLedger, HostReport, LedgerQuery, LedgerSetup, Question, ToLedger } from './ledger-messages.ts';

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

export class LabLedger {
  readonly #options: LabLedgerOptions;
  readonly #path: string;
  readonly #thread: AskedThread<ToLedger, FromLedger>;
  #gathered: HostReport[] = [];
  #timer: NodeJS.Timeout | null = null;
  #topics: ReadonlySet<string> = new Set();
  readonly #deleted = new Set<string>();
  #bootstrapServers = '';
  #faulted = false;

  readonly queries: Pick<LabQueries, LedgerQuery> = {
    ledgerSummary: (input) => this.#ask('ledgerSummary', input, input.waitMs ?? 0),
    ledger: (input) => this.#ask('ledger', input),
    recordFate: (input) => this.#ask('recordFate', input),
  };

  constructor(options: LabLedgerOptions) {
    this.#options = options;
    this.#path = join(options.directory, 'ledger.db');
    this.#thread = new AskedThread({
      name: 'ledger',
      path: this.#path,
      onMessage: (message) => this.#receive(message),
      onEnd: (why) => this.#fault(`${this.#path}: ${why}. Records are no longer followed.`),
    });
  }

  /** The directory must be the lab's own. Resolves when the file is open, or could not be opened. */
  start(): Promise<void> {
    const { workerEntry, time, nowMs, bytesMax = ledgerBytesMax } = this.#options;
    const setup: LedgerSetup = { path: this.#path, bytesMax, time, startedMs: nowMs() };
    return this.#thread.start(workerEntry, setup);
  }

  /** For a lab client's thread that begins; null when no ledger is kept. */
  port(client: ClientName, group: string | null): MessagePort | null {
    return this.#thread.line((port) => ({ type: 'client', client, group, port }));
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
      case 'offsets-committed': {
        const { group, member, offsets } = event;
        return this.#gather({ type: 'committed', atMs, group, member, offsets });
      }
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
    if (!this.#thread.isOpen) return;
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
      this.#thread.post({ type: 'brokers', bootstrapServers });
    }
    if (this.#gathered.length === 0) return;
    this.#thread.post({ type: 'reports', reports: this.#gathered });
    this.#gathered = [];
  }

  async #ask<N extends LedgerQuery>(name: N, input: QueryInput<N>, waitMs = 0): Promise<QueryResult<QueryAnswers[N]>> {
    if (!this.#thread.isOpen) {
      return refused('no-ledger', 'ledger', this.#path, 'It is not open; the lab goes on without it.');
    }
    this.#pass();
    const question = { name, input } as Question;
    return this.#thread.ask(name, askLimitMs + waitMs, (id) => ({ type: 'ask', id, question }));
  }

  #receive(message: FromLedger): void {
    switch (message.type) {
      case 'begun':
        if (message.notice !== null) this.#options.onNotice(message.notice);
        this.#thread.begun();
        return;
      case 'answer':
        return this.#thread.answer(message.id, message.answer);
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
        this.#thread.closed();
        return;
    }
  }

  #fault(message: string): void {
    if (this.#faulted) return;
    this.#faulted = true;
    this.#options.onFault(message);
  }

  /** What is known is on disk when it resolves. */
  async stop(): Promise<void> {
    if (!this.#thread.isOpen) return;
    this.#pass();
    await this.#thread.stop({ type: 'close' });
  }
}
