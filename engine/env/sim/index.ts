export * from './collecting-tracer.ts';
export * from './event-queue.ts';
export * from './seeded-random.ts';
export * from './sim-disk.ts';
export * from './sim-network.ts';
export * from './sim-node.ts';
export * from './sim-world.ts';
