/**
 * The lab's faults: armed, active, over. Each has a number, a begin, an end that is known or not, and a way back; lab time
 * decides when it begins and ends. What users do with other commands (kill a broker, freeze a consumer) is listed as the
 * same kinds, and whatever takes it back ends it here, too.
 *
 * Invariants: a fault that is over never comes back; one that stands is told before it acts, so that its line comes first
 * (a power loss after it, with what vanished); faults survive nothing, a lab starts without any.
 *
 * Leaves to others: what a fault does (`fault-deeds`), what several come to (`combine`), why one cannot be (`refusals`).
 */
import type { CommandError, CommandInput, CommandResult } from '../../contract/commands.ts';
import type { LabEventActor, LabEventDraft } from '../../contract/events.ts';
import { faultsShownMax, isOver, liftedShownMs, type FaultSpec, type FaultView } from '../../contract/faults.ts';
import type { Clock, Timer } from '../../env/clock.ts';
import { refused } from '../outcome.ts';
import { overruledBy, type StandingFault } from './combine.ts';
import { faultEvent } from './fault-events.ts';
import { FaultDeeds, holds, type Done } from './fault-deeds.ts';
import type { FaultActs, FaultPicture } from './fault-world.ts';
import { whyNoTarget, whyNotNow } from './refusals.ts';

export interface LabFaultsOptions {
  /** Lab time. */
  readonly clock: Pick<Clock, 'now' | 'after'>;
  readonly acts: FaultActs;
  /** The lab as of now. */
  picture(): FaultPicture;
  /** Who asks for faults now. */
  by(): FaultView['by'];
  onViews(views: readonly FaultView[]): void;
  onEvents(drafts: readonly LabEventDraft[]): void;
}

interface Fault {
  view: FaultView;
  readonly forMs: number | null;
  /** Until it begins, then until it ends. */
  timer: Timer | null;
  /** What began it has come to its end. */
  begun: Promise<void>;
  /** From then on its target tells whether it still stands. */
  isSettled: boolean;
  /** While it is lifted: by whom. It does not act any more then. */
  liftedBy: LabEventActor | null;
}

/** Brokers and clients that are gone, or are gone for others, whatever happens: not put back as they were. */
const leavesLosses: ReadonlySet<FaultSpec['kind']> = new Set(['power-loss', 'kill-client']);

export class LabFaults {
  readonly #options: LabFaultsOptions;
  readonly #deeds: FaultDeeds;
  /** In the order of their ids. */
  readonly #faults = new Map<number, Fault>();
  #lastId = 0;
  #isStopped = false;

