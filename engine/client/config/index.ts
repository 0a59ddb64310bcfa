/** Configs of clients: definitions, checks with Kafka's texts, what all clients have in common. */
export * from './common-configs.ts';
export * from './config-def.ts';
export * as configTypes from './config-types.ts';
