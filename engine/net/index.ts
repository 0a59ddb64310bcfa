/** Framed requests and responses over `Network`: the server side, the client side and the handlers in between. */
export * from './api-registry.ts';
export * from './embedded-request.ts';
export * from './frame-reader.ts';
export * from './handler.ts';
export * from './request-frame.ts';
export * from './response-frame.ts';
export * from './rpc-channel.ts';
export * from './rpc-server.ts';
