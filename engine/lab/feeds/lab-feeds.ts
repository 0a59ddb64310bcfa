/**
 * Records that people send besides lab producers' own: imports, templates, replays, each a job of its own with a producer
 * of its own; the templates that are kept; what a producer's batches became on disk.
 *
 * Leaves to others: how far a job is and how it is cancelled (`desk/jobs`), reading (`topics/`), texts (`contract/templates`).
 */
import type { PartitionIndex, TopicName } from '../../base/ids.ts';
import { utf8 } from '../../base/text.ts';
import { brokerError, type ClusterClient, KafkaError, Producer } from '../../client/index.ts';
import type { Acks, ProducerView } from '../../contract/clients.ts';
import type { CommandResult, LabCommand } from '../../contract/commands.ts';
import type { LabEventDraft } from '../../contract/events.ts';
import type { OnDiskView, TextRecord } from '../../contract/produce.ts';
import type { LabQueries } from '../../contract/queries.ts';
import type { JobView } from '../../contract/runs.ts';
import { parseRows, TemplateError } from '../../contract/templates/index.ts';
import { nodeCodecs } from '../../env/node/compression.ts';
import type { Env } from '../../env/index.ts';
import { ErrorCode } from '../../protocol/index.ts';
import { Jobs } from '../desk/jobs.ts';
import { refused } from '../outcome.ts';
import type { PartitionReader } from '../topics/partition-reader.ts';
import { refusedBy } from '../topics/topic-errors.ts';
import { measureNewest } from './on-disk.ts';
import { replayed } from './replay.ts';
import { FeedError, sendRecords, type FeedRecord } from './send-records.ts';
import { TemplateRecords } from './template-records.ts';
import { readTemplates, templatesMax, writeTemplates } from './templates-file.ts';

const names = ['importRecords', 'produceTemplate', 'replayRecords', 'saveTemplate', 'removeTemplate'] as const;
export type FeedCommand = Extract<LabCommand, { type: (typeof names)[number] }>;
type JobCommand = Extract<FeedCommand, { type: 'importRecords' | 'produceTemplate' | 'replayRecords' }>;

export function isFeedCommand(command: LabCommand): command is FeedCommand {
  return names.some((name) => name === command.type);
}

export interface LabFeedsOptions {
  /** Lab time: records carry it. */
  readonly env: Pick<Env, 'clock' | 'network' | 'random'>;
  readonly directory: string;
  /** Of the brokers that run; empty for none. */
  bootstrapServers(): string;
  /** Null when no broker runs. */
  line(): { readonly cluster: ClusterClient; readonly reader: PartitionReader } | null;
  producers(): readonly ProducerView[];
  onJobs(jobs: readonly JobView[]): void;
  onEvents(drafts: readonly LabEventDraft[]): void;
}

const jobsMax = 3;

export class LabFeeds {
  readonly #options: LabFeedsOptions;
  readonly #jobs: Jobs;

  constructor(options: LabFeedsOptions) {
    this.#options = options;
    this.#jobs = new Jobs(
      () => options.onJobs(this.#jobs.views),
      () => options.env.clock.now(),
    );
  }

  readonly queries: Pick<LabQueries, 'templates' | 'templatePreview' | 'producerOnDisk'> = {
    templates: () => this.#withTemplates((templates) => ({ ok: true, value: { templates } })),
    templatePreview: async ({ template, count, seed }) => {
      try {
        const records = new TemplateRecords(template, seed);
        const nowMs = this.#options.env.clock.now();
        return { ok: true, value: { records: Array.from({ length: count }, () => records.next(nowMs)) } };
      } catch (error) {
        return noTemplate(error);
      }
    },
    producerOnDisk: ({ client }) => this.#onDisk(client),
  };

