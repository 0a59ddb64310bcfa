/** What every client shares: endpoints to start from, metadata, a connection per broker, coordinators. */
export * from './cluster-client.ts';
export * from './metadata-cache.ts';
