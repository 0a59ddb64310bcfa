/**
 * What the window does with topics and records, over the wire like anybody: admin requests, reads, the console producer.
 * One cluster client serves all of it, opened with the first request. It is made anew when nobody answers it and the
 * brokers listen elsewhere by now.
 */
import type { NodeId, PartitionIndex, TopicName } from '../../base/ids.ts';
import { Admin, brokerError, ClusterClient, KafkaError, parseBootstrapServers } from '../../client/index.ts';
import type { CommandResult, LabCommand } from '../../contract/commands.ts';
import type { LeaveSignal } from '../../contract/host.ts';
import type { LabQueries, QueryResult, TailInput, TailUpdate } from '../../contract/queries.ts';
import type { Clock } from '../../env/index.ts';
import { NodeNetwork, NodeRandom } from '../../env/node/index.ts';
import { nodeCodecs } from '../../env/node/compression.ts';
import { ErrorCode } from '../../protocol/index.ts';
import { refused } from '../outcome.ts';
import { ConsoleProducer } from './console-producer.ts';
import { LiveTail } from './live-tail.ts';
import { PartitionReader } from './partition-reader.ts';
import { readPage } from './read-page.ts';
import { refusedBy } from './topic-errors.ts';

export type TopicCommand = Extract<
  LabCommand,
  { type: 'createTopic' | 'deleteTopic' | 'addPartitions' | 'setTopicConfig' | 'setBrokerConfig' | 'produceRecords' }
>;

export interface LabTopicsOptions {
  /** Dates of records are its own. */
  readonly clock: Clock;
  /** Of the brokers that run now; empty when none does. */
  bootstrapServers(): string;
}

/** What a person waits for at the most. */
const adminLimitMs = 20_000;
const readLimitMs = 6_000;
const requestLimitMs = 10_000;
/** Partitions may be added by anybody; a tail finds them within this. */
const metadataMaxAgeMs = 10_000;

interface Line {
  readonly bootstrapServers: string;
  readonly cluster: ClusterClient;
  readonly admin: Admin;
  readonly reader: PartitionReader;
}

export class LabTopics {
  readonly #options: LabTopicsOptions;
  readonly #env: { clock: Clock; network: NodeNetwork; random: NodeRandom };
  readonly #console: ConsoleProducer;
  readonly #tails = new Set<() => void>();
  #line: Line | null = null;
  #stopped = false;

  constructor(options: LabTopicsOptions) {
    this.#options = options;
    this.#env = { clock: options.clock, network: new NodeNetwork(), random: new NodeRandom() };
    this.#console = new ConsoleProducer(this.#env, nodeCodecs);
  }

