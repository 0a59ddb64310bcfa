/** The producer. Inside: accumulator, sender, idempotence; outside: the class, its types, its events and its configs. */
export * from './partitioner.ts';
export * from './producer.ts';
export * from './producer-configs.ts';
export * from './producer-events.ts';
export * from './producer-types.ts';
export * from './recent-durations.ts';
