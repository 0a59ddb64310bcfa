/** What keeps a run from being exported or opened, in words for a person: the thing, the value, what would be right. */
export class RunError extends Error {
  override readonly name = 'RunError';
  readonly thing: string;
  readonly value: string;
  readonly hint: string;

  constructor(thing: string, value: string, hint: string, cause?: unknown) {
    super(`${thing} ${value}: ${hint}`, { cause });
    this.thing = thing;
    this.value = value;
    this.hint = hint;
  }
}