  execute(command: TopicCommand): Promise<CommandResult> {
    if (command.type === 'setBrokerConfig') {
      const { node, name, value } = command;
      return this.#ofBroker(node, async ({ admin }) => {
        await admin.alterConfigs({ type: 'broker', node }, [{ name, value }]);
        return { ok: true, node };
      });
    }
    const topic = command.type === 'createTopic' ? command.name : command.topic;
    if (command.type === 'produceRecords') {
      return this.#with(topic, command.partition ?? undefined, async ({ reader }) => {
        // The producer would make a topic that is missing, and wait for a partition that never comes.
        const partitions = await reader.partitionsOf(topic);
        if (command.partition !== null && !partitions.includes(command.partition)) throw unknownPartition();
        await this.#console.produce(this.#options.bootstrapServers(), command);
        return { ok: true, node: null };
      });
    }
    return this.#with(topic, undefined, async ({ admin, cluster }) => {
      await this.#change(admin, command);
      cluster.requestUpdate();
      return { ok: true, node: null };
    });
  }

  async #change(
    admin: Admin,
    command: Exclude<TopicCommand, { type: 'produceRecords' | 'setBrokerConfig' }>,
  ): Promise<void> {
    switch (command.type) {
      case 'createTopic': {
        const { name, partitions, replicationFactor, configs = {} } = command;
        return admin.createTopic({ name, partitions, replicationFactor, configs });
      }
      case 'deleteTopic':
        return admin.deleteTopic(command.topic);
      case 'addPartitions':
        return admin.createPartitions(command.topic, command.count);
      case 'setTopicConfig':
        return admin.alterConfigs({ type: 'topic', topic: command.topic }, [
          { name: command.name, value: command.value },
        ]);
    }
  }

  readonly queries: Pick<LabQueries, 'topicConfigs' | 'brokerConfigs' | 'records'> = {
    brokerConfigs: ({ node }) =>
      this.#ofBroker(node, async ({ admin }) => ({
        ok: true,
        value: { configs: await admin.describeConfigs({ type: 'broker', node }) },
      })),
    topicConfigs: ({ topic }) =>
      this.#with(topic, undefined, async ({ admin }) => ({
        ok: true,
        value: { configs: await admin.describeConfigs({ type: 'topic', topic }) },
      })),
    records: (input) =>
      this.#with(input.topic, input.partition, async ({ reader }) => ({
        ok: true,
        value: await readPage(reader, nodeCodecs, input),
      })),
  };

  async *tail(input: TailInput, signal: LeaveSignal | undefined): AsyncGenerator<TailUpdate, void, void> {
    const rest = new Rest(signal);
    const leave = (): void => rest.end();
    this.#tails.add(leave);
    try {
      let told = false;
      while (!rest.isOver) {
        const line = this.#open();
        if (line !== null) {
          const sleep = (ms: number): Promise<boolean> => rest.sleep(ms);
          yield* new LiveTail(
            { cluster: line.cluster, reader: line.reader, codecs: nodeCodecs, sleep },
            input,
          ).updates();
          return;
        }
        if (!told) yield { records: [], seen: 0, matched: 0, skipped: 0, error: 'BROKER_NOT_AVAILABLE' };
        told = true;
        await rest.sleep(noBrokerPauseMs);
      }
    } finally {
      rest.end();
      this.#tails.delete(leave);
    }
  }

  stop(): void {
    this.#stopped = true;
    for (const leave of this.#tails) leave();
    this.#console.stop();
    this.#line?.cluster.close();
    this.#line = null;
  }

  async #with<T extends QueryResult<unknown> | CommandResult>(
    topic: TopicName,
    partition: PartitionIndex | undefined,
    run: (line: Line) => Promise<T>,
  ): Promise<T | ReturnType<typeof refused>> {
    const line = this.#open();
    if (line === null) {
      return refused('BROKER_NOT_AVAILABLE', 'lab', 'no broker runs', 'Start a broker first.');
    }
    try {
      return await run(line);
    } catch (error) {
      if (error instanceof KafkaError && error.errorCode === null) this.#forgetMoved(line);
      const { cluster } = line;
      const partitions = cluster.topic(topic)?.partitions.length ?? null;
      const topics = cluster.topics.filter((each) => !each.isInternal && each.name !== topic).map((each) => each.name);
      return refusedBy(error, { topic, ...(partition === undefined ? {} : { partition }), partitions, topics });
    }
  }

  /** `node` null: what holds for all brokers. */
  async #ofBroker<T extends QueryResult<unknown> | CommandResult>(
    node: NodeId | null,
    run: (line: Line) => Promise<T>,
  ): Promise<T | ReturnType<typeof refused>> {
    const line = this.#open();
    if (line === null) return refused('BROKER_NOT_AVAILABLE', 'lab', 'no broker runs', 'Start a broker first.');
    try {
      if (node !== null && line.cluster.broker(node) === null) await line.cluster.awaitUpdate(readLimitMs);
      return await run(line);
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      if (error.errorCode === null) this.#forgetMoved(line);
      return refused(error.code, 'broker', node === null ? 'all' : String(node), error.message);
    }
  }

  /** The cluster client and what reads over it, for other parts of the host; null when no broker runs. */
  get line(): Pick<Line, 'cluster' | 'reader'> | null {
    return this.#open();
  }

  /** Null when no broker runs. */
  #open(): Line | null {
    const bootstrapServers = this.#options.bootstrapServers();
    if (bootstrapServers === '' || this.#stopped) return null;
    this.#line ??= this.#connect(bootstrapServers);
    return this.#line;
  }

  #connect(bootstrapServers: string): Line {
    const cluster = new ClusterClient({
      env: this.#env,
      bootstrapServers: parseBootstrapServers(bootstrapServers.split(',')),
      clientId: 'brokerlab-host',
      requestTimeoutMs: requestLimitMs,
      metadataMaxAgeMs,
      retryBackoffMs: 100,
      retryBackoffMaxMs: 1000,
      reconnectBackoffMs: 50,
      reconnectBackoffMaxMs: 1000,
      connectTimeoutMs: 2000,
      allowAutoTopicCreation: false,
    });
    cluster.followTopics(null);
    const { clock } = this.#env;
    const admin = new Admin({ cluster, clock, apiTimeoutMs: adminLimitMs, requestTimeoutMs: requestLimitMs });
    const reader = new PartitionReader({ cluster, now: () => clock.monotonic(), timeoutMs: readLimitMs });
    return { bootstrapServers, cluster, admin, reader };
  }

  /** A client that reached nobody, while brokers run at other addresses than those it began with. */
  #forgetMoved(line: Line): void {
    if (this.#line !== line || line.bootstrapServers === this.#options.bootstrapServers()) return;
    if (this.#tails.size > 0) return;
    line.cluster.close();
    this.#line = null;
  }
}

const noBrokerPauseMs = 500;

function unknownPartition(): KafkaError {
  return brokerError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
}

/** Sleeps that end at once when somebody leaves. */
class Rest {
  isOver = false;
  #wake: () => void = () => {};

  constructor(signal: LeaveSignal | undefined) {
    if (signal?.aborted === true) this.end();
    signal?.addEventListener('abort', () => this.end());
  }

  /** False when it is over. */
  sleep(ms: number): Promise<boolean> {
    if (this.isOver) return Promise.resolve(false);
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#wake = () => {};
        resolve(!this.isOver);
      };
      const timer = setTimeout(done, ms);
      this.#wake = done;
    });
  }

  end(): void {
    this.isOver = true;
    this.#wake();
  }
}
