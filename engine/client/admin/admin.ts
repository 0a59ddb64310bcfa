/**
 * The admin client (`KafkaAdminClient`): topics and their configs. It owns no connections; who made the cluster client
 * closes it. A call goes to any broker, which forwards to the controller; it is tried again, with the backoff of
 * `retry.backoff.ms`, when the connection broke or the controller moved, until `default.api.timeout.ms`. Every other
 * answer of a broker rejects at once with a {@link KafkaError} of Kafka's name and the broker's own message.
 *
 * As in Java, a creation whose first answer was lost on the way may end as TOPIC_ALREADY_EXISTS.
 */
import type { DurationMs, NodeId, TopicName } from '../../base/ids.ts';
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
import { configSourceName, configTypeName, type ConfigDescription } from './config-description.ts';

export interface AdminOptions {
  readonly cluster: Pick<ClusterClient, 'send' | 'sendToAny'>;
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

/** `AlterConfigOp`: a value sets it, null takes it away. */
export interface ConfigChange {
  readonly name: string;
  readonly value: string | null;
}

/** `ConfigResource`: a topic, a broker, or (null) what holds for all brokers of the cluster. */
export type ConfigResource =
  { readonly type: 'topic'; readonly topic: TopicName } | { readonly type: 'broker'; readonly node: NodeId | null };

/** `ConfigResource.Type`. */
const resourceTypes = { topic: 2, broker: 4 } as const;
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

  /** All configs of a topic or broker, in the order of their names, with synonyms and documentation. */
  async describeConfigs(resource: ConfigResource): Promise<readonly ConfigDescription[]> {
    const asked = { ...wireResource(resource), configurationKeys: null };
    const request = (): RequestInputOf<typeof describeConfigsApi> => ({
      resources: [asked],
      includeSynonyms: true,
      includeDocumentation: true,
    });
    const at = nodeFor(resource);
    const response = await this.#call(
      'describeConfigs',
      describeConfigsApi,
      request,
      (answer) => answer.results[0],
      at,
    );
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

  /** `incrementalAlterConfigs` of one topic or broker: all of `changes` or none. */
  async alterConfigs(resource: ConfigResource, changes: readonly ConfigChange[]): Promise<void> {
    const configs = changes.map((change) => ({
      name: change.name,
      configOperation: change.value === null ? operations.delete : operations.set,
      value: change.value,
    }));
    const request = (): RequestInputOf<typeof incrementalAlterConfigsApi> => ({
      resources: [{ ...wireResource(resource), configs }],
      validateOnly: false,
    });
    await this.#call(
      'incrementalAlterConfigs',
      incrementalAlterConfigsApi,
      request,
      (response) => response.responses[0],
      nodeFor(resource),
    );
  }

  /** `request` gets the time that the broker may take, for APIs whose request tells it. */
  async #call<A extends Api>(
    name: string,
    api: A,
    request: (timeoutMs: number) => RequestInputOf<A>,
    outcomeOf: (response: ResponseOf<A>) => TopicOutcome | undefined,
    /** Who has to answer; null: anybody. */
    node: NodeId | null = null,
  ): Promise<ResponseOf<A>> {
    const { cluster, clock, apiTimeoutMs = 60_000, requestTimeoutMs = 30_000, retryBackoffMs = 100 } = this.#options;
    const deadlineMs = clock.monotonic() + apiTimeoutMs;
    let backoffMs = retryBackoffMs;
    for (let attempts = 1; ; attempts++) {
      const leftMs = Math.max(1, Math.floor(deadlineMs - clock.monotonic()));
      const timeoutMs = Math.min(requestTimeoutMs, leftMs);
      let failure: KafkaError;
      try {
        const asked = request(timeoutMs);
        const response = await (node === null
          ? cluster.sendToAny(api, asked, { timeoutMs })
          : cluster.send(node, api, asked, { timeoutMs }));
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

function wireResource(resource: ConfigResource): { resourceType: number; resourceName: string } {
  if (resource.type === 'topic') return { resourceType: resourceTypes.topic, resourceName: resource.topic };
  return { resourceType: resourceTypes.broker, resourceName: resource.node === null ? '' : String(resource.node) };
}

/** A broker's configs are its own to tell and to change; those of all brokers anybody's. */
function nodeFor(resource: ConfigResource): NodeId | null {
  return resource.type === 'broker' ? resource.node : null;
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
