/**
 * DescribeConfigs (32), versions 1-4.
 *
 * Configs of topics, of this broker, and those of all brokers (an empty broker name), with value, source, synonyms and
 * documentation. Groups and client metrics show what was set for them; a broker has no loggers here.
 *
 * v1: sources and synonyms; v3: types and documentation.
 */
import type { NodeId } from '../../base/ids.ts';
import {
  brokerConfigLayers,
  ConfigSource,
  describeBrokerConfigs,
  describeClusterWideConfigs,
  describeTopicConfigs,
  topicNameProblem,
  type DescribedConfig,
} from '../../metadata/config/index.ts';
import { configEntries, configResourceType, type MetadataImage } from '../../metadata/image.ts';
import type { Handler } from '../../net/index.ts';
import { describeConfigsApi, ErrorCode, type DescribeConfigsResponseInput } from '../../protocol/index.ts';

export interface DescribeConfigsDeps {
  readonly image: () => MetadataImage;
  readonly nodeId: NodeId;
  /** The node's file. */
  readonly staticConfigs: ReadonlyMap<string, string>;
}

type Result = DescribeConfigsResponseInput['results'][number];
type Found = { readonly configs: readonly DescribedConfig[] } | { readonly code: ErrorCode; readonly message: string };

export function describeConfigsHandler(deps: DescribeConfigsDeps): Handler<typeof describeConfigsApi> {
  return {
    api: describeConfigsApi,
    handle({ resources, includeSynonyms, includeDocumentation }) {
      const results = resources.map(({ resourceType, resourceName, configurationKeys }): Result => {
        const found = find(deps, resourceType, resourceName);
        const resource = { resourceType, resourceName };
        if ('code' in found) return { ...resource, errorCode: found.code, errorMessage: found.message, configs: [] };
        const wanted = configurationKeys === null || configurationKeys.length === 0 ? null : new Set(configurationKeys);
        const configs = found.configs
          .filter(({ name }) => wanted?.has(name) ?? true)
          .map((config) => ({
            name: config.name,
            value: config.value,
            readOnly: config.readOnly,
            configSource: config.source,
            isSensitive: config.sensitive,
            synonyms: includeSynonyms ? config.synonyms : [],
            configType: config.type,
            documentation: includeDocumentation ? config.documentation : null,
          }));
        return { ...resource, errorCode: ErrorCode.NONE, errorMessage: '', configs };
      });
      return { results };
    },
  };
}

function find(deps: DescribeConfigsDeps, type: number, name: string): Found {
  switch (type) {
    case configResourceType.topic:
      return findTopic(deps, name);
    case configResourceType.broker:
      return findBroker(deps, name);
    case configResourceType.brokerLogger:
      return brokerNameProblem(deps, name, false) ?? { configs: [] };
    case configResourceType.clientMetrics:
      if (name === '') return invalidRequest('Client metrics subscription name must not be empty');
      return { configs: whatIsSet(deps.image(), type, name, ConfigSource.clientMetrics) };
    case configResourceType.group:
      if (name === '') return invalidRequest('Group name must not be empty');
      return { configs: whatIsSet(deps.image(), type, name, ConfigSource.group) };
    default:
      return invalidRequest('Unsupported resource type: UNKNOWN');
  }
}

function findTopic({ image, nodeId, staticConfigs }: DescribeConfigsDeps, name: string): Found {
  const problem = topicNameProblem(name);
  if (problem !== null) return { code: ErrorCode.INVALID_TOPIC_EXCEPTION, message: problem };
  const now = image();
  if (!now.topics.byName.has(name)) return { code: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, message: '' };
  const overrides = configEntries(now, configResourceType.topic, name);
  return { configs: describeTopicConfigs(overrides, brokerConfigLayers(staticConfigs, now, nodeId)) };
}

function findBroker(deps: DescribeConfigsDeps, name: string): Found {
  const layers = brokerConfigLayers(deps.staticConfigs, deps.image(), deps.nodeId);
  if (name === '') return { configs: describeClusterWideConfigs(layers) };
  return brokerNameProblem(deps, name, true) ?? { configs: describeBrokerConfigs(layers) };
}

function brokerNameProblem({ nodeId }: DescribeConfigsDeps, name: string, mayBeEmpty: boolean): Found | null {
  if (name === '') return invalidRequest('Broker id must not be empty');
  if (!/^[+-]?\d+$/.test(name)) return invalidRequest(`Broker id must be an integer, but it is: ${name}`);
  if (Number(name) === nodeId) return null;
  const expected = mayBeEmpty ? `${nodeId} or empty string,` : `${nodeId}`;
  return invalidRequest(`Unexpected broker id, expected ${expected} but received ${name}`);
}

function invalidRequest(message: string): Found {
  return { code: ErrorCode.INVALID_REQUEST, message };
}

function whatIsSet(image: MetadataImage, type: number, name: string, source: ConfigSource): DescribedConfig[] {
  return [...configEntries(image, type, name)].map(([config, value]) => ({
    name: config,
    value,
    source,
    readOnly: false,
    sensitive: false,
    synonyms: [],
    type: 0,
    documentation: null,
  }));
}
