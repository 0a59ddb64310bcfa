export * from './producer.ts';
export * from './producer-events.ts';
