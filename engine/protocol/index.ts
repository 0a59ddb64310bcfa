/**
 * Bytes to values and back: wire primitives, one declarative schema per API with all its versions inside, headers and
 * error codes. No sockets, no policy.
 */
export * from './error-code.ts';
export * from './headers.ts';
export * from './messages/index.ts';
export * from './schema/index.ts';
export * from './wire/index.ts';
