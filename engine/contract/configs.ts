/** Configs of brokers: what is in effect, where from, what lies below it, what it is for. Topics have their own. */
import * as v from 'valibot';

/** Null: what holds for all brokers of the cluster. */
const node = v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(99)));

export const configCommands = {
  /** IncrementalAlterConfigs of a broker or of all: set, or with null back to what lies below. */
  setBrokerConfig: v.strictObject({
    node,
    name: v.pipe(v.string(), v.minLength(1), v.maxLength(249)),
    value: v.nullable(v.pipe(v.string(), v.maxLength(10_000))),
  }),
} as const;

export const configQueries = {
  /** DescribeConfigs, answered by that broker itself; of all brokers: only what was set for all. */
  brokerConfigs: v.strictObject({ node }),
} as const;

export interface ConfigAnswers {
  readonly brokerConfigs: { readonly configs: readonly ConfigEntry[] };
}

/** `DescribeConfigsResponse.ConfigSource` by name. */
export type ConfigSource =
  | 'DYNAMIC_TOPIC_CONFIG'
  | 'DYNAMIC_BROKER_CONFIG'
  | 'DYNAMIC_DEFAULT_BROKER_CONFIG'
  | 'STATIC_BROKER_CONFIG'
  | 'DEFAULT_CONFIG'
  | 'GROUP_CONFIG'
  | 'DYNAMIC_BROKER_LOGGER_CONFIG'
  | 'DYNAMIC_CLIENT_METRICS_CONFIG'
  | 'UNKNOWN';

export interface ConfigEntry {
  readonly name: string;
  /** Null for one without a value, or a sensitive one. */
  readonly value: string | null;
  readonly source: ConfigSource;
  readonly readOnly: boolean;
  readonly sensitive: boolean;
  readonly type: string;
  readonly documentation: string | null;
  /** Where the value comes from and what lies below it, strongest first: the last is the default. */
  readonly synonyms: readonly { readonly name: string; readonly value: string | null; readonly source: ConfigSource }[];
}
