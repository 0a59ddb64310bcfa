/** Chance as the engine sees it; seeded in the simulation. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [0, limit). */
  integer(limit: number): number;
  /** `length` random bytes. */
  bytes(length: number): Uint8Array;
}
