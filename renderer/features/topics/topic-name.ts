/** Kafka's rules for a topic's name (class `Topic`), as the catalogue's key of what is wrong with it. */
export interface NameProblem {
  readonly key: 'nameRule' | 'nameDots' | 'nameTaken' | 'nameCollides';
  /** The topic that it collides with. */
  readonly other: string;
}

/** Null when it may be used; an empty one is not told off before something is typed. */
export function nameProblem(name: string, taken: readonly string[]): NameProblem | null {
  if (name === '') return null;
  if (name === '.' || name === '..') return { key: 'nameDots', other: '' };
  if (!/^[a-zA-Z0-9._-]{1,249}$/.test(name)) return { key: 'nameRule', other: '' };
  if (taken.includes(name)) return { key: 'nameTaken', other: '' };
  const unified = (each: string): string => each.replaceAll('.', '_');
  const other = taken.find((each) => unified(each) === unified(name));
  return other === undefined ? null : { key: 'nameCollides', other };
}
