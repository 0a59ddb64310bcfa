/** The lab's consumer: the Java client's semantics, its insides observable. */
export * from './consumer-config.ts';
export * from './consumer-events.ts';
export * from './consumer-types.ts';
export * from './consumer.ts';
