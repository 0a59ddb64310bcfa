/** How many bytes more a disk takes. Where it is kept is its owner's: a full disk stays full over a restart of its broker. */
export interface ByteBudget {
  /** `Infinity` for as many as there is room for. */
  left(): number;
  /** Negative gives back. Only called while {@link left} is not infinite. */
  take(bytes: number): void;
}

export const unlimited: ByteBudget = { left: () => Infinity, take: () => {} };
