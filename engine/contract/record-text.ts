/** Bytes of a key, value or header as people read them. */

export const recordTextMax = 4096;

/**
 * Bytes for people: UTF-8 where they are, else hexadecimal; `decoded` where the host knows their form (control records,
 * `__consumer_offsets`). Cut at `recordTextMax` characters.
 */
export interface RecordText {
  readonly text: string;
  readonly encoding: 'utf-8' | 'hex' | 'decoded';
  /** Of all, also where `text` is cut. */
  readonly bytes: number;
}
