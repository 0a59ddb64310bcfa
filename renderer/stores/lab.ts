/**
 * The host's snapshot, mirrored. Deltas that come within one frame are applied together and painted once; `calm` is the
 * same picture at the pace of a reader (numbers four times a second), `live` at the pace of the screen (bars).
 * Changes of state (a broker killed, a leader moved, a new event) reach `calm` at once: only numbers wait.
 *
 * While a moment of the past is shown, `calm` and `live` both are the journal's picture of it, for every view, and the
 * clock stands there; the present goes on unseen.
 */
import { acceptHMRUpdate, defineStore } from 'pinia';
import { computed, readonly, shallowReadonly, shallowRef } from 'vue';
import { applyDelta, DeltaGapError } from '../../engine/contract/delta.ts';
import type { CommandError } from '../../engine/contract/commands.ts';
import type { LabUpdate } from '../../engine/contract/router.ts';
import type { ShownRun } from '../../engine/contract/runs.ts';
import type { LabSnapshot } from '../../engine/contract/snapshot.ts';
import type { LineState } from '../bridge/lab-bridge.ts';
import { followLabTime, holdClock } from '../design/use-clock.ts';
import { useQueries } from './queries.ts';

/** Numbers change at most this often; half as often on a projector, where the room has to read along. */
const calmEveryMs = 250;
const calmEveryProjectorMs = 500;
/** Changes of state that may come out of turn within a second; in a storm of them they wait with the numbers. */
const hurriesMax = 6;
/** A tab in the background gets no frames: beyond this many updates they are applied without one. */
const waitingMax = 64;
/** Moments of the past that are kept, so that dragging back and forth does not ask again. */
const momentsMax = 40;

export interface Past {
  /** The moment that was asked for. */
  readonly atMs: number;
  /** The picture is still another moment's. */
  readonly loading: boolean;
  /** Why there is no picture of this moment; the one before stays. */
  readonly error: CommandError | null;
}

