/** What config keys mean: definitions, parsing, layers, and the typed configs of brokers and topics. */
export * from './broker-config.ts';
export { type ConfigValue } from './check.ts';
export * from './config-error.ts';
export * from './config-layers.ts';
export * from './config-rules.ts';
export * from './config-value.ts';
export type { ConfigDefinition, ConfigType, Definitions, Importance, UpdateMode } from './definition-table.ts';
export * from './definitions.ts';
export * from './describe.ts';
export * from './listeners.ts';
export { brokerSynonyms, topicSynonyms } from './synonyms.ts';
export * from './topic-config.ts';
export * from './topic-name.ts';
