/**
 * Where the end of each partition's log (its high watermark) was when: so that an offset can be turned into the time at
 * which the log passed it. That time is the age of the oldest record that somebody at this offset has not got. Between two
 * samples it is taken to have grown evenly. Pure.
 */
import type { Offset, PartitionIndex, TimestampMs, TopicName } from '../../base/ids.ts';

interface End {
  /** Heard first, and heard again last. */
  readonly atMs: TimestampMs;
  untilMs: TimestampMs;
  readonly end: Offset;
}

/** Of one partition; when there are more, every second one of the older half goes. */
const pointsMax = 800;
const stepMsMin = 250;

export class LogEnds {
  readonly #ends = new Map<string, End[]>();

  /** The leader has told. */
  heard(topic: TopicName, partition: PartitionIndex, end: Offset, atMs: TimestampMs): void {
    const name = `${topic}-${partition}`;
    const points = this.#ends.get(name) ?? [];
    this.#ends.set(name, points);
    // The log is another one, or was cut: what lay beyond never counts again.
    while (points.length > 0 && (points.at(-1)?.end ?? 0) > end) points.pop();
    const last = points.at(-1);
    if (last?.end === end) {
      last.untilMs = Math.max(last.untilMs, atMs);
      return;
    }
    const before = points.at(-2);
    if (last !== undefined && before !== undefined && last.untilMs - before.atMs < stepMsMin) points.pop();
    points.push({ atMs, untilMs: atMs, end });
    if (points.length > pointsMax) this.#ends.set(name, thinned(points));
  }

  /** The newest; null when nobody has told. */
  end(topic: TopicName, partition: PartitionIndex): Offset | null {
    return this.#ends.get(`${topic}-${partition}`)?.at(-1)?.end ?? null;
  }

  /** When the log's end went beyond `offset`; null where it has not, or did before anybody looked. */
  passedMs(topic: TopicName, partition: PartitionIndex, offset: Offset): TimestampMs | null {
    const points = this.#ends.get(`${topic}-${partition}`) ?? [];
    const at = firstBeyond(points, offset);
    const after = points[at];
    const before = points[at - 1];
    if (after === undefined || before === undefined) return null;
    // The record at `offset` is the (offset + 1 - before.end)-th that came in between.
    const share = (offset + 1 - before.end) / (after.end - before.end);
    return Math.round(before.untilMs + share * (after.atMs - before.untilMs));
  }
}

/** Their number where there is none. */
function firstBeyond(points: readonly End[], offset: Offset): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.end ?? 0) > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}

function thinned(points: readonly End[]): End[] {
  const half = points.length >> 1;
  return [...points.slice(0, half).filter((_, i) => i % 2 === 0), ...points.slice(half)];
}
