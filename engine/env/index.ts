export * from './clock.ts';
export * from './disk.ts';
export * from './env.ts';
export * from './network.ts';
export * from './random.ts';
export * from './tracer.ts';
export * from './wire-tap.ts';
