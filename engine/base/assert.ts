/**
 * Assertions that stay on. A failed assertion is a bug: the node that meets it dies, and the lab shows a crashed broker
 * with its last trace. Bytes from outside are validated, never asserted.
 */

/** Thrown by {@link assert}. Nothing but a node's outermost frame catches it. */
export class BugError extends Error {
  override readonly name = 'BugError';
}

/** Fails with a {@link BugError} unless `condition` holds. The message names the thing and the value. */
export function assert(condition: unknown, message: string | (() => string)): asserts condition {
  if (!condition) throw new BugError(typeof message === 'string' ? message : message());
}

/** For the arm of a switch that the types say cannot be reached. */
export function unreachable(value: never, what: string): never {
  throw new BugError(`${what}: unexpected ${JSON.stringify(value)}`);
}

/** The value, asserted to be there. */
export function required<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new BugError(`${what} is missing`);
  return value;
}
