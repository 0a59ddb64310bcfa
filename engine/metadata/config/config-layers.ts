/**
 * Where a config's value may come from, most specific first: records for a topic, for one broker, for all brokers, the
 * node's own file, the built-in default. Everything here is texts; nothing is written.
 */
import type { NodeId } from '../../base/ids.ts';
import { configEntries, configResourceType, type MetadataImage } from '../image.ts';
import { ConfigError } from './config-error.ts';
import { parseConfig } from './config-value.ts';
import { brokerConfigs, topicConfigs } from './definitions.ts';
import { topicSynonyms, type TopicSynonym } from './synonyms.ts';

/** `DescribeConfigsResponse.ConfigSource`, as numbers on the wire. */
export const ConfigSource = {
  unknown: 0,
  topic: 1,
  dynamicBroker: 2,
  dynamicClusterWide: 3,
  staticBroker: 4,
  default: 5,
  brokerLogger: 6,
  clientMetrics: 7,
  group: 8,
} as const;
export type ConfigSource = (typeof ConfigSource)[keyof typeof ConfigSource];

type Entries = ReadonlyMap<string, string>;

/** What is set for a broker, by name; without defaults. */
export interface BrokerConfigLayers {
  readonly dynamicBroker: Entries;
  readonly dynamicClusterWide: Entries;
  readonly static: Entries;
}

export interface ConfigSetting {
  readonly name: string;
  readonly text: string;
  readonly source: ConfigSource;
}

/** The layers of one broker: its file, and what the metadata log says. */
export function brokerConfigLayers(staticConfigs: Entries, image: MetadataImage, nodeId: NodeId): BrokerConfigLayers {
  return {
    dynamicBroker: configEntries(image, configResourceType.broker, String(nodeId)),
    dynamicClusterWide: configEntries(image, configResourceType.broker, ''),
    static: staticConfigs,
  };
}

/** Every place that sets one of `names`, defaults included, in Kafka's order: by layer, within a layer by name. */
export function settingsOf(names: readonly string[], layers: BrokerConfigLayers): ConfigSetting[] {
  const settings: ConfigSetting[] = [];
  const add = (entries: Entries, source: ConfigSource) => {
    for (const name of names) {
      const text = entries.get(name);
      if (text !== undefined) settings.push({ name, text, source });
    }
  };
  add(layers.dynamicBroker, ConfigSource.dynamicBroker);
  add(layers.dynamicClusterWide, ConfigSource.dynamicClusterWide);
  add(layers.static, ConfigSource.staticBroker);
  add(defaults, ConfigSource.default);
  return settings;
}

const defaults: Entries = new Map(
  [...brokerConfigs.values()].flatMap(({ name, default: text }) => (text === null ? [] : [[name, text] as const])),
);

/** The broker configs that hold: all layers over the defaults. A value that cannot be parsed is left out. */
export function effectiveBrokerConfigs(layers: BrokerConfigLayers): Map<string, string> {
  const whole = new Map(defaults);
  for (const layer of [layers.static, layers.dynamicClusterWide, layers.dynamicBroker]) {
    for (const [name, text] of layer) if (isValid(name, text)) whole.set(name, text);
  }
  return whole;
}

function isValid(name: string, text: string): boolean {
  const definition = brokerConfigs.get(name);
  if (definition === undefined) return true;
  try {
    parseConfig(definition, text);
    return true;
  } catch (error) {
    if (error instanceof ConfigError) return false;
    throw error;
  }
}

/** What holds for a topic's config, and where it comes from (`KafkaConfigSchema.resolveEffectiveTopicConfig`). */
export function topicSetting(
  name: string,
  overrides: Entries,
  layers: BrokerConfigLayers,
): { readonly text: string | null; readonly source: ConfigSource } {
  const own = overrides.get(name);
  if (own !== undefined) return { text: own, source: ConfigSource.topic };
  const synonyms = topicSynonyms.get(name) ?? [];
  const from = (entries: Entries) => firstSet(synonyms, entries);
  const dynamicBroker = from(layers.dynamicBroker);
  if (dynamicBroker !== null) return { text: dynamicBroker, source: ConfigSource.dynamicBroker };
  const clusterWide = from(layers.dynamicClusterWide);
  if (clusterWide !== null) return { text: clusterWide, source: ConfigSource.dynamicClusterWide };
  const inFile = from(layers.static);
  if (inFile !== null) return { text: inFile, source: ConfigSource.staticBroker };
  return { text: topicConfigs.get(name)?.default ?? null, source: ConfigSource.default };
}

function firstSet(synonyms: readonly TopicSynonym[], entries: Entries): string | null {
  for (const { name, unitMs } of synonyms) {
    const text = entries.get(name);
    if (text !== undefined) return inMilliseconds(text, unitMs);
  }
  return null;
}

function inMilliseconds(text: string, unitMs: number): string {
  if (unitMs === 1) return text;
  const units = Number(text);
  return String(units < 0 ? -1 : units * unitMs);
}
