export * from './admin.ts';
export * from './config-description.ts';
export * from './group-admin.ts';
