/** All config definitions of Kafka 4.3.1 that the engine knows, brought together. */
import { groupsConfigs } from './definitions/groups.ts';
import { logsAndTopicsConfigs } from './definitions/logs-and-topics.ts';
import { quorumAndControllerConfigs } from './definitions/quorum-and-controller.ts';
import { replicationAndFetchConfigs } from './definitions/replication-and-fetch.ts';
import { securityConfigs } from './definitions/security.ts';
import { serverAndNetworkConfigs } from './definitions/server-and-network.ts';
import { throttleConfigs } from './definitions/throttles.ts';
import { tieredStorageConfigs } from './definitions/tiered-storage.ts';
import { transactionsConfigs } from './definitions/transactions.ts';
import { topicConfigDefinitions } from './definitions/topics.ts';
import type { ConfigDefinition, Definitions } from './definition-table.ts';

function sorted(...tables: readonly Definitions[]): Definitions {
  const all = tables.flatMap((table) => [...table]);
  return new Map(all.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What a properties file may hold, by name. */
export const brokerConfigs: Definitions = sorted(
  groupsConfigs,
  logsAndTopicsConfigs,
  quorumAndControllerConfigs,
  replicationAndFetchConfigs,
  securityConfigs,
  serverAndNetworkConfigs,
  tieredStorageConfigs,
  transactionsConfigs,
);

/** What may be changed while brokers run: the dynamic ones of {@link brokerConfigs}, and rates of throttles. */
export const dynamicBrokerConfigs: Definitions = new Map(
  [...sorted(brokerConfigs, throttleConfigs)].filter(([, { update }]) => update !== 'read-only'),
);

export const topicConfigs: Definitions = sorted(topicConfigDefinitions);

/** Definition of a broker config, throttles included; undefined when nobody knows the name. */
export function brokerConfig(name: string): ConfigDefinition | undefined {
  return brokerConfigs.get(name) ?? throttleConfigs.get(name);
}
