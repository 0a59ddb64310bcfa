/** The controller module's face. */
export * from './config.ts';
export * from './config-rules.ts';
export * from './controller.ts';
export * from './outcome.ts';
export * from './raft-log.ts';
