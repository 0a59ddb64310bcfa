/** Digits in groups of three within a sentence, set apart by a narrow space as `Num` does it by margin. */
export function grouped(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+$)/g, '\u2009');
}
