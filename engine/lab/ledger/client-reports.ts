/**
 * In the thread of a lab client: tells the ledger what was sent and what came of it, what `poll()` returned, and what the
 * group gave. The clients are the lab's own with their calls overheard; they behave as they would unheard.
 *
 * A turn's worth of records goes out in one message of columns, at most one each {@link gatherMs}. Beyond
 * {@link followedPerSecond} records a second the rest is counted and not followed.
 */
import type { MessagePort } from 'node:worker_threads';
import { crc32c } from '../../base/crc32c.ts';
import { fromUtf8 } from '../../base/text.ts';
import { ledgerKeyMax } from '../../contract/ledger.ts';
import {
  Consumer,
  KafkaError,
  Producer,
  type ConsumerEvent,
  type ConsumerRecord,
  type ProducerEvent,
  type ProducerRecord,
  type RecordMetadata,
} from '../../client/index.ts';
import type { ClientReport, SendReport } from './ledger-messages.ts';

type ProducerOptions = ConstructorParameters<typeof Producer>[0];
type ConsumerOptions = ConstructorParameters<typeof Consumer>[0];

export const gatherMs = 20;
export const followedPerSecond = 6000;
const emptyBytes = new Uint8Array(0);

/** What a record is known by in a log, with its topic, partition and create timestamp. */
export function contentCrc(key: Uint8Array | null, value: Uint8Array | null): number {
  return crc32c(value ?? emptyBytes, crc32c(key ?? emptyBytes));
}

/** A producer that reports to the ledger; without a port, one that does not. */
export function reportedProducer(port: MessagePort | null, options: ProducerOptions): Producer {
  return port === null ? new Producer(options) : new ReportedProducer(port, options);
}

export function reportedConsumer(port: MessagePort | null, options: ConsumerOptions): Consumer {
  return port === null ? new Consumer(options) : new ReportedConsumer(port, options);
}

const reporters = new Set<Gathered>();

/** Posts what this thread has gathered: before it stands still for long. */
export function flushReports(): void {
  for (const reporter of reporters) reporter.flush();
}

/** Posts what was gathered soon, and what is left when the thread ends. */
class Gathered {
  readonly #take: () => ClientReport | null;
  readonly #port: MessagePort;
  #waits = false;
  #postedMs = Number.NEGATIVE_INFINITY;

  constructor(port: MessagePort, take: () => ClientReport | null) {
    this.#port = port;
    this.#take = take;
    port.unref();
    reporters.add(this);
    process.on('exit', () => this.flush());
  }

  soon(): void {
    if (this.#waits) return;
    this.#waits = true;
    const sinceMs = performance.now() - this.#postedMs;
    if (sinceMs >= gatherMs) setImmediate(() => this.flush());
    else setTimeout(() => this.flush(), gatherMs - sinceMs).unref();
  }

  post(report: ClientReport): void {
    this.#port.postMessage(report);
  }

  flush(): void {
    this.#waits = false;
    this.#postedMs = performance.now();
    const report = this.#take();
    if (report !== null) this.post(report);
  }
}

interface Sent {
  readonly topic: string;
  readonly firstN: number;
  readonly ms: number[];
  readonly keys: (string | null)[];
  readonly crcs: number[];
  readonly bytes: number[];
}

class ReportedProducer extends Producer {
  readonly #clock: ProducerOptions['env']['clock'];
  readonly #gathered: Gathered;
  readonly #overheard: Overheard;
  readonly #acks: string;
  #n = 0;
  #sent: Sent[] = [];
  #placed: { n: number; partition: number; createMs: number }[] = [];
  #acked: { n: number; ms: number; offset: number; broker: number }[] = [];
  #failed: { n: number; ms: number; error: string }[] = [];
  #leftOut = new Map<string, { topic: string; sent: number; acked: number; failed: number }>();
  /** Of the second that runs: since when, and how many are followed. */
  #second = { sinceMs: Number.NEGATIVE_INFINITY, followed: 0 };

