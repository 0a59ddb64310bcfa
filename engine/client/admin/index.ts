export * from './admin.ts';
export * from './topic-config.ts';
