/**
 * What the controller asks about configs: whether a resource may have them, whether a key is a list, and what will hold
 * for a new topic (`ControllerConfigurationValidator`, `KafkaConfigSchema`). It satisfies the controller's interface of
 * the same purpose.
 */
import { configResourceType } from '../image.ts';
import { ErrorCode } from '../../protocol/index.ts';
import { ConfigError } from './config-error.ts';
import { ConfigSource, topicSetting, type BrokerConfigLayers } from './config-layers.ts';
import { parseConfig } from './config-value.ts';
import { brokerConfig, topicConfigs } from './definitions.ts';
import { topicNameProblem } from './topic-name.ts';

type Entries = ReadonlyMap<string, string>;

export interface ConfigProblem {
  readonly code: ErrorCode;
  readonly message: string;
}

/** One key of a created topic. */
export interface EffectiveTopicConfig {
  readonly name: string;
  readonly value: string | null;
  readonly readOnly: boolean;
  readonly source: ConfigSource;
  readonly sensitive: boolean;
}

const none: Entries = new Map();

/** The rules of a node whose file says `staticConfigs`. */
export class KafkaConfigRules {
  readonly #static: Entries;

  constructor(staticConfigs: Entries) {
    this.#static = staticConfigs;
  }

  /** Null when the resource may have exactly `entries`. */
  validate(resourceType: number, resourceName: string, entries: Entries): ConfigProblem | null {
    switch (resourceType) {
      case configResourceType.topic:
        return topicResourceProblem(resourceName) ?? topicConfigProblem(entries);
      case configResourceType.broker:
        return brokerNameProblem(resourceName);
      default:
        return invalidRequest(`Unknown resource type ${resourceTypeName(resourceType)}`);
    }
  }

  isList(resourceType: number, key: string): boolean {
    const definition = resourceType === configResourceType.topic ? topicConfigs.get(key) : brokerConfig(key);
    return definition?.type === 'list';
  }

  /** What holds for a topic when no record says otherwise; null for an unknown key. */
  defaultValue(resourceType: number, key: string): string | null {
    if (resourceType !== configResourceType.topic) return null;
    return topicSetting(key, none, this.#layers(none)).text;
  }

  /** Everything that will hold for a topic, sorted by name. */
  effectiveTopicConfigs(entries: Entries, brokerDefaults: Entries): EffectiveTopicConfig[] {
    const effective: EffectiveTopicConfig[] = [];
    for (const definition of topicConfigs.values()) {
      const { text, source } = topicSetting(definition.name, entries, this.#layers(brokerDefaults));
      if (definition.internal && source !== ConfigSource.topic) continue;
      const sensitive = definition.type === 'password';
      const value = sensitive ? null : (canonical(definition.name, text) ?? text);
      effective.push({ name: definition.name, value, readOnly: false, source, sensitive });
    }
    return effective;
  }

  #layers(dynamicClusterWide: Entries): BrokerConfigLayers {
    return { dynamicBroker: none, dynamicClusterWide, static: this.#static };
  }
}

/** The text as Kafka prints it after parsing; null when it cannot be parsed. */
function canonical(name: string, text: string | null): string | null {
  const definition = topicConfigs.get(name);
  if (definition === undefined) return text;
  try {
    return parseConfig(definition, text).text;
  } catch (error) {
    if (error instanceof ConfigError) return null;
    throw error;
  }
}

function invalidRequest(message: string): ConfigProblem {
  return { code: ErrorCode.INVALID_REQUEST, message };
}

function invalidConfig(message: string): ConfigProblem {
  return { code: ErrorCode.INVALID_CONFIG, message };
}

function topicResourceProblem(name: string): ConfigProblem | null {
  if (name === '') return invalidRequest('Default topic resources are not allowed.');
  const problem = topicNameProblem(name);
  return problem === null ? null : { code: ErrorCode.INVALID_TOPIC_EXCEPTION, message: problem };
}

function brokerNameProblem(name: string): ConfigProblem | null {
  if (name === '') return null;
  if (!/^[+-]?\d+$/.test(name)) return invalidRequest('Unable to parse broker name as a base 10 number.');
  return Number(name) < 0 ? invalidRequest('Invalid negative broker ID.') : null;
}

/** `LogConfig.validate`: names first, then values, then how they fit together. */
export function topicConfigProblem(entries: Entries): ConfigProblem | null {
  for (const name of entries.keys()) {
    if (!topicConfigs.has(name)) return invalidConfig(`Unknown topic config name: ${name}`);
  }
  const numbers = new Map<string, number>();
  try {
    for (const definition of topicConfigs.values()) {
      const { value } = parseConfig(definition, entries.get(definition.name) ?? definition.default);
      if (typeof value === 'number') numbers.set(definition.name, value);
    }
  } catch (error) {
    if (error instanceof ConfigError) return invalidConfig(error.message);
    throw error;
  }
  const min = numbers.get('min.compaction.lag.ms') ?? 0;
  const max = numbers.get('max.compaction.lag.ms') ?? 0;
  if (min > max) {
    const [minText, maxText] = [
      entries.get('min.compaction.lag.ms') ?? min,
      entries.get('max.compaction.lag.ms') ?? max,
    ];
    return invalidConfig(
      `conflict topic config setting min.compaction.lag.ms (${minText}) > max.compaction.lag.ms (${maxText})`,
    );
  }
  if (entries.get('remote.storage.enable')?.trim().toLowerCase() === 'true') {
    return invalidConfig(
      'Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.',
    );
  }
  return null;
}

function resourceTypeName(type: number): string {
  const names: Readonly<Record<number, string>> = { 8: 'BROKER_LOGGER', 16: 'CLIENT_METRICS', 32: 'GROUP' };
  return names[type] ?? 'UNKNOWN';
}
