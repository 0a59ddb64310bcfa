/**
 * The admin client (`KafkaAdminClient`): topics and their configs. It owns no connections; who made the cluster client
 * closes it. A call goes to any broker, which forwards to the controller; it is tried again, with the backoff of
 * `retry.backoff.ms`, when the connection broke or the controller moved, until `default.api.timeout.ms`. Every other
 * answer of a broker rejects at once with a {@link KafkaError} of Kafka's name and the broker's own message.
 *
 * As in Java, a creation whose first answer was lost on the way may end as TOPIC_ALREADY_EXISTS.
 */
import type { DurationMs, TopicName } from '../../base/ids.ts';
import { zeroUuid } from '../../base/uuid.ts';
import type { Clock } from '../../env/index.ts';
import {
  createPartitionsApi,
  createTopicsApi,
  deleteTopicsApi,
  describeConfigsApi,
  ErrorCode,
  incrementalAlterConfigsApi,
} from '../../protocol/index.ts';
import type { Api, RequestInputOf, ResponseOf } from '../../protocol/index.ts';
import type { ClusterClient } from '../cluster/index.ts';
import { brokerError, clientError, KafkaError } from '../kafka-error.ts';
import { configSourceName, configTypeName, type TopicConfigEntry } from './topic-config.ts';

export interface AdminOptions {
  readonly cluster: Pick<ClusterClient, 'sendToAny'>;
  readonly clock: Clock;
  /** `default.api.timeout.ms`: of a whole call; 60 s when absent. */
  readonly apiTimeoutMs?: DurationMs;
  /** `request.timeout.ms`: of one attempt; 30 s when absent. */
  readonly requestTimeoutMs?: DurationMs;
  /** `retry.backoff.ms`, doubled with each attempt up to `retry.backoff.max.ms` (1 s); 100 ms when absent. */
  readonly retryBackoffMs?: DurationMs;
}

/** `NewTopic`. */
export interface NewTopic {
  readonly name: TopicName;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly configs?: Readonly<Record<string, string>>;
}

/** `AlterConfigOp` of a topic: a value sets it, null takes it away. */
export interface ConfigChange {
  readonly name: string;
  readonly value: string | null;
}

/** `ConfigResource.Type.TOPIC`. */
const topicResource = 2;
/** `AlterConfigOp.OpType`. */
const operations = { set: 0, delete: 1 } as const;
const backoffMsMax = 1000;

interface TopicOutcome {
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

export class Admin {
  readonly #options: AdminOptions;

  constructor(options: AdminOptions) {
    this.#options = options;
  }

  async createTopic({ name, partitions, replicationFactor, configs = {} }: NewTopic): Promise<void> {
    const topic = {
      name,
      numPartitions: partitions,
      replicationFactor,
      assignments: [],
      configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    };
    await this.#call('createTopics', createTopicsApi, (timeoutMs) => ({ topics: [topic], timeoutMs }), outcomeOfTopics);
  }

  async deleteTopic(name: TopicName): Promise<void> {
    const request = (timeoutMs: number): RequestInputOf<typeof deleteTopicsApi> => ({
      topics: [{ name, topicId: zeroUuid }],
      timeoutMs,
    });
    await this.#call('deleteTopics', deleteTopicsApi, request, (response) => response.responses[0]);
  }

  /** `total`: how many there are afterwards. */
  async createPartitions(name: TopicName, total: number): Promise<void> {
    const request = (timeoutMs: number): RequestInputOf<typeof createPartitionsApi> => ({
      topics: [{ name, count: total, assignments: null }],
      timeoutMs,
      validateOnly: false,
    });
    await this.#call('createPartitions', createPartitionsApi, request, (response) => response.results[0]);
  }

