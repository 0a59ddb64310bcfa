export * from './codec.ts';
export * from './field.ts';
export * from './schema.ts';
export * from './version-range.ts';
