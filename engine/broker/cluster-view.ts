/**
 * The cluster as clients of one listener see it, read from a metadata image (`KRaftMetadataCache`): which brokers are
 * alive, where, and the state of partitions.
 */
import type { NodeId } from '../base/ids.ts';
import { zeroUuid } from '../base/uuid.ts';
import type { Random } from '../env/random.ts';
import {
  brokerEndpoint,
  type BrokerRegistration,
  type MetadataImage,
  type PartitionRegistration,
} from '../metadata/image.ts';

/** What the handlers of cluster metadata need to know about their broker. */
export interface ClusterDeps {
  readonly image: () => MetadataImage;
  /** Name of the listener that clients use, e.g. `PLAINTEXT`. */
  readonly listener: string;
  readonly clusterId: string;
  readonly random: Pick<Random, 'integer'>;
}

export interface BrokerAddress {
  readonly id: NodeId;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
  readonly fenced: boolean;
}

/** Bits of every operation that may be done with a cluster or a topic (KIP-430): there is no authorizer. */
export const clusterOperations = 8096;
export const topicOperations = 3576;
/** The operations were not asked for. */
export const operationsOmitted = -0x8000_0000;

/** Brokers that have the listener, by id; fenced ones only when asked for. */
export function brokerAddresses(image: MetadataImage, listener: string, includeFenced = false): BrokerAddress[] {
  const addresses: BrokerAddress[] = [];
  for (const broker of image.cluster.brokers.values()) {
    const endpoint = brokerEndpoint(broker, listener);
    if (endpoint === null || (broker.fenced && !includeFenced)) continue;
    const { id, rack, fenced } = broker;
    addresses.push({ id, host: endpoint.host, port: endpoint.port, rack, fenced });
  }
  return addresses.sort((a, b) => a.id - b.id);
}

/**
 * What clients take for the controller: any living broker, since all of them pass admin requests on; -1 for none.
 * Spread by chance, as Kafka does, so that one broker does not carry all admin requests.
 */
export function advertisedController(deps: ClusterDeps): NodeId {
  const alive = [...deps.image().cluster.brokers.values()].filter((broker) => !broker.fenced);
  return alive.length === 0 ? -1 : alive[deps.random.integer(alive.length)]!.id;
}

/** Directory ids that say nothing about a directory: unassigned, and being migrated. A lost one is `...AQ`. */
const placelessDirectories: ReadonlySet<string> = new Set([zeroUuid, 'AAAAAAAAAAAAAAAAAAAAAg']);
const lostDirectory = 'AAAAAAAAAAAAAAAAAAAAAQ';

/** Replicas on brokers that are unknown, fenced, without the listener, or whose log directory is offline. */
export function offlineReplicas(image: MetadataImage, partition: PartitionRegistration, listener: string): NodeId[] {
  return partition.replicas.filter((id, index) => {
    const broker = image.cluster.brokers.get(id);
    if (broker === undefined || broker.fenced || brokerEndpoint(broker, listener) === null) return true;
    return !hasOnlineDirectory(broker, partition.directories[index] ?? zeroUuid);
  });
}

function hasOnlineDirectory(broker: BrokerRegistration, directory: string): boolean {
  if (placelessDirectories.has(directory)) return true;
  if (directory === lostDirectory) return false;
  return broker.logDirs.length === 0 || broker.logDirs.includes(directory);
}

/** The leader, when its broker is known and has the listener; null otherwise. */
export function reachableLeader(image: MetadataImage, leader: NodeId, listener: string): NodeId | null {
  const broker = image.cluster.brokers.get(leader);
  return broker !== undefined && brokerEndpoint(broker, listener) !== null ? leader : null;
}
