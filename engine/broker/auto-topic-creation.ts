/**
 * Topics that are made because somebody asked for them: by name in Metadata, or an internal one when its first
 * coordinator is looked for (`AutoTopicCreationManager`). The request goes to the controller and is not waited for: the
 * client asks again until the metadata shows the topic.
 *
 * A topic whose creation is under way is not asked for twice.
 */
import type { DurationMs, TopicName } from '../base/ids.ts';
import { NetworkError } from '../env/network.ts';
import type { Tracer } from '../env/tracer.ts';
import type { BrokerConfig } from '../metadata/config/index.ts';
import type { RequestContext } from '../net/index.ts';
import { createTopicsApi, ErrorCode, errorName } from '../protocol/index.ts';
import type { CreateTopicsRequestInput, CreateTopicsResponse } from '../protocol/index.ts';
import { ForwardingError, type ControllerSender, type ForwardingChannel } from './forwarding.ts';

export interface AutoTopicCreationDeps {
  readonly forwarding: ForwardingChannel;
  readonly controller: ControllerSender;
  readonly tracer: Pick<Tracer, 'log'>;
  /** As it is now: counts and sizes of new topics. */
  readonly config: () => BrokerConfig;
}

const offsetsTopic: TopicName = '__consumer_offsets';
const transactionsTopic: TopicName = '__transaction_state';
const shareGroupsTopic: TopicName = '__share_group_state';

type CreatableTopic = CreateTopicsRequestInput['topics'][number];

export class AutoTopicCreation {
  readonly #deps: AutoTopicCreationDeps;
  readonly #underWay = new Set<TopicName>();

  constructor(deps: AutoTopicCreationDeps) {
    this.#deps = deps;
  }

  /** Asks for topics on behalf of a client, in its name. Names must be valid. */
  request(topics: readonly TopicName[], context: RequestContext): void {
    const creatable = topics.filter((topic) => !this.#underWay.has(topic));
    if (creatable.length === 0) return;
    const { apiVersion: _, ...rest } = context.header;
    const header = { ...rest, apiKey: createTopicsApi.key, apiVersion: createTopicsApi.versions.max };
    this.#track(creatable, (request) =>
      this.#deps.forwarding.forward(createTopicsApi, request, { ...context, header }),
    );
  }

  /** Asks for `__consumer_offsets` in the broker's own name. */
  ensureOffsetsTopic(): void {
    if (this.#underWay.has(offsetsTopic)) return;
    const timeoutMs: DurationMs = this.#deps.config().requestTimeoutMs;
    this.#track([offsetsTopic], (request) => this.#deps.controller.send(createTopicsApi, request, { timeoutMs }));
  }

  #track(
    topics: readonly TopicName[],
    send: (request: CreateTopicsRequestInput) => Promise<CreateTopicsResponse>,
  ): void {
    const config = this.#deps.config();
    for (const topic of topics) this.#underWay.add(topic);
    this.#log('info', `Sent auto-creation request for ${topics.join(', ')} to the active controller.`);
    send({ topics: topics.map((name) => creatableTopic(name, config)), timeoutMs: config.requestTimeoutMs })
      .then(
        (response) => this.#report(response),
        (error: unknown) => this.#reportFailure(topics, error),
      )
      .finally(() => {
        for (const topic of topics) this.#underWay.delete(topic);
      });
  }

  #report(response: CreateTopicsResponse): void {
    for (const { name, errorCode, errorMessage } of response.topics) {
      if (errorCode === ErrorCode.NONE || errorCode === ErrorCode.TOPIC_ALREADY_EXISTS) continue;
      this.#log('warn', `Auto topic creation failed for ${name}: ${errorName(errorCode)} ${errorMessage ?? ''}`);
    }
  }

  #reportFailure(topics: readonly TopicName[], error: unknown): void {
    if (!(error instanceof NetworkError) && !(error instanceof ForwardingError)) throw error;
    this.#log('warn', `Auto topic creation timed out for ${topics.join(', ')}: ${error.message}`);
  }

  #log(level: 'info' | 'warn', message: string): void {
    this.#deps.tracer.log(level, 'AutoTopicCreation', message);
  }
}

function creatableTopic(name: TopicName, config: BrokerConfig): CreatableTopic {
  switch (name) {
    case offsetsTopic:
      return topicOf(name, config.offsetsTopicNumPartitions, config.offsetsTopicReplicationFactor, [
        ['compression.type', 'producer'],
        ['cleanup.policy', 'compact'],
        ['segment.bytes', String(config.offsetsTopicSegmentBytes)],
      ]);
    case transactionsTopic:
      return topicOf(name, config.transactionStateLogNumPartitions, config.transactionStateLogReplicationFactor, [
        ['unclean.leader.election.enable', 'false'],
        ['compression.type', 'uncompressed'],
        ['cleanup.policy', 'compact'],
        ['min.insync.replicas', String(config.transactionStateLogMinIsr)],
        ['segment.bytes', String(config.transactionStateLogSegmentBytes)],
      ]);
    case shareGroupsTopic:
      return topicOf(
        name,
        config.shareCoordinatorStateTopicNumPartitions,
        config.shareCoordinatorStateTopicReplicationFactor,
        [
          ['compression.type', 'producer'],
          ['cleanup.policy', 'delete'],
          ['min.insync.replicas', String(config.shareCoordinatorStateTopicMinIsr)],
          ['segment.bytes', String(config.shareCoordinatorStateTopicSegmentBytes)],
          ['retention.ms', '-1'],
        ],
      );
    default:
      return topicOf(name, config.numPartitions, config.defaultReplicationFactor, []);
  }
}

function topicOf(
  name: TopicName,
  numPartitions: number,
  replicationFactor: number,
  configs: readonly (readonly [name: string, value: string])[],
): CreatableTopic {
  return {
    name,
    numPartitions,
    replicationFactor,
    assignments: [],
    configs: configs.map(([config, value]) => ({ name: config, value })),
  };
}
