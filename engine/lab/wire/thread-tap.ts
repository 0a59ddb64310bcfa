/**
 * The tap of one thread: notes each call in few values and posts what it has gathered a few times a second. Calls of the
 * data path have a limit for each second of the wall's clock: the first ones of a second are noted, by all threads in the
 * same part of it, so that what was kept is whole; the others are counted. Everything else is always noted.
 */
import type { LinkEnd } from '../../contract/faults.ts';
import type { TappedCall, WireTap } from '../../env/index.ts';
import { packHalf, type OffsetRange, type Summary, type WireBatch } from './halves.ts';
import { isMetadataFetch, summarize } from './summarize.ts';

/** For each second and thread. */
export const dataHalvesMax = 400;
const gatherMs = 200;
/** A batch this long is posted at once. */
const gatheredMax = 400;
/** Batches that left the accumulator and whose request has not ended yet. */
const drainedMax = 200;

export interface DrainedBatch {
  readonly partition: number;
  readonly baseSequence: number;
  readonly records: number;
  readonly atMs: number;
  readonly reason: string;
}

export interface ThreadTapOptions {
  readonly self: LinkEnd;
  readonly post: (batch: WireBatch) => void;
  /** The machine's clock, in ms; the same one for all threads. */
  readonly wallMs: () => number;
  /** Calls `run` once, later, on the machine's clock. */
  readonly later: (run: () => void, ms: number) => void;
  readonly dataHalvesMax?: number;
}

export class ThreadTap implements WireTap {
  readonly #options: ThreadTapOptions;
  #lines: string[] = [];
  #ranges: OffsetRange[] = [];
  #fromMs = Number.POSITIVE_INFINITY;
  #toMs = Number.NEGATIVE_INFINITY;
  #leftOut = 0;
  #second = 0;
  #dataOfSecond = 0;
  #waiting = false;
  readonly #drained: DrainedBatch[] = [];

  constructor(options: ThreadTapOptions) {
    this.#options = options;
  }

  /** A lab producer's batch left its accumulator; the next Produce that carries it tells. */
  drained(batch: DrainedBatch): void {
    this.#drained.push(batch);
    if (this.#drained.length > drainedMax) this.#drained.shift();
  }

  called(call: TappedCall): void {
    if (!this.#hasRoom(call)) return;
    // The other end tells what it was about, unless there is none. A lab client tells itself: what it sent matters most
    // when the other end dies.
    const tells = typeof this.#options.self === 'string' || call.response === null;
    this.#add('called', call, tells ? this.#withDrained(summarize(call, true)) : null);
  }

  served(call: TappedCall): void {
    if (this.#hasRoom(call)) this.#add('served', call, summarize(call));
  }

  #hasRoom({ api, request, beganMs, endedMs }: TappedCall): boolean {
    if (api.name !== 'Produce' && (api.name !== 'Fetch' || isMetadataFetch(request))) return true;
    const second = Math.floor(this.#options.wallMs() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#dataOfSecond = 0;
    }
    if (this.#dataOfSecond++ < (this.#options.dataHalvesMax ?? dataHalvesMax)) return true;
    this.#leftOut += 1;
    this.#cover(beganMs, endedMs ?? beganMs);
    this.#gather();
    return false;
  }

  #withDrained(summary: Summary): Summary {
    if (this.#drained.length === 0) return summary;
    const subjects = summary.subjects.map((subject) => {
      const index = this.#drained.findIndex(
        ({ partition, baseSequence, records }) =>
          partition === subject.partition && baseSequence === subject.baseSequence && records === subject.records,
      );
      if (index === -1) return subject;
      const [batch] = this.#drained.splice(index, 1);
      return { ...subject, drainedMs: batch!.atMs, drainedBy: batch!.reason };
    });
    return { ...summary, subjects };
  }

  #add(side: 'called' | 'served', call: TappedCall, summary: Summary | null): void {
    const { api, version, correlationId, clientId, localPort, remotePort, beganMs, handledMs, endedMs } = call;
    const { requestBytes, responseBytes, failure, oneWay } = call;
    const naming = { side, localPort, remotePort, correlationId, api: api.name, version };
    const told = side === 'called' ? null : clientId;
    const times = { beganMs, handledMs, endedMs };
    this.#lines.push(
      packHalf({ ...naming, clientId: told, ...times, requestBytes, responseBytes, failure, oneWay, summary }),
    );
    this.#cover(beganMs, endedMs ?? beganMs);
    if (api.name === 'Produce' && summary !== null) this.#addRanges(summary);
    if (this.#lines.length >= gatheredMax) this.flush();
    else this.#gather();
  }

  #cover(fromMs: number, toMs: number): void {
    this.#fromMs = Math.min(this.#fromMs, fromMs);
    this.#toMs = Math.max(this.#toMs, toMs);
  }

  #addRanges({ subjects }: Summary): void {
    for (const { topic, partition, baseOffset, lastOffset } of subjects) {
      if (baseOffset === null || lastOffset === null) continue;
      const at = this.#ranges.findIndex((range) => range.topic === topic && range.partition === partition);
      const was = this.#ranges[at];
      if (was === undefined) this.#ranges.push({ topic, partition, first: baseOffset, last: lastOffset });
      else {
        const first = Math.min(was.first, baseOffset);
        this.#ranges[at] = { topic, partition, first, last: Math.max(was.last, lastOffset) };
      }
    }
  }

  #gather(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#options.later(() => {
      this.#waiting = false;
      this.flush();
    }, gatherMs);
  }

  /** Posts what there is. */
  flush(): void {
    if (this.#lines.length === 0 && this.#leftOut === 0) return;
    this.#options.post({
      self: this.#options.self,
      fromMs: this.#fromMs,
      toMs: this.#toMs,
      count: this.#lines.length,
      leftOut: this.#leftOut,
      ranges: this.#ranges,
      body: this.#lines.join('\n'),
    });
    this.#lines = [];
    this.#ranges = [];
    this.#leftOut = 0;
    this.#fromMs = Number.POSITIVE_INFINITY;
    this.#toMs = Number.NEGATIVE_INFINITY;
  }
}