  constructor(port: MessagePort, options: ProducerOptions) {
    const overheard = new Overheard(options.onEvent);
    super({ ...options, onEvent: (event) => overheard.hear(event) });
    this.#overheard = overheard;
    this.#clock = options.env.clock;
    this.#gathered = new Gathered(port, () => this.#take());
    const acks = this.effectiveConfigs['acks'] ?? 'all';
    this.#acks = acks === '-1' ? 'all' : acks;
    const idempotent = this.effectiveConfigs['enable.idempotence'] === 'true';
    this.#gathered.post({ type: 'producer', acks: this.#acks as '0' | '1' | 'all', idempotent });
  }

  override send(record: ProducerRecord): Promise<RecordMetadata> {
    this.#n += 1;
    if (!this.#isFollowed()) return this.#sendUnfollowed(record);
    const n = this.#n;
    this.#noteSent(n, record);
    const outcome = super.send({
      ...record,
      onAppended: (partition, createMs) => {
        this.#placed.push({ n, partition, createMs });
        record.onAppended?.(partition, createMs);
      },
    });
    outcome.then(
      ({ topic, partition, offset }) => {
        const broker = this.#acks === '0' ? -1 : this.#overheard.brokerOf(topic, partition);
        this.#acked.push({ n, ms: this.#clock.precise(), offset, broker });
        this.#gathered.soon();
      },
      (error: unknown) => {
        this.#failed.push({ n, ms: this.#clock.precise(), error: error instanceof KafkaError ? error.code : 'bug' });
        this.#gathered.soon();
      },
    );
    return outcome;
  }

  #isFollowed(): boolean {
    const nowMs = performance.now();
    if (nowMs - this.#second.sinceMs >= 1000) this.#second = { sinceMs: nowMs, followed: 0 };
    this.#second.followed += 1;
    return this.#second.followed <= followedPerSecond;
  }

  #sendUnfollowed(record: ProducerRecord): Promise<RecordMetadata> {
    const count = (what: 'sent' | 'acked' | 'failed'): void => {
      const { topic } = record;
      const counts = this.#leftOut.get(topic) ?? { topic, sent: 0, acked: 0, failed: 0 };
      this.#leftOut.set(topic, counts);
      counts[what] += 1;
      this.#gathered.soon();
    };
    count('sent');
    const outcome = super.send(record);
    outcome.then(
      () => count('acked'),
      () => count('failed'),
    );
    return outcome;
  }

  #noteSent(n: number, { topic, key, value }: ProducerRecord): void {
    let sent = this.#sent.at(-1);
    if (sent === undefined || sent.topic !== topic || sent.firstN + sent.ms.length !== n) {
      sent = { topic, firstN: n, ms: [], keys: [], crcs: [], bytes: [] };
      this.#sent.push(sent);
    }
    sent.ms.push(this.#clock.precise());
    sent.keys.push(key === null ? null : keyText(key));
    sent.crcs.push(contentCrc(key, value));
    sent.bytes.push((key?.length ?? 0) + (value?.length ?? 0));
    this.#gathered.soon();
  }

  #take(): SendReport | null {
    const sent = this.#sent;
    const placed = this.#placed;
    const acked = this.#acked;
    const failed = this.#failed;
    const leftOut = this.#leftOut;
    const retried = this.#overheard.takeRetried();
    if (sent.length + placed.length + acked.length + failed.length + leftOut.size + retried.length === 0) return null;
    this.#sent = [];
    this.#placed = [];
    this.#acked = [];
    this.#failed = [];
    this.#leftOut = new Map();
    return {
      type: 'sends',
      sent: sent.map(({ ms, crcs, bytes, ...rest }) => ({
        ...rest,
        ms: Float64Array.from(ms),
        crcs: Uint32Array.from(crcs),
        bytes: Uint32Array.from(bytes),
      })),
      placed:
        placed.length === 0
          ? null
          : {
              ns: Float64Array.from(placed, ({ n }) => n),
              partitions: Int32Array.from(placed, ({ partition }) => partition),
              createMs: Float64Array.from(placed, ({ createMs }) => createMs),
            },
      acked:
        acked.length === 0
          ? null
          : {
              ns: Float64Array.from(acked, ({ n }) => n),
              ms: Float64Array.from(acked, ({ ms }) => ms),
              offsets: Float64Array.from(acked, ({ offset }) => offset),
              brokers: Int32Array.from(acked, ({ broker }) => broker),
            },
      failed:
        failed.length === 0
          ? null
          : {
              ns: Float64Array.from(failed, ({ n }) => n),
              ms: Float64Array.from(failed, ({ ms }) => ms),
              errors: failed.map(({ error }) => error),
            },
      retried,
      leftOut: [...leftOut.values()],
    };
  }
}

