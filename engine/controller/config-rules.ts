/**
 * What the controller must know about configs, given from outside: the definitions live with whoever owns Kafka's config
 * tables, the controller only asks.
 */
import type { ApiError } from './outcome.ts';

/** One key of a created topic, as CreateTopics v5+ tells it back. */
export interface EffectiveConfig {
  readonly name: string;
  readonly value: string | null;
  readonly readOnly: boolean;
  /** `DescribeConfigsResponse.ConfigSource`: 1 topic, 2 broker, 3 default of all brokers, 4 static, 5 built-in. */
  readonly source: number;
  readonly sensitive: boolean;
}

export interface ConfigRules {
  /**
   * Checks the whole config a resource would have: unknown names, bad values, resource names. `entries` are only what
   * records set. Null when it is fine.
   */
  validate(resourceType: number, resourceName: string, entries: ReadonlyMap<string, string>): ApiError | null;
  /** Whether the key's value is a list, to which entries may be appended and from which they may be subtracted. */
  isList(resourceType: number, key: string): boolean;
  /** The value that holds when no record sets the key on this resource; null: unknown key. `topic` only. */
  defaultValue(resourceType: number, key: string): string | null;
  /** Everything that will hold for a topic, sorted by name; `brokerDefaults` are the cluster-wide broker configs. */
  effectiveTopicConfigs(
    entries: ReadonlyMap<string, string>,
    brokerDefaults: ReadonlyMap<string, string>,
  ): EffectiveConfig[];
}