  /** All configs of a topic, in the order of their names, with synonyms and documentation. */
  async describeTopicConfigs(name: TopicName): Promise<readonly TopicConfigEntry[]> {
    const resource = { resourceType: topicResource, resourceName: name, configurationKeys: null };
    const request = (): RequestInputOf<typeof describeConfigsApi> => ({
      resources: [resource],
      includeSynonyms: true,
      includeDocumentation: true,
    });
    const response = await this.#call('describeConfigs', describeConfigsApi, request, (answer) => answer.results[0]);
    const entries = (response.results[0]?.configs ?? []).map((config) => ({
      name: config.name,
      value: config.value,
      source: configSourceName(config.configSource),
      readOnly: config.readOnly,
      sensitive: config.isSensitive,
      type: configTypeName(config.configType),
      documentation: config.documentation === '' ? null : config.documentation,
      synonyms: config.synonyms.map((each) => ({
        name: each.name,
        value: each.value,
        source: configSourceName(each.source),
      })),
    }));
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** `incrementalAlterConfigs` of one topic: all of `changes` or none. */
  async alterTopicConfigs(name: TopicName, changes: readonly ConfigChange[]): Promise<void> {
    const configs = changes.map((change) => ({
      name: change.name,
      configOperation: change.value === null ? operations.delete : operations.set,
      value: change.value,
    }));
    const request = (): RequestInputOf<typeof incrementalAlterConfigsApi> => ({
      resources: [{ resourceType: topicResource, resourceName: name, configs }],
      validateOnly: false,
    });
    await this.#call(
      'incrementalAlterConfigs',
      incrementalAlterConfigsApi,
      request,
      (response) => response.responses[0],
    );
  }

  /** `request` gets the time that the broker may take, for APIs whose request tells it. */
  async #call<A extends Api>(
    name: string,
    api: A,
    request: (timeoutMs: number) => RequestInputOf<A>,
    outcomeOf: (response: ResponseOf<A>) => TopicOutcome | undefined,
  ): Promise<ResponseOf<A>> {
    const { cluster, clock, apiTimeoutMs = 60_000, requestTimeoutMs = 30_000, retryBackoffMs = 100 } = this.#options;
    const deadlineMs = clock.monotonic() + apiTimeoutMs;
    let backoffMs = retryBackoffMs;
    for (let attempts = 1; ; attempts++) {
      const leftMs = Math.max(1, Math.floor(deadlineMs - clock.monotonic()));
      const timeoutMs = Math.min(requestTimeoutMs, leftMs);
      let failure: KafkaError;
      try {
        const response = await cluster.sendToAny(api, request(timeoutMs), { timeoutMs });
        const outcome = outcomeOf(response);
        if (outcome === undefined) {
          throw brokerError(ErrorCode.UNKNOWN_SERVER_ERROR, 'The broker did not answer for the topic.');
        }
        if (outcome.errorCode === ErrorCode.NONE) return response;
        failure = brokerError(outcome.errorCode, outcome.errorMessage);
        if (failure.errorCode !== ErrorCode.NOT_CONTROLLER) throw failure;
      } catch (error) {
        if (!(error instanceof KafkaError) || !isLostOnTheWay(error)) throw error;
        failure = error;
      }
      if (clock.monotonic() + backoffMs >= deadlineMs) throw timedOut(name, attempts, failure);
      await new Promise<void>((resolve) => clock.after(backoffMs, resolve));
      backoffMs = Math.min(backoffMs * 2, backoffMsMax);
    }
  }
}

function outcomeOfTopics(response: ResponseOf<typeof createTopicsApi>): TopicOutcome | undefined {
  return response.topics[0];
}

/** Nobody knows what became of it, or the controller moved: the call may be made again. */
function isLostOnTheWay({ code, errorCode }: KafkaError): boolean {
  return (
    errorCode === ErrorCode.NOT_CONTROLLER ||
    (errorCode === null && (code === 'DisconnectException' || code === 'TimeoutException'))
  );
}

function timedOut(name: string, attempts: number, cause: KafkaError): KafkaError {
  const message = `Call(callName=${name}) timed out after ${attempts} attempt(s): ${cause.message}`;
  return clientError('TimeoutException', message, cause);
}
