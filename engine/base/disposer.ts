/** Things to undo, undone in reverse order, once. */
export type Dispose = () => void;

export class Disposer {
  #pending: Dispose[] = [];
  #disposed = false;

  /** Runs `dispose` when this is disposed of; at once when it already is. */
  add(dispose: Dispose): void {
    if (this.#disposed) dispose();
    else this.#pending.push(dispose);
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  dispose(): void {
    this.#disposed = true;
    const pending = this.#pending;
    this.#pending = [];
    for (const dispose of pending.reverse()) dispose();
  }
}
