/**
 * What a window looked like, kept for its next start: the route, what is folded, open and zoomed. A tab has its own
 * (`sessionStorage`, so that two windows do not overwrite each other on reload); a new window begins as the last one
 * was left (`localStorage`). Nothing read from there is trusted: a value of another shape is as none.
 */
import * as v from 'valibot';
import { customRef, type Ref } from 'vue';

/** Counts up when a kept value changes its meaning: what an older window kept is then left alone. */
const version = 1;
const storageKey = `brokerlab.session.${version}`;

function readAll(): Record<string, unknown> {
  for (const storage of storages()) {
    try {
      const parsed: unknown = JSON.parse(storage.getItem(storageKey) ?? 'null');
      const found = v.safeParse(v.record(v.string(), v.unknown()), parsed);
      if (found.success) return found.output;
    } catch {
      // Not JSON: as none.
    }
  }
  return {};
}

function storages(): readonly Storage[] {
  return [window.sessionStorage, window.localStorage];
}

/** Null when nothing fitting is kept. */
export function readKept<T>(name: string, schema: v.GenericSchema<unknown, T>): T | null {
  const found = v.safeParse(schema, readAll()[name]);
  return found.success ? found.output : null;
}

export function writeKept(name: string, value: unknown): void {
  const text = JSON.stringify({ ...readAll(), [name]: value });
  for (const storage of storages()) {
    try {
      storage.setItem(storageKey, text);
    } catch {
      // A full or forbidden storage: the window works, it only starts anew next time.
    }
  }
}

/**
 * A ref whose value survives a reload and a closed window. Assign whole values; what is inside is not watched.
 * `schema` is what a kept value has to be.
 */
export function useKept<T>(name: string, schema: v.GenericSchema<unknown, T>, initial: T): Ref<T> {
  let value = readKept(name, schema) ?? initial;
  return customRef((track, trigger) => ({
    get() {
      track();
      return value;
    },
    set(next) {
      value = next;
      writeKept(name, next);
      trigger();
    },
  }));
}
