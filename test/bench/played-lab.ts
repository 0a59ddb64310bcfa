/**
 * A lab on tape: what a real one published, written to a file and played back with its own pace, so that the window is
 * measured without the lab taking the machine from it. Its past is a journal of what was played.
 */
import { createReadStream, createWriteStream, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip, createGzip } from 'node:zlib';
import type { Dispose } from '../../engine/base/disposer.ts';
import type { CommandResult } from '../../engine/contract/commands.ts';
import { applyDelta, type LabDelta } from '../../engine/contract/delta.ts';
import type { LabHost } from '../../engine/contract/host.ts';
import type { LabQueries, TailUpdate } from '../../engine/contract/queries.ts';
import type { LabSnapshot } from '../../engine/contract/snapshot.ts';
import { Journal } from '../../engine/lab/journal/journal.ts';
import { everyQuery, refused } from '../../engine/lab/outcome.ts';
import { root, temporaryDirectory } from '../interop/lab-process.ts';
import { pause } from './measure.ts';

interface Tape {
  readonly first: LabSnapshot;
  /** With the milliseconds since `first` at which each was published. */
  readonly deltas: readonly { readonly atMs: number; readonly delta: LabDelta }[];
}

/** Lines of JSON, deflated: the snapshot, then each delta with its time. */
export async function record(host: LabHost, path: string, seconds: number): Promise<void> {
  const startMs = performance.now();
  const out = createGzip();
  const written = new Promise<void>((resolve) => out.pipe(createWriteStream(path)).on('close', resolve));
  const leave = host.subscribe((delta) => {
    out.write(`${JSON.stringify({ atMs: Math.round(performance.now() - startMs), delta })}\n`);
  });
  out.write(`${JSON.stringify(host.snapshot())}\n`);
  await pause(seconds * 1000);
  leave();
  out.end();
  await written;
}

async function read(path: string): Promise<Tape> {
  const lines = createInterface({ input: createReadStream(path).pipe(createGunzip()) });
  const deltas: Tape['deltas'][number][] = [];
  let first: LabSnapshot | null = null;
  let laterMs = 0;
  for await (const line of lines) {
    if (first === null) {
      laterMs = Date.now() - (JSON.parse(line) as LabSnapshot).sampledMs;
      first = JSON.parse(moved(line, laterMs)) as LabSnapshot;
    } else deltas.push(JSON.parse(moved(line, laterMs)) as Tape['deltas'][number]);
  }
  if (first === null) throw new Error(`${path} is empty`);
  return { first, deltas };
}

/** As if it were recorded so much later: thirteen digits are a time. */
function moved(line: string, laterMs: number): string {
  return line.replaceAll(/\b\d{13}\b/g, (timeMs) => String(Number(timeMs) + laterMs));
}

/** What cannot be asked of a tape. */
const silent = () => Promise.resolve(refused('wrong-state', 'lab', 'on tape', 'Start a lab for that.'));

class PlayedHost implements LabHost {
  readonly #tape: Tape;
  readonly #journal: Journal;
  readonly #listeners = new Set<(delta: LabDelta) => void>();
  readonly queries: LabQueries;
  #snapshot: LabSnapshot;
  #next = 0;
  #startMs: number | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(tape: Tape, journal: Journal) {
    this.#tape = tape;
    this.#journal = journal;
    this.#snapshot = tape.first;
    this.queries = { ...everyQuery(silent), ...journal.queries };
  }

  snapshot(): LabSnapshot {
    return this.#snapshot;
  }

  /** It plays from the first subscription on, whoever leaves. */
  subscribe(listener: (delta: LabDelta) => void): Dispose {
    this.#listeners.add(listener);
    this.#startMs ??= performance.now();
    this.#timer ??= setInterval(() => this.#play(), 4);
    return () => void this.#listeners.delete(listener);
  }

  #play(): void {
    const nowMs = performance.now() - (this.#startMs ?? 0);
    for (let next = this.#tape.deltas[this.#next]; next !== undefined && next.atMs <= nowMs;) {
      this.#snapshot = applyDelta(this.#snapshot, next.delta);
      this.#journal.record(next.delta, this.#snapshot);
      for (const listener of this.#listeners) listener(next.delta);
      next = this.#tape.deltas[++this.#next];
    }
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  execute(): Promise<CommandResult> {
    return silent();
  }

  async *tail(): AsyncGenerator<TailUpdate, void, void> {}
}

export async function playLab(path: string): Promise<{ readonly lab: LabHost; stop(): Promise<void> }> {
  const tape = await read(path);
  const directory = temporaryDirectory('played');
  const workerEntry = new URL(`file://${join(root, 'engine/lab/journal/journal-worker.ts')}`);
  const journal = new Journal({ workerEntry, directory, onFault: console.error, onNotice: console.error });
  await journal.start(tape.first);
  const lab = new PlayedHost(tape, journal);
  return {
    lab,
    stop: async () => {
      lab.stop();
      await journal.stop();
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
