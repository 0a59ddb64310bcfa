/**
 * Templates of keys, values and headers: text with places in double braces, `{"id":{{number}},"city":"{{pick Berlin Seoul}}"}`.
 *
 * A place is a word and its arguments, separated by blanks; an argument with blanks in it stands in double quotes:
 *
 * - `{{number}}` how many records were made, this one included: 1, 2, 3, ...
 * - `{{key}}` the record's key, empty for none
 * - `{{now}}` the time as ISO 8601, `{{now ms}}` in milliseconds since 1970
 * - `{{uuid}}` a random UUID
 * - `{{int 1 100}}` a whole number, both ends included; `{{decimal 1 10 2}}` one with so many digits behind the point
 * - `{{bool}}` true or false; `{{pick a b "c d"}}` one of them
 * - `{{random 200}}` so many letters and digits; `{{hex 16}}` so many hexadecimal digits
 * - `{{repeat 200 ab}}` a text repeated up to so many characters, which compresses well
 * - `{{"{{"}}` the text in the quotes
 *
 * Chance comes from the caller: the same source gives the same texts. Pure.
 */

/** `Random` of the engine fits. */
export interface TemplateRandom {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [0, limit). */
  integer(limit: number): number;
}

export interface TemplateScope {
  readonly number: number;
  readonly key: string | null;
  readonly nowMs: number;
  /** That time as ISO 8601. */
  isoTime(): string;
  readonly random: TemplateRandom;
}

type Part = string | ((scope: TemplateScope) => string);

export interface Template {
  readonly parts: readonly Part[];
}

/** What is wrong with a template, and where; both from 1. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  readonly line: number;
  readonly column: number;

  constructor(text: string, at: number, reason: string) {
    const before = text.slice(0, at);
    const line = before.split('\n').length;
    const column = at - before.lastIndexOf('\n');
    super(`line ${line}, column ${column}: ${reason}`);
    this.line = line;
    this.column = column;
  }
}

/** Of one place. */
const charactersMax = 100_000;
const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';
const hexadecimal = '0123456789abcdef';

interface Word {
  readonly text: string;
  readonly at: number;
  readonly quoted: boolean;
}

/** Throws {@link TemplateError}. */
export function parseTemplate(text: string): Template {
  const parts: Part[] = [];
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf('{{', at);
    if (open === -1) break;
    if (open > at) parts.push(text.slice(at, open));
    const { words, end } = wordsOf(text, open);
    parts.push(placeOf(text, open, words));
    at = end;
  }
  if (at < text.length) parts.push(text.slice(at));
  return { parts };
}

export function renderTemplate({ parts }: Template, scope: TemplateScope): string {
  let text = '';
  for (const part of parts) text += typeof part === 'string' ? part : part(scope);
  return text;
}

