export * from './log-config.ts';
export * from './log-directory.ts';
export * from './log-types.ts';
export * from './partition-log.ts';
