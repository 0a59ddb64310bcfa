/** Configs of a topic or broker as `DescribeConfigs` tells them, with the names of Kafka's enums instead of their numbers. */

export interface ConfigDescription {
  readonly name: string;
  /** Null for one without a value, or a sensitive one. */
  readonly value: string | null;
  readonly source: ConfigSourceName;
  readonly readOnly: boolean;
  readonly sensitive: boolean;
  readonly type: ConfigTypeName;
  readonly documentation: string | null;
  /** Strongest first; the first is the value in effect, the last the default. */
  readonly synonyms: readonly {
    readonly name: string;
    readonly value: string | null;
    readonly source: ConfigSourceName;
  }[];
}

/** `DescribeConfigsResponse.ConfigSource`, by its id. */
const sources = [
  'UNKNOWN',
  'DYNAMIC_TOPIC_CONFIG',
  'DYNAMIC_BROKER_CONFIG',
  'DYNAMIC_DEFAULT_BROKER_CONFIG',
  'STATIC_BROKER_CONFIG',
  'DEFAULT_CONFIG',
  'DYNAMIC_BROKER_LOGGER_CONFIG',
  'DYNAMIC_CLIENT_METRICS_CONFIG',
  'GROUP_CONFIG',
] as const;
export type ConfigSourceName = (typeof sources)[number];

/** `ConfigEntry.ConfigType`, by the id on the wire. */
const types = ['UNKNOWN', 'BOOLEAN', 'STRING', 'INT', 'SHORT', 'LONG', 'DOUBLE', 'LIST', 'CLASS', 'PASSWORD'] as const;
export type ConfigTypeName = (typeof types)[number];

export function configSourceName(id: number): ConfigSourceName {
  return sources[id] ?? 'UNKNOWN';
}

export function configTypeName(id: number): ConfigTypeName {
  return types[id] ?? 'UNKNOWN';
}