/** Null when there is none. */
export function templateProblem(text: string): TemplateError | null {
  try {
    parseTemplate(text);
    return null;
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
}

/** The words between the braces that open at `open`, and where the text goes on. */
function wordsOf(text: string, open: number): { readonly words: readonly Word[]; readonly end: number } {
  const words: Word[] = [];
  let at = open + 2;
  for (;;) {
    while (at < text.length && /\s/.test(text[at] ?? '')) at++;
    if (at >= text.length) throw new TemplateError(text, open, 'these braces are not closed: }} is missing');
    if (text.startsWith('}}', at)) return { words, end: at + 2 };
    const start = at;
    if (text[at] === '"') {
      const close = text.indexOf('"', at + 1);
      if (close === -1) throw new TemplateError(text, at, 'this quote is not closed: " is missing');
      words.push({ text: text.slice(at + 1, close), at: start, quoted: true });
      at = close + 1;
    } else {
      while (at < text.length && !/[\s"]/.test(text[at] ?? '') && !text.startsWith('}}', at)) at++;
      words.push({ text: text.slice(start, at), at: start, quoted: false });
    }
  }
}

/** What a place takes: how many arguments, and what it becomes. */
interface Place {
  readonly min: number;
  readonly max: number;
  readonly usage: string;
  make(args: Arguments): (scope: TemplateScope) => string;
}

const places: Readonly<Record<string, Place>> = {
  number: { min: 0, max: 0, usage: '{{number}}', make: () => (scope) => String(scope.number) },
  key: { min: 0, max: 0, usage: '{{key}}', make: () => (scope) => scope.key ?? '' },
  now: {
    min: 0,
    max: 1,
    usage: '{{now}} or {{now ms}}',
    make: (args) => {
      const inMs = args.count === 1;
      if (inMs) args.oneOf(0, ['ms']);
      return (scope) => (inMs ? String(Math.floor(scope.nowMs)) : scope.isoTime());
    },
  },
  uuid: { min: 0, max: 0, usage: '{{uuid}}', make: () => (scope) => uuid(scope.random) },
  bool: { min: 0, max: 0, usage: '{{bool}}', make: () => (scope) => String(scope.random.integer(2) === 1) },
  int: {
    min: 2,
    max: 2,
    usage: '{{int 1 100}}',
    make: (args) => {
      const [from, to] = args.range();
      return (scope) => String(from + scope.random.integer(to - from + 1));
    },
  },
  decimal: {
    min: 3,
    max: 3,
    usage: '{{decimal 1 10 2}}',
    make: (args) => {
      const from = args.number(0);
      const to = args.number(1);
      const digits = args.whole(2, 0, 15);
      if (to < from) args.refuse(1, `it ends below its beginning, ${from}`);
      return (scope) => (from + scope.random.next() * (to - from)).toFixed(digits);
    },
  },
  pick: {
    min: 1,
    max: 1000,
    usage: '{{pick a b c}}',
    make: (args) => {
      const { texts } = args;
      return (scope) => texts[scope.random.integer(texts.length)] ?? '';
    },
  },
  random: {
    min: 1,
    max: 1,
    usage: '{{random 200}}',
    make: (args) => {
      const length = args.whole(0, 0, charactersMax);
      return (scope) => drawn(scope.random, letters, length);
    },
  },
  hex: {
    min: 1,
    max: 1,
    usage: '{{hex 16}}',
    make: (args) => {
      const length = args.whole(0, 0, charactersMax);
      return (scope) => drawn(scope.random, hexadecimal, length);
    },
  },
  repeat: {
    min: 2,
    max: 2,
    usage: '{{repeat 200 ab}}',
    make: (args) => {
      const length = args.whole(0, 0, charactersMax);
      const unit = args.texts[1] ?? '';
      if (unit === '') args.refuse(1, 'an empty text cannot be repeated');
      const text = unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
      return () => text;
    },
  },
};

/** For a view: what there is, each as it is written. */
export const templatePlaces: readonly string[] = Object.values(places).map(({ usage }) => usage);

function placeOf(text: string, open: number, [first, ...rest]: readonly Word[]): Part {
  if (first === undefined) throw new TemplateError(text, open, 'a place is empty; write {{number}}, for example');
  if (first.quoted) {
    const [extra] = rest;
    if (extra !== undefined) throw new TemplateError(text, extra.at, 'nothing comes after a text in quotes');
    return first.text;
  }
  const place = Object.hasOwn(places, first.text) ? places[first.text] : undefined;
  if (place === undefined) {
    const known = Object.keys(places).join(', ');
    throw new TemplateError(text, first.at, `"${first.text}" is unknown; there are ${known}`);
  }
  if (rest.length < place.min || rest.length > place.max) {
    throw new TemplateError(text, first.at, `"${first.text}" is written ${place.usage}`);
  }
  return place.make(new Arguments(text, rest));
}

/** Arguments of one place, checked as they are taken. */
class Arguments {
  readonly texts: readonly string[];
  readonly #text: string;
  readonly #words: readonly Word[];

  constructor(text: string, words: readonly Word[]) {
    this.#text = text;
    this.#words = words;
    this.texts = words.map((word) => word.text);
  }

  get count(): number {
    return this.#words.length;
  }

  refuse(index: number, reason: string): never {
    throw new TemplateError(this.#text, this.#words[index]?.at ?? 0, reason);
  }

  number(index: number): number {
    const text = this.texts[index] ?? '';
    const value = Number(text);
    if (text === '' || !Number.isFinite(value)) this.refuse(index, `"${text}" is no number`);
    return value;
  }

  whole(index: number, min: number, max: number): number {
    const value = this.number(index);
    if (!Number.isSafeInteger(value) || value < min || value > max) {
      this.refuse(index, `"${this.texts[index]}" is no whole number from ${min} to ${max}`);
    }
    return value;
  }

  range(): readonly [number, number] {
    const limit = 2 ** 48;
    const from = this.whole(0, -limit, limit);
    const to = this.whole(1, -limit, limit);
    if (to < from) this.refuse(1, `it ends below its beginning, ${from}`);
    return [from, to];
  }

  oneOf(index: number, allowed: readonly string[]): void {
    const text = this.texts[index] ?? '';
    if (!allowed.includes(text)) this.refuse(index, `"${text}" is unknown; there is ${allowed.join(', ')}`);
  }
}

function drawn(random: TemplateRandom, from: string, length: number): string {
  let text = '';
  for (let i = 0; i < length; i++) text += from[random.integer(from.length)];
  return text;
}

/** Version 4. */
function uuid(random: TemplateRandom): string {
  const digits = drawn(random, hexadecimal, 32);
  const variant = '89ab'[Number.parseInt(digits[16] ?? '0', 16) % 4] ?? '8';
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(13, 16)}`,
    `${variant}${digits.slice(17, 20)}`,
    digits.slice(20),
  ].join('-');
}
