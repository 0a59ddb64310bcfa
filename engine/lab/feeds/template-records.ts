/** Records from a template, one after the other: the same seed makes the same ones, but for the time. */
import { parseTemplate, renderTemplate, type Template } from '../../contract/templates/index.ts';
import type { RecordTemplate, TextRecord } from '../../contract/produce.ts';
import { SeededRandom } from '../../env/sim/seeded-random.ts';

export class TemplateRecords {
  readonly #key: Template | null;
  readonly #value: Template | null;
  readonly #headers: readonly (readonly [name: string, value: Template])[];
  readonly #random: SeededRandom;
  #made = 0;

  /** Throws `TemplateError`. */
  constructor({ key, value, headers }: RecordTemplate, seed: number) {
    this.#key = key === null ? null : parseTemplate(key);
    this.#value = value === null ? null : parseTemplate(value);
    this.#headers = headers.map((header) => [header.key, parseTemplate(header.value)] as const);
    this.#random = new SeededRandom(seed);
  }

  next(nowMs: number): TextRecord {
    const isoTime = (): string => new Date(nowMs).toISOString();
    const scope = { number: ++this.#made, key: null, nowMs, isoTime, random: this.#random };
    const key = this.#key === null ? null : renderTemplate(this.#key, scope);
    const keyed = { ...scope, key };
    return {
      key,
      value: this.#value === null ? null : renderTemplate(this.#value, keyed),
      headers: this.#headers.map(([name, template]) => ({ key: name, value: renderTemplate(template, keyed) })),
    };
  }
}