  async execute(command: FeedCommand): Promise<CommandResult> {
    switch (command.type) {
      case 'saveTemplate':
        return this.#saveTemplate(command);
      case 'removeTemplate':
        return this.#withTemplates((templates) => {
          const left = templates.filter(({ name }) => name !== command.name);
          if (left.length === templates.length) return noSuchTemplate(command.name, templates);
          writeTemplates(this.#options.directory, left);
          return { ok: true, node: null };
        });
      default:
        return this.#start(command);
    }
  }

  cancel(job: number): boolean {
    return this.#jobs.cancel(job);
  }

  async stop(): Promise<void> {
    await this.#jobs.stop();
  }

  #saveTemplate({ name, template }: Extract<FeedCommand, { type: 'saveTemplate' }>): Promise<CommandResult> {
    return this.#withTemplates((templates) => {
      try {
        void new TemplateRecords(template, 0);
      } catch (error) {
        return noTemplate(error);
      }
      const others = templates.filter((each) => each.name !== name);
      if (others.length >= templatesMax) {
        return refused('too-many', 'template', name, `There are ${templatesMax} already; remove some.`);
      }
      const kept = [...others, { name, template }].sort((a, b) => (a.name < b.name ? -1 : 1));
      writeTemplates(this.#options.directory, kept);
      return { ok: true, node: null };
    });
  }

  async #withTemplates<T>(
    use: (templates: ReturnType<typeof readTemplates>) => T,
  ): Promise<T | ReturnType<typeof refused>> {
    try {
      return use(readTemplates(this.#options.directory));
    } catch (error) {
      return refused('invalid', 'templates', this.#options.directory, (error as Error).message);
    }
  }

  /** What can be refused is refused before the job begins. */
  async #start(command: JobCommand): Promise<CommandResult> {
    const { line } = this.#options;
    const open = line();
    if (open === null) return refused('BROKER_NOT_AVAILABLE', 'lab', 'no broker runs', 'Start a broker first.');
    if (this.#jobs.running >= jobsMax) {
      return refused('too-many', 'jobs', String(jobsMax), 'Wait for one to end, or cancel one.');
    }
    try {
      const to = command.type === 'replayRecords' ? command.to : command.topic;
      await checkTarget(open.reader, to, targetPartition(command));
      if (command.type === 'replayRecords') await checkTarget(open.reader, command.topic, command.partition);
      const feed = await this.#feedOf(command, open.reader);
      const job = this.#jobs.start('import', feed.title, async ({ signal, progress }) => {
        // The job is in the list once this turn is over.
        await Promise.resolve();
        progress(0, feed.total);
        return this.#run(feed, command, signal, (done) => progress(done, feed.total));
      });
      return { ok: true, node: null, job };
    } catch (error) {
      if (error instanceof TemplateError) return noTemplate(error);
      if (error instanceof FeedError) return refused('invalid', 'records', command.topic, error.message);
      return refusedBy(error, { topic: command.topic, partitions: null, topics: [] });
    }
  }

  async #feedOf(command: JobCommand, reader: PartitionReader): Promise<Feed> {
    switch (command.type) {
      case 'importRecords':
        return importOf(command);
      case 'produceTemplate': {
        const { count, seed, template, topic, partition } = command;
        const records = new TemplateRecords(template, seed);
        const { clock } = this.#options.env;
        return {
          title: `{{ }} × ${count} → ${topic}`,
          total: count,
          note: '',
          *records() {
            for (let n = 1; n <= count; n++) {
              yield feedRecord(records.next(clock.now()), topic, partition, `record ${n}`);
            }
          },
        };
      }
      case 'replayRecords': {
        const { topic, partition, toOffset, to } = command;
        const { logStartOffset, highWatermark } = await reader.bounds(topic, partition);
        const from = Math.max(command.fromOffset, logStartOffset);
        const last = Math.min(toOffset, highWatermark - 1);
        if (last < from) {
          const there = `${topic}-${partition} has offsets ${logStartOffset} to ${highWatermark - 1}.`;
          throw new FeedError(`Nothing lies from ${command.fromOffset} to ${toOffset}: ${there}`);
        }
        const range = { topic, partition, fromOffset: from, toOffset: last, to, toPartition: targetPartition(command) };
        return {
          title: `${topic}-${partition} ${from}…${last} → ${to}`,
          total: last - from + 1,
          note: '',
          records: () => replayed(reader, nodeCodecs, range),
        };
      }
    }
  }

  async #run(feed: Feed, { rate, acks }: JobCommand, signal: AbortSignal, progress: (n: number) => void) {
    const producer = this.#producer(acks);
    const { clock } = this.#options.env;
    let acknowledged = 0;
    let told = 0;
    const note = (count: number): void => {
      acknowledged = count;
      if (clock.monotonic() - told < progressMs && count > 0) return;
      told = clock.monotonic();
      progress(count);
    };
    try {
      const count = await sendRecords(feed.records(), { clock, producer, rate, signal, progress: note });
      progress(count);
      this.#over(feed.title, count, 'done', '');
      return feed.note;
    } catch (error) {
      progress(acknowledged);
      this.#over(feed.title, acknowledged, signal.aborted ? 'cancelled' : 'failed', (error as Error).message);
      throw error;
    } finally {
      await producer.close(closeLimitMs);
    }
  }

  #over(title: string, records: number, state: 'done' | 'cancelled' | 'failed', detail: string): void {
    this.#options.onEvents([
      {
        atMs: this.#options.env.clock.now(),
        actor: 'lab',
        node: null,
        kind: 'feed',
        source: 'Import',
        args: { title, records, detail },
        change: { of: 'value', was: 'running', now: state },
        metric: null,
        tone: state === 'failed' ? 'fault' : 'notice',
      },
    ]);
  }

  #producer(acks: Acks): Producer {
    return new Producer({
      env: this.#options.env,
      codecs: nodeCodecs,
      configs: {
        'bootstrap.servers': this.#options.bootstrapServers(),
        'client.id': 'import-producer',
        acks,
        'linger.ms': '10',
        // A person waits: what is not acknowledged by then is an error that says why.
        'max.block.ms': '10000',
        'request.timeout.ms': '10000',
        'delivery.timeout.ms': '20000',
      },
      onEvent: () => {},
    });
  }

  async #onDisk(client: string): ReturnType<LabQueries['producerOnDisk']> {
    const producer = this.#options.producers().find(({ id }) => id === client);
    if (producer === undefined) return refused('no-such-client', 'producer', client, 'The lab has no such producer.');
    const open = this.#options.line();
    if (open === null) return refused('BROKER_NOT_AVAILABLE', 'lab', 'no broker runs', 'Start a broker first.');
    const { producerId } = producer;
    const partitions: OnDiskView[] = [];
    for (const { topic, partition, lastOffset } of producer.accumulators) {
      if (lastOffset === null) continue;
      try {
        const found = await measureNewest(open.reader, nodeCodecs, { topic, partition, lastOffset, producerId });
        if (found !== null) partitions.push({ topic, partition, ...found });
      } catch (error) {
        // A partition without a leader has nothing to tell; bytes that are no batches have.
        if (!(error instanceof KafkaError)) return refusedBy(error, { topic, partition, partitions: null, topics: [] });
      }
    }
    return { ok: true, value: { partitions } };
  }
}

