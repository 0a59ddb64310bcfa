/**
 * Clients with the Java client's names, defaults, semantics and error texts, whose insides can be watched. They reach a
 * cluster over the wire alone.
 */
export * from './admin/index.ts';
export * from './cluster/index.ts';
export * from './config/index.ts';
export * from './consumer/index.ts';
export * from './kafka-error.ts';
export * from './producer/index.ts';
