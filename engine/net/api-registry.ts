/** The handlers of one listener by API key. What ApiVersions advertises is derived from it, never listed by hand. */
import { assert } from '../base/assert.ts';
import { stableVersions } from '../protocol/index.ts';
import type { Handler, ListenerKind } from './handler.ts';

export interface ApiRange {
  readonly apiKey: number;
  readonly minVersion: number;
  readonly maxVersion: number;
}

const produceKey = 0;

export class ApiRegistry {
  readonly #handlers = new Map<number, Handler>();

  constructor(handlers: readonly Handler[]) {
    for (const handler of handlers) {
      const { key, name } = handler.api;
      assert(!this.#handlers.has(key), () => `two handlers for ${name} (${key})`);
      this.#handlers.set(key, handler);
    }
  }

  find(apiKey: number): Handler | null {
    return this.#handlers.get(apiKey) ?? null;
  }

  /** What is served on that kind of listener, in the order of keys. */
  ranges(listener: ListenerKind): ApiRange[] {
    const ranges: ApiRange[] = [];
    for (const { api } of this.#handlers.values()) {
      if (!api.listeners.includes(listener)) continue;
      const { min, max } = stableVersions(api);
      // librdkafka before 2.0 takes a broker without Produce 0 for one that cannot produce at all (KIP-896).
      ranges.push({ apiKey: api.key, minVersion: api.key === produceKey ? 0 : min, maxVersion: max });
    }
    return ranges.sort((a, b) => a.apiKey - b.apiKey);
  }
}