/** Of a producer's events: who was sent to, and what is tried again. */
class Overheard {
  readonly #onEvent: (event: ProducerEvent) => void;
  readonly #brokers = new Map<string, number>();
  #retried: { topic: string; partition: number; records: number }[] = [];

  constructor(onEvent: (event: ProducerEvent) => void) {
    this.#onEvent = onEvent;
  }

  hear(event: ProducerEvent): void {
    if (event.kind === 'batch-sent') this.#brokers.set(`${event.topic}-${event.partition}`, event.broker);
    else if (event.kind === 'batch-retried') {
      const { topic, partition, records } = event;
      this.#retried.push({ topic, partition, records });
    }
    this.#onEvent(event);
  }

  /** Which leader the newest batch of the partition went to. */
  brokerOf(topic: string, partition: number): number {
    return this.#brokers.get(`${topic}-${partition}`) ?? -1;
  }

  takeRetried(): readonly { topic: string; partition: number; records: number }[] {
    const retried = this.#retried;
    if (retried.length > 0) this.#retried = [];
    return retried;
  }
}

class ReportedConsumer extends Consumer {
  readonly #clock: ConsumerOptions['env']['clock'];
  readonly #gathered: Gathered;

  constructor(port: MessagePort, options: ConsumerOptions) {
    const hear = (event: ConsumerEvent): void => {
      if (event.type === 'assignment') this.#tellAssigned(event);
      options.onEvent(event);
    };
    super({ ...options, onEvent: hear });
    this.#clock = options.env.clock;
    this.#gathered = new Gathered(port, () => null);
  }

  /** With the member's id: by it the coordinator tells who commits. */
  #tellAssigned({ generation, assigned }: Extract<ConsumerEvent, { type: 'assignment' }>): void {
    const partitions = assigned.map(({ topic, partition }) => `${topic}-${partition}`);
    const { memberId: member } = this.groupMetadata();
    this.#gathered.post({ type: 'owns', atMs: this.#clock.precise(), member, generation, partitions });
  }

  /** Posted before the application has the records: no commit of them can be told first, whenever the thread ends. */
  override async poll(timeoutMs: number): Promise<ConsumerRecord[]> {
    const records = await super.poll(timeoutMs);
    if (records.length > 0) this.#gathered.post(polledReport(this.#clock.precise(), records));
    return records;
  }
}

function polledReport(atMs: number, records: readonly ConsumerRecord[]): ClientReport {
  const topics: string[] = [];
  const partitions: number[] = [];
  const counts: number[] = [];
  for (const { topic, partition } of records) {
    const last = topics.length - 1;
    if (topics[last] === topic && partitions[last] === partition) counts[last]! += 1;
    else {
      topics.push(topic);
      partitions.push(partition);
      counts.push(1);
    }
  }
  return {
    type: 'polled',
    atMs,
    topics,
    partitions: Int32Array.from(partitions),
    counts: Int32Array.from(counts),
    offsets: Float64Array.from(records, ({ offset }) => offset),
    timestamps: Float64Array.from(records, ({ timestamp, timestampType }) =>
      timestampType === 'create-time' ? timestamp : -1,
    ),
    crcs: Uint32Array.from(records, ({ key, value }) => contentCrc(key, value)),
  };
}

/** UTF-8 as far as it is, cut. */
function keyText(key: Uint8Array): string {
  return fromUtf8(key.subarray(0, ledgerKeyMax * 4)).slice(0, ledgerKeyMax);
}
