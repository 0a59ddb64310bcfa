/**
 * What a reader throws when bytes from outside are not what the format says. It names the thing, the byte where it
 * begins and, once it passed through a schema, the path of the field.
 */
export class MalformedMessageError extends Error {
  override readonly name = 'MalformedMessageError';
  /** What was wrong, e.g. `string length -7 is negative`. */
  readonly what: string;
  /** Offset of the offending bytes within the reader's bytes. */
  readonly offset: number;
  /** Message and field, e.g. `FetchRequest v12.topics.partitions`; empty when no schema was involved. */
  path = '';

  constructor(what: string, offset: number) {
    super(`${what} at byte ${offset}`);
    this.what = what;
    this.offset = offset;
  }

  /** Puts `part` in front of the path; called while the error passes outwards through a schema. */
  within(part: string): this {
    this.path = this.path === '' ? part : `${part}.${this.path}`;
    this.message = `${this.path}: ${this.what} at byte ${this.offset}`;
    return this;
  }
}