const progressMs = 150;
const closeLimitMs = 3000;

interface Feed {
  /** As the job is called: no words of any language. */
  readonly title: string;
  readonly total: number;
  /** What is to be told when it is done. */
  readonly note: string;
  records(): Iterable<FeedRecord> | AsyncIterable<FeedRecord>;
}

function importOf({ name, format, text, topic, partition }: Extract<JobCommand, { type: 'importRecords' }>): Feed {
  const { rows, problems } = parseRows(text, format);
  const [problem] = problems;
  if (rows.length === 0) {
    throw new FeedError(problem === undefined ? `${name} is empty` : `line ${problem.line} ${problem.reason}`);
  }
  return {
    title: `${name} → ${topic}`,
    total: rows.length,
    note: problems
      .map(({ line, reason }) => `line ${line} ${reason}`)
      .slice(0, 3)
      .join('; '),
    *records() {
      for (const row of rows) yield feedRecord(row, topic, partition, `line ${row.line}`);
    },
  };
}

function feedRecord(
  { key, value, headers }: TextRecord,
  topic: TopicName,
  partition: PartitionIndex | null,
  from: string,
): FeedRecord {
  return {
    from,
    topic,
    ...(partition === null ? {} : { partition }),
    key: key === null ? null : utf8(key),
    value: value === null ? null : utf8(value),
    headers: headers.map((header) => ({ key: header.key, value: utf8(header.value) })),
  };
}

function targetPartition(command: JobCommand): PartitionIndex | null {
  if (command.type !== 'replayRecords') return command.partition;
  return command.toPartition === 'same' ? command.partition : command.toPartition;
}

/** A producer would make a topic that is missing, and wait for a partition that never comes. */
async function checkTarget(reader: PartitionReader, topic: TopicName, partition: PartitionIndex | null): Promise<void> {
  const partitions = await reader.partitionsOf(topic);
  if (partition !== null && !partitions.includes(partition)) throw brokerError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
}

function noTemplate(error: unknown): ReturnType<typeof refused> {
  if (!(error instanceof TemplateError)) throw error;
  return refused('invalid', 'template', `${error.line}:${error.column}`, `${error.message}.`);
}

function noSuchTemplate(name: string, templates: readonly { readonly name: string }[]): ReturnType<typeof refused> {
  const known = templates.map((each) => each.name).join(', ');
  return refused('no-such-template', 'template', name, known === '' ? 'There are none.' : `There are ${known}.`);
}
