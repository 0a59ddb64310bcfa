/** What the window may ask of the lab and what it is told. Pure data and pure functions; no transport. */
export * from './clients.ts';
export * from './commands.ts';
export * from './delta.ts';
export * from './diff.ts';
export * from './door.ts';
export * from './events.ts';
export * from './groups.ts';
export * from './host.ts';
export * from './queries.ts';
export * from './router.ts';
export * from './snapshot.ts';