export const useLab = defineStore('lab', () => {
  const queries = useQueries();
  /** Of the present, also while the past is shown. */
  const presentLive = shallowRef<LabSnapshot | null>(null);
  const presentCalm = shallowRef<LabSnapshot | null>(null);
  const past = shallowRef<Past | null>(null);
  const pastSnapshot = shallowRef<LabSnapshot | null>(null);
  const line = shallowRef<LineState>('connecting');
  const lineSinceMs = shallowRef(Date.now());
  const projector = shallowRef(false);

  let newest: LabSnapshot | null = null;
  let waiting = 0;
  let frame: number | null = null;
  let calmTimer: ReturnType<typeof setTimeout> | null = null;
  let calmedMs = 0;
  let hurries = 0;
  let hurrySinceMs = 0;
  let asking = false;
  const moments = new Map<number, LabSnapshot>();

  function applyUpdate(update: LabUpdate): void {
    if (update.type === 'snapshot') {
      // What is kept of moments is another run's.
      if (newest !== null && newest.shown.run !== update.snapshot.shown.run) goLive();
      newest = update.snapshot;
    } else if (newest === null) throw new DeltaGapError('a delta came before a snapshot');
    else {
      const stands = newest.shown.kind === 'recorded' && Object.keys(update.delta).length === 2;
      newest = applyDelta(newest, update.delta);
      // A recorded run lives on and says nothing new: views keep the picture that they have.
      if (stands) return;
    }
    waiting += 1;
    if (waiting >= waitingMax) paint();
    else frame ??= requestAnimationFrame(paint);
  }

  function paint(): void {
    if (frame !== null) cancelAnimationFrame(frame);
    frame = null;
    waiting = 0;
    presentLive.value = newest;
    if (newest !== null) followLabTime(newest.time);
    const every = projector.value ? calmEveryProjectorMs : calmEveryMs;
    const dueMs = calmedMs + every - Date.now();
    if (dueMs <= 0 || (changedState(presentCalm.value, newest) && mayHurry())) settle();
    else calmTimer ??= setTimeout(settle, dueMs);
  }

  function mayHurry(): boolean {
    const nowMs = Date.now();
    if (nowMs - hurrySinceMs >= 1_000) {
      hurrySinceMs = nowMs;
      hurries = 0;
    }
    hurries += 1;
    return hurries <= hurriesMax;
  }

  function settle(): void {
    if (calmTimer !== null) clearTimeout(calmTimer);
    calmTimer = null;
    calmedMs = Date.now();
    presentCalm.value = newest;
  }

  function applyLine(state: LineState): void {
    if (state === line.value) return;
    line.value = state;
    lineSinceMs.value = Date.now();
  }

  /** While dragging only the newest moment is asked for, one question at a time; until its answer the picture stays. */
  function showMoment(ms: number): void {
    const atMs = Math.round(ms);
    pastSnapshot.value ??= newest;
    const kept = moments.get(atMs);
    if (kept === undefined) {
      past.value = { atMs, loading: true, error: null };
      if (!asking) void fetchMoment(atMs);
    } else show(atMs, kept);
  }

  function show(atMs: number, snapshot: LabSnapshot): void {
    pastSnapshot.value = snapshot;
    past.value = { atMs, loading: false, error: null };
    holdClock(atMs);
  }

  async function fetchMoment(atMs: number): Promise<void> {
    asking = true;
    const answer = await queries.ask('moment', { atMs });
    asking = false;
    if (answer.ok) keep(atMs, answer.value);
    const wanted = past.value;
    if (wanted === null || !wanted.loading) return;
    // The newest answer is shown also while the pointer is already elsewhere: it is on the way there.
    if (answer.ok) {
      pastSnapshot.value = answer.value;
      holdClock(atMs);
    }
    if (wanted.atMs !== atMs) void fetchMoment(wanted.atMs);
    else if (answer.ok) show(atMs, answer.value);
    else past.value = { atMs, loading: false, error: answer.error };
  }

  function keep(atMs: number, snapshot: LabSnapshot): void {
    moments.set(atMs, snapshot);
    const oldest = moments.keys().next().value;
    if (moments.size > momentsMax && oldest !== undefined) moments.delete(oldest);
  }

  function goLive(): void {
    past.value = null;
    pastSnapshot.value = null;
    moments.clear();
    holdClock(null);
  }

  const atPresent = computed(() => past.value === null);
  const shown = computed<ShownRun | null>((was) => {
    const now = presentLive.value?.shown ?? null;
    return was !== undefined && was?.run === now?.run && was?.kind === now?.kind ? was : now;
  });
  const isRecorded = computed(() => shown.value?.kind === 'recorded');
  return {
    /** What views show: the present, or the moment of the past. */
    live: computed(() => (atPresent.value ? presentLive.value : pastSnapshot.value)),
    calm: computed(() => (atPresent.value ? presentCalm.value : pastSnapshot.value)),
    /** For what goes on while the past is shown: curves, announcements, the count of events. */
    presentLive: shallowReadonly(presentLive),
    presentCalm: shallowReadonly(presentCalm),
    /** Not null while a moment of the past is shown. */
    past: shallowReadonly(past),
    /** No moment of the past is shown; of a recorded run: its last one is. */
    atPresent,
    /** What is shown can be changed: a lab that runs, at the present. */
    isLive: computed(() => atPresent.value && !isRecorded.value),
    /** A run that is over is shown, read-only. */
    isRecorded,
    /** Which lab or run the window shows; the same object for as long as it is the same one. */
    shown,
    /** The moment that is shown; null while it is now. */
    atMs: computed(() => past.value?.atMs ?? null),
    showMoment,
    goLive,
    line: readonly(line),
    lineSinceMs: readonly(lineSinceMs),
    connected: computed(() => line.value === 'open'),
    setProjector: (on: boolean) => (projector.value = on),
    /** For the bridge alone. */
    applyUpdate,
    /** For the bridge alone. */
    applyLine,
  };
});

/** Something that is told by words or shapes, not by digits. */
function changedState(was: LabSnapshot | null, now: LabSnapshot | null): boolean {
  if (was === null || now === null) return was !== now;
  if (was.problems !== now.problems || was.topics !== now.topics || was.lab !== now.lab) return true;
  if (was.faults !== now.faults) return true;
  if (was.brokers.length !== now.brokers.length) return true;
  return (
    now.brokers.some((broker, index) => {
      const before = was.brokers[index];
      return (
        before?.process !== broker.process ||
        before.registration !== broker.registration ||
        before.steps !== broker.steps
      );
    }) || newState(was, now)
  );
}

/** Events that tell of a state; batches and commits come all the time and wait with the numbers. */
function newState(was: LabSnapshot, now: LabSnapshot): boolean {
  if (was.events === now.events) return false;
  const last = was.events.at(-1)?.id ?? 0;
  for (let index = now.events.length - 1; index >= 0; index -= 1) {
    const event = now.events[index];
    if (event === undefined || event.id <= last) return false;
    if (event.kind !== 'batches-sent' && event.kind !== 'offsets-committed') return true;
  }
  return false;
}

if (import.meta.hot) import.meta.hot.accept(acceptHMRUpdate(useLab, import.meta.hot));
