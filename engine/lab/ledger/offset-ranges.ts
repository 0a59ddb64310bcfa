/** A set of offsets as ranges: what a group was given is few of them, however much it is. */
interface Range {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

export class OffsetRanges {
  /** In order; none touches the next. */
  #ranges: Range[] = [];

  add(offset: number): void {
    const last = this.#ranges.at(-1);
    if (last !== undefined && last.to === offset) this.#ranges[this.#ranges.length - 1] = { ...last, to: offset + 1 };
    else if (!this.has(offset)) this.#insert({ from: offset, to: offset + 1 });
  }

  #insert(range: Range): void {
    const touches = ({ from, to }: Range): boolean => from <= range.to && to >= range.from;
    const touched = this.#ranges.filter(touches);
    const joined = {
      from: Math.min(range.from, ...touched.map(({ from }) => from)),
      to: Math.max(range.to, ...touched.map(({ to }) => to)),
    };
    const apart = this.#ranges.filter((each) => !touches(each));
    const at = apart.findIndex(({ from }) => from > joined.from);
    this.#ranges = at < 0 ? [...apart, joined] : [...apart.slice(0, at), joined, ...apart.slice(at)];
  }

  has(offset: number): boolean {
    const before = this.#ranges.findLast(({ from }) => from <= offset);
    return before !== undefined && before.to > offset;
  }

  /** What stands there or behind goes. */
  cutFrom(offset: number): void {
    this.#ranges = this.#ranges
      .filter(({ from }) => from < offset)
      .map(({ from, to }) => ({ from, to: Math.min(to, offset) }));
  }
}
