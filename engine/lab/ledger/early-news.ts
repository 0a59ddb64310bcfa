/**
 * News of records that nobody has told to have sent: what the log has or a consumer got may be known before the
 * producer's own report comes, by milliseconds. What is never claimed was another application's, and goes after a while.
 */
export type Early =
  | { readonly kind: 'copy'; readonly offset: number; readonly epoch: number; readonly atMs: number }
  | {
      readonly kind: 'read';
      readonly group: string;
      readonly client: string;
      readonly offset: number;
      readonly atMs: number;
    };

const keptMs = 15_000;
const keptMax = 100_000;

export class EarlyNews {
  readonly #news = new Map<string, Early[]>();
  readonly #order: { readonly key: string; readonly atMs: number }[] = [];

  add(topic: string, partition: number, createMs: number, crc: number, early: Early): void {
    const key = keyOf(topic, partition, createMs, crc);
    const same = this.#news.get(key);
    if (same === undefined) this.#news.set(key, [early]);
    else same.push(early);
    this.#order.push({ key, atMs: early.atMs });
    if (this.#order.length > keptMax) this.#drop(this.#order.length - keptMax / 2);
  }

  /** What was said of that record, and no longer is. */
  take(topic: string, partition: number, createMs: number, crc: number): readonly Early[] {
    if (this.#news.size === 0) return [];
    const found: Early[] = [];
    // A batch with LogAppendTime does not tell when its records were made.
    for (const stamp of [createMs, -1]) {
      const key = keyOf(topic, partition, stamp, crc);
      const news = this.#news.get(key);
      if (news === undefined) continue;
      this.#news.delete(key);
      found.push(...news);
    }
    return found;
  }

  /** Nobody will claim what is from before `forgottenMs`. */
  expire(nowMs: number, forgottenMs: number): void {
    const toMs = Math.min(nowMs - keptMs, forgottenMs);
    const fresh = this.#order.findIndex(({ atMs }) => atMs > toMs);
    this.#drop(fresh < 0 ? this.#order.length : fresh);
  }

  #drop(count: number): void {
    for (const { key } of this.#order.splice(0, count)) this.#news.delete(key);
  }
}

function keyOf(topic: string, partition: number, createMs: number, crc: number): string {
  return `${topic} ${partition} ${createMs} ${crc}`;
}
