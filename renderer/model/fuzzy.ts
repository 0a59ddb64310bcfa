/** How well a few typed letters fit a name: all in order; together, at beginnings of words and early they fit better. */

/** Null: it does not fit. Higher fits better; words of `text` may be typed in any order. */
export function fit(typed: string, text: string): number | null {
  const line = text.toLowerCase();
  let sum = 0;
  for (const word of typed.toLowerCase().split(/\s+/)) {
    if (word === '') continue;
    const score = fitOfWord(word, line);
    if (score === null) return null;
    sum += score;
  }
  // Of two that fit alike the shorter name is meant.
  return sum - line.length / 100;
}

function fitOfWord(word: string, line: string): number | null {
  const whole = bestPlace(line, word);
  if (whole !== -1) return word.length * 4 + (beginsWord(line, whole) ? 6 : 0) - whole / 50;
  let score = 0;
  let at = -1;
  for (const letter of word) {
    const next = nextPlace(line, letter, at + 1);
    if (next === -1) return null;
    score += next === at + 1 ? 2 : 0;
    score += beginsWord(line, next) ? 2 : 0;
    at = next;
  }
  return score;
}

/** Where the word stands in the line: at the beginning of one of its words, if it does anywhere. */
function bestPlace(line: string, word: string): number {
  const first = line.indexOf(word);
  for (let at = first; at !== -1; at = line.indexOf(word, at + 1)) if (beginsWord(line, at)) return at;
  return first;
}

/** The next beginning of a word with this letter within reach, else the next such letter. */
function nextPlace(line: string, letter: string, from: number): number {
  const first = line.indexOf(letter, from);
  if (first === -1 || first === from) return first;
  for (let at = first; at !== -1; at = line.indexOf(letter, at + 1)) if (beginsWord(line, at)) return at;
  return first;
}

function beginsWord(line: string, at: number): boolean {
  return (
    at === 0 ||
    !/[\p{L}\p{N}]/u.test(line[at - 1] ?? ' ') ||
    (/\d/.test(line[at] ?? '') && !/\d/.test(line[at - 1] ?? ''))
  );
}

export interface Ranked<T> {
  readonly item: T;
  readonly score: number;
}

/** The best first; in the given order where they fit alike. */
export function ranked<T>(
  typed: string,
  items: readonly T[],
  textsOf: (item: T) => readonly string[],
  most: number,
): readonly T[] {
  if (typed.trim() === '') return items.slice(0, most);
  const found: Ranked<T>[] = [];
  for (const item of items) {
    const scores = textsOf(item).flatMap((text) => fit(typed, text) ?? []);
    if (scores.length > 0) found.push({ item, score: Math.max(...scores) });
  }
  return found
    .sort((a, b) => b.score - a.score)
    .slice(0, most)
    .map(({ item }) => item);
}
