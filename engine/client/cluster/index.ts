/** What every client shares: endpoints to start from, metadata, a connection per broker, coordinators. */
export * from './backoff.ts';
export * from './bootstrap-servers.ts';
export * from './cluster-client.ts';
export {
  isInvalidMetadata,
  type BrokerEndpoint,
  type PartitionMetadata,
  type TopicMetadata,
} from './metadata-cache.ts';
