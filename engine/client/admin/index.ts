export * from './admin.ts';
export * from './config-description.ts';
