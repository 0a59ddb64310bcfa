/**
 * Configs as DescribeConfigs shows them: value, source, whether it may change, and every place that says something
 * about it (`ConfigHelper`).
 */
import { ConfigError } from './config-error.ts';
import {
  ConfigSource,
  effectiveBrokerConfigs,
  settingsOf,
  topicSetting,
  type BrokerConfigLayers,
  type ConfigSetting,
} from './config-layers.ts';
import { parseConfig } from './config-value.ts';
import type { ConfigDefinition, ConfigType } from './definition-table.ts';
import { brokerConfig, brokerConfigs, dynamicBrokerConfigs, topicConfigs } from './definitions.ts';
import { brokerSynonyms, topicSynonyms } from './synonyms.ts';

type Entries = ReadonlyMap<string, string>;

export interface ConfigSynonym {
  readonly name: string;
  readonly value: string | null;
  readonly source: ConfigSource;
}

export interface DescribedConfig {
  readonly name: string;
  /** Null for none, and for passwords. */
  readonly value: string | null;
  readonly source: ConfigSource;
  readonly readOnly: boolean;
  readonly sensitive: boolean;
  readonly synonyms: readonly ConfigSynonym[];
  /** `DescribeConfigsResponse.ConfigType`. */
  readonly type: number;
  readonly documentation: string | null;
}

const typeNumbers: Readonly<Record<ConfigType, number>> = {
  boolean: 1,
  string: 2,
  int: 3,
  short: 4,
  long: 5,
  double: 6,
  list: 7,
  class: 8,
  password: 9,
};

/** All configs of a topic, by name. */
export function describeTopicConfigs(overrides: Entries, layers: BrokerConfigLayers): DescribedConfig[] {
  const described: DescribedConfig[] = [];
  for (const definition of topicConfigs.values()) {
    const { name } = definition;
    const { text, source } = topicSetting(name, overrides, layers);
    if (definition.internal && source !== ConfigSource.topic) continue;
    const brokerName = topicSynonyms.get(name)?.[0]?.name;
    const settings = brokerName === undefined ? [] : visibleSettings(brokerName, layers);
    const value = canonical(definition, text);
    if (overrides.has(name)) settings.unshift({ name, text: value ?? '', source: ConfigSource.topic });
    described.push(entry(definition, value, settings, false));
  }
  return described;
}

/** All configs of a broker, by name; also those that nobody knows but its file sets. */
export function describeBrokerConfigs(layers: BrokerConfigLayers): DescribedConfig[] {
  const effective = effectiveBrokerConfigs(layers);
  const names = new Set([...brokerConfigs.keys(), ...effective.keys()]);
  const described: DescribedConfig[] = [];
  for (const name of [...names].sort()) {
    const definition = brokerConfig(name);
    const settings = visibleSettings(name, layers);
    if (definition?.internal === true && settings.every(({ source }) => source === ConfigSource.default)) continue;
    const text = effective.get(name) ?? null;
    const value = definition === undefined ? text : canonical(definition, text);
    described.push(entry(definition ?? unknown(name), value, settings, !dynamicBrokerConfigs.has(name)));
  }
  return described;
}

/** The configs set for all brokers, by name. */
export function describeClusterWideConfigs(layers: BrokerConfigLayers): DescribedConfig[] {
  return [...layers.dynamicClusterWide]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, text]) => {
      const settings = visibleSettings(name, layers).filter(({ source }) => source === ConfigSource.dynamicClusterWide);
      return entry(brokerConfig(name) ?? unknown(name), text, settings, !dynamicBrokerConfigs.has(name));
    });
}

/** Settings of the name and its synonyms, from the first that bears the name itself. */
function visibleSettings(name: string, layers: BrokerConfigLayers): ConfigSetting[] {
  const settings = settingsOf(brokerSynonyms(name), layers);
  const first = settings.findIndex((setting) => setting.name === name);
  return first === -1 ? [] : settings.slice(first);
}

/** Stands for a config that has no definition: shown, of unknown type. */
interface Unknown {
  readonly name: string;
  readonly type: null;
  readonly about: null;
}

function unknown(name: string): Unknown {
  return { name, type: null, about: null };
}

function entry(
  definition: ConfigDefinition | Unknown,
  value: string | null,
  settings: readonly ConfigSetting[],
  readOnly: boolean,
): DescribedConfig {
  // Kafka treats what it has no type for as a secret.
  const sensitive = definition.type === 'password' || definition.type === null;
  return {
    name: definition.name,
    value: sensitive ? null : value,
    source: settings[0]?.source ?? ConfigSource.default,
    readOnly,
    sensitive,
    synonyms: settings.map(({ name, text, source }) => ({ name, value: sensitive ? null : text, source })),
    type: definition.type === null ? 0 : typeNumbers[definition.type],
    documentation: definition.about,
  };
}

function canonical(definition: ConfigDefinition, text: string | null): string | null {
  try {
    return parseConfig(definition, text).text;
  } catch (error) {
    if (error instanceof ConfigError) return text;
    throw error;
  }
}
