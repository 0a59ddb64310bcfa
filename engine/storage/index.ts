export * from './checkpoint-file.ts';
export * from './file-names.ts';
export * from './log-config.ts';
export * from './log-directory.ts';
export * from './log-types.ts';
export type { MetaProperties } from './meta-properties.ts';
export { metaPropertiesFile } from './meta-properties.ts';
export * from './partition-log.ts';
