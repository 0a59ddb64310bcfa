export * from './byte-reader.ts';
export * from './byte-writer.ts';
export * from './malformed-message-error.ts';