  constructor(options: LabFaultsOptions) {
    this.#options = options;
    this.#deeds = new FaultDeeds(
      options.acts,
      () => options.picture(),
      () => this.#standing,
    );
  }

  get #standing(): readonly StandingFault[] {
    return [...this.#faults.values()]
      .filter(({ view, liftedBy }) => view.state === 'active' && liftedBy === null)
      .map(({ view }) => view);
  }

  async inject({ fault: spec, afterMs = 0, forMs }: CommandInput<'injectFault'>): Promise<CommandResult> {
    const error = whyNoTarget(spec, this.#options.picture()) ?? (afterMs > 0 ? null : this.#whyNotNow(spec));
    if (error !== null) return { ok: false, error };
    const fault = this.#add(spec, afterMs, forMs ?? null);
    const actor = fault.view.by === 'you' ? 'you' : 'lab';
    if (afterMs > 0) {
      fault.timer = this.#options.clock.after(afterMs, () => void this.#begin(fault, 'lab'));
      this.#event(fault, 'none', actor);
      this.#tell();
      return accepted(fault.view);
    }
    const failed = await this.#begin(fault, actor);
    return failed === null ? accepted(fault.view) : { ok: false, error: failed };
  }

  /** A command of the user's that does what a fault of this kind does. Refuses by itself where a fault would be. */
  async around(spec: FaultSpec, run: () => Promise<CommandResult>): Promise<CommandResult> {
    const cannotBe = whyNoTarget(spec, this.#options.picture()) ?? this.#whyNotNow(spec);
    if (this.#isStopped || cannotBe !== null) return run();
    const fault = this.#add(spec, 0, null);
    const running: { result: CommandResult | null } = { result: null };
    await this.#begin(fault, fault.view.by === 'you' ? 'you' : 'lab', async () => {
      const result = (running.result = await run());
      return { error: result.ok ? null : result.error, vanished: null };
    });
    const { result } = running;
    return result?.ok === true ? { ...result, fault: fault.view.id } : (result ?? accepted(fault.view));
  }

  async lift(id: number): Promise<CommandResult> {
    const fault = this.#faults.get(id);
    if (fault === undefined) {
      const ids = [...this.#faults.values()].filter(({ view }) => !isOver(view)).map(({ view }) => view.id);
      const hint = ids.length === 0 ? 'No fault stands.' : `Faults that stand: ${ids.join(', ')}.`;
      return refused('no-such-fault', 'fault', String(id), hint);
    }
    if (isOver(fault.view)) return refused('wrong-state', `fault ${id}`, fault.view.state, 'It is over already.');
    const error = await this.#lift(fault, 'you');
    return error === null ? accepted(fault.view) : { ok: false, error };
  }

  /** The newest first. What cannot be lifted stays and is told; the others are lifted all the same. */
  async liftAll(): Promise<CommandResult> {
    const standing = [...this.#faults.values()].filter(({ view }) => !isOver(view)).toReversed();
    let first: CommandError | null = null;
    for (const fault of standing) first = (await this.#lift(fault, 'you')) ?? first;
    return first === null ? { ok: true, node: null } : { ok: false, error: first };
  }

  /** To be called when brokers or clients are in another state: ends what somebody else took back. */
  reconcile(): void {
    if (this.#isStopped || this.#standing.length === 0) return;
    const picture = this.#options.picture();
    for (const fault of this.#faults.values()) {
      if (fault.view.state !== 'active' || !fault.isSettled) continue;
      if (whyNoTarget(fault.view.spec, picture) === null && holds(fault.view.spec, picture)) continue;
      this.#over(fault, 'lifted', fault.liftedBy ?? 'lab');
    }
    if (this.#standing.some(({ spec }) => spec.kind === 'cut-client')) this.#deeds.followBrokers();
  }

  /** Whether a broker that ended by itself did so because its disk was made full. */
  madeFull(node: number): boolean {
    return this.#standing.some(({ spec }) => spec.kind === 'full-disk' && spec.node === node);
  }

  /** The lab ends, and faults with it: nothing begins any more, and nothing stands in the way of those that leave. */
  stop(): void {
    this.#isStopped = true;
    for (const fault of this.#faults.values()) if (!isOver(fault.view)) this.#over(fault, 'lifted', 'lab');
    this.#deeds.clearWorld();
  }

  #whyNotNow(spec: FaultSpec): CommandError | null {
    return whyNotNow(spec, this.#options.picture());
  }

  #add(spec: FaultSpec, afterMs: number, forMs: number | null): Fault {
    const nowMs = this.#options.clock.now();
    const activeMs = nowMs + afterMs;
    const view: FaultView = {
      id: ++this.#lastId,
      spec,
      state: 'armed',
      armedMs: nowMs,
      activeMs,
      untilMs: forMs === null ? null : activeMs + forMs,
      endedMs: null,
      by: this.#options.by(),
      detail: '',
      vanished: null,
      overruledBy: null,
      reversible: !leavesLosses.has(spec.kind),
    };
    const fault: Fault = { view, forMs, timer: null, begun: Promise.resolve(), isSettled: false, liftedBy: null };
    this.#faults.set(view.id, fault);
    return fault;
  }

  /** From armed to active; `act` in the place of what the kind does. Resolves with why it could not be. */
  async #begin(
    fault: Fault,
    actor: LabEventActor,
    act: () => Promise<Done> = () => this.#deeds.begin(fault.view.spec),
  ): Promise<CommandError | null> {
    if (this.#isStopped) return null;
    const { spec } = fault.view;
    const error = whyNoTarget(spec, this.#options.picture()) ?? this.#whyNotNow(spec);
    if (error !== null) return this.#fail(fault, error);
    const nowMs = this.#options.clock.now();
    const untilMs = fault.forMs === null ? null : nowMs + fault.forMs;
    fault.view = { ...fault.view, state: 'active', activeMs: nowMs, untilMs };
    if (fault.forMs !== null) fault.timer = this.#options.clock.after(fault.forMs, () => void this.#lift(fault, 'lab'));
    const isToldFirst = spec.kind !== 'power-loss';
    if (isToldFirst) this.#event(fault, 'armed', actor);
    const acting = act();
    fault.begun = acting.then(() => {});
    this.#tell();
    const { error: failed, vanished } = await acting;
    if (failed !== null) return this.#fail(fault, failed);
    if (vanished !== null) {
      const detail = `${vanished.bytes} bytes vanished from ${vanished.files} files`;
      fault.view = { ...fault.view, vanished, detail };
    }
    if (!isToldFirst) this.#event(fault, 'armed', actor);
    fault.isSettled = true;
    this.#tell();
    this.reconcile();
    return null;
  }

  /** Resolves with why it could not be lifted; it stands on then. */
  async #lift(fault: Fault, actor: LabEventActor): Promise<CommandError | null> {
    if (this.#isStopped || fault.liftedBy !== null) return null;
    fault.liftedBy = actor;
    if (fault.view.state === 'armed') {
      this.#over(fault, 'lifted', actor);
      return null;
    }
    await fault.begun;
    if (isOver(fault.view)) return null;
    const { error } = await this.#deeds.end(fault.view.spec);
    if (isOver(fault.view)) return null;
    if (error === null) {
      this.#over(fault, 'lifted', actor);
      return null;
    }
    fault.liftedBy = null;
    fault.view = { ...fault.view, untilMs: null, detail: sentence(error) };
    this.#tell();
    return error;
  }

  #fail(fault: Fault, error: CommandError): CommandError {
    fault.view = { ...fault.view, detail: sentence(error) };
    this.#over(fault, 'failed', 'lab');
    return error;
  }

  #over(fault: Fault, state: 'lifted' | 'failed', actor: LabEventActor): void {
    fault.timer?.cancel();
    const was = fault.view.state;
    const isDown = fault.view.spec.kind === 'full-disk' && this.#isDown(fault.view.spec.node);
    const detail = isDown ? 'there is room again; start the broker' : fault.view.detail;
    fault.view = { ...fault.view, state, detail, endedMs: this.#options.clock.now(), overruledBy: null };
    this.#event(fault, was, actor);
    this.#tell();
  }

  #isDown(node: number): boolean {
    return this.#options.picture().brokers.some((each) => each.id === node && each.process === 'failed');
  }

  #event(fault: Fault, was: FaultView['state'] | 'none', actor: LabEventActor): void {
    this.#options.onEvents([faultEvent(fault.view, was, actor, this.#options.clock.now())]);
  }

  #tell(): void {
    const standing = this.#standing;
    const shownFromMs = this.#options.clock.now() - liftedShownMs;
    const over: number[] = [];
    for (const [id, fault] of this.#faults) {
      const { view } = fault;
      if (view.endedMs !== null) over.push(id);
      if (view.endedMs !== null && view.endedMs < shownFromMs) this.#faults.delete(id);
      if (view.state !== 'active') continue;
      const newer = overruledBy(view, standing);
      if (newer !== view.overruledBy) fault.view = { ...view, overruledBy: newer };
    }
    while (this.#faults.size > faultsShownMax && over.length > 0) this.#faults.delete(over.shift() ?? 0);
    this.#options.onViews([...this.#faults.values()].map(({ view }) => view));
  }
}

function sentence({ thing, value, hint }: CommandError): string {
  return `${thing} ${value}: ${hint}`;
}

function accepted({ id, spec }: FaultView): CommandResult {
  return {
    ok: true,
    node: 'node' in spec ? spec.node : null,
    ...('client' in spec ? { client: spec.client } : {}),
    fault: id,
  };
}
