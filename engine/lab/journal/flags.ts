/**
 * From events to the flags of the timeline: what people and the lab did, and what came of it. A flag has a subject while it
 * stands; what lifts it is found by the same subject.
 *
 * | event | flag |
 * |---|---|
 * | a broker's thread killed, paused, failed | fault until it runs again |
 * | a fault on a thread (kill, pause, freeze, stop) | stands for what becomes of the thread, and ends with it |
 * | any other fault that acts | fault until it is lifted |
 * | a broker stopping | change until it runs again; its return is one, too |
 * | a lab client killed, frozen, failed | fault until it runs again |
 * | a lab client started, stopped, set | client |
 * | a topic made or deleted, a config set, a broker added | change |
 * | lab time at another speed, paused, stepped, resumed | change |
 * | another leader of a partition or of the quorum | election, one for all within a second |
 * | a group leaving `Stable` or `Empty` | rebalance until it is back |
 *
 * What comes up with the lab and goes down with it makes none.
 */
import type { LabEvent } from '../../contract/events.ts';
import type { TimelineFlag } from '../../contract/queries.ts';
import type { LabState } from '../../contract/snapshot.ts';

export type FlagKind = TimelineFlag['kind'];

export type FlagChange =
  /** Without a subject it has no length. */
  | { readonly type: 'raise'; readonly event: LabEvent; readonly kind: FlagKind; readonly subject: string | null }
  | { readonly type: 'lift'; readonly subject: string; readonly atMs: number }
  /** The newest flag of the subject stands for this event from now on: it tells more. */
  | { readonly type: 'retell'; readonly subject: string; readonly event: LabEvent };

const electionMs = 1000;

/** What a fault of this kind makes of its target's thread. Others leave it as it is. */
const threadBecomes: Readonly<Record<string, string>> = {
  stop: 'shutting-down',
  kill: 'killed',
  'power-loss': 'killed',
  pause: 'paused',
  'kill-client': 'killed',
  'freeze-client': 'frozen',
};

export class FlagFold {
  /** By subject: the state of a thread that its flag stands for already, told by a fault; null for any. */
  readonly #standing = new Map<string, string | null>();
  #lastElection: { kind: string; atMs: number } | null = null;

  /** What the event does to the flags, in order. */
  changesOf(event: LabEvent, lab: LabState): FlagChange[] {
    switch (event.kind) {
      case 'fault':
        return this.#fault(event);
      case 'process':
        return this.#process(event, `broker ${event.args['node'] ?? event.node}`, lab);
      case 'client-process':
        return this.#client(event, `client ${event.args['client']}`, lab);
      case 'client-settings':
        return [raise(event, 'client')];
      case 'command':
      case 'topic-created':
      case 'topic-deleted':
      case 'config-changed':
        return lab === 'running' && isChange(event) ? [raise(event, 'change')] : [];
      case 'leader-changed':
      case 'partitions-changed':
      case 'quorum-leader':
        return this.#election(event, lab);
      case 'group-state':
        return this.#group(event, `group ${event.args['group']}`);
      case 'lab-time':
        return [raise(event, 'change')];
      case 'rebalance':
        return [{ type: 'retell', subject: `group ${event.args['group']}`, event }];
      case 'problem':
        return this.#raiseStanding(event, 'problem', `problem ${event.node}`);
      case 'problem-solved':
        return this.#lift(`problem ${event.node}`, event.atMs);
      default:
        return [];
    }
  }

  #fault(event: LabEvent): FlagChange[] {
    const { args, change } = event;
    // A client that closes has a flag of its own kind.
    if (args['kind'] === 'stop-client') return [];
    const becomes = threadBecomes[String(args['kind'])];
    if (becomes === undefined) {
      const subject = `fault ${args['fault']}`;
      if (change?.now === 'active') return this.#raiseStanding(event, 'fault', subject);
      return change?.was === 'active' ? this.#lift(subject, event.atMs) : [];
    }
    const subject = args['node'] === undefined ? `client ${args['client']}` : `broker ${args['node']}`;
    if (change?.now === 'failed' && change.was === 'active') return this.#lift(subject, event.atMs);
    // What ends it is what its thread does.
    if (change?.now !== 'active') return [];
    // A power loss is told after it: the flag of the thread is there already.
    if (args['kind'] === 'power-loss' && this.#standing.has(subject)) return [{ type: 'retell', subject, event }];
    const raised = this.#raiseStanding(event, becomes === 'shutting-down' ? 'change' : 'fault', subject);
    this.#standing.set(subject, becomes);
    return raised;
  }

  #process(event: LabEvent, subject: string, lab: LabState): FlagChange[] {
    if (this.#isTold(subject, event)) return [];
    switch (event.change?.now) {
      case 'killed':
      case 'failed':
      case 'paused':
        return this.#raiseStanding(event, 'fault', subject);
      case 'shutting-down':
        return lab === 'stopping' ? [] : this.#raiseStanding(event, 'change', subject);
      case 'running': {
        const lifted = this.#lift(subject, event.atMs);
        return lifted.length === 0 || event.change.was === 'paused' ? lifted : [...lifted, raise(event, 'change')];
      }
      default:
        return [];
    }
  }

  /** The fault that made it so has raised the flag. */
  #isTold(subject: string, event: LabEvent): boolean {
    const told = this.#standing.get(subject);
    return told !== undefined && told !== null && told === event.change?.now;
  }

  #client(event: LabEvent, subject: string, lab: LabState): FlagChange[] {
    if (this.#isTold(subject, event)) return [];
    switch (event.change?.now) {
      case 'killed':
      case 'failed':
      case 'frozen':
        return this.#raiseStanding(event, 'fault', subject);
      case 'stopped':
        return lab === 'running' ? [...this.#lift(subject, event.atMs), raise(event, 'client')] : [];
      case 'running': {
        const lifted = this.#lift(subject, event.atMs);
        return event.change.was === 'frozen' || lab !== 'running' ? lifted : [...lifted, raise(event, 'client')];
      }
      default:
        return [];
    }
  }

  #election(event: LabEvent, lab: LabState): FlagChange[] {
    if (lab !== 'running' || event.args['leaders'] === 0) return [];
    const kind = event.kind === 'quorum-leader' ? 'quorum' : 'partitions';
    const last = this.#lastElection;
    if (last?.kind === kind && event.atMs - last.atMs < electionMs) return [];
    this.#lastElection = { kind, atMs: event.atMs };
    return [raise(event, 'election')];
  }

  #group(event: LabEvent, subject: string): FlagChange[] {
    switch (event.change?.now) {
      case 'PreparingRebalance':
      case 'CompletingRebalance':
        return this.#standing.has(subject) ? [] : this.#raiseStanding(event, 'rebalance', subject);
      default:
        return this.#lift(subject, event.atMs);
    }
  }

  #raiseStanding(event: LabEvent, kind: FlagKind, subject: string): FlagChange[] {
    const lifted = this.#lift(subject, event.atMs);
    this.#standing.set(subject, null);
    return [...lifted, { type: 'raise', event, kind, subject }];
  }

  #lift(subject: string, atMs: number): FlagChange[] {
    return this.#standing.delete(subject) ? [{ type: 'lift', subject, atMs }] : [];
  }
}

/** Of those kinds, what people see as one: not a command whose effect is told by itself, not the lab's own topics. */
function isChange({ kind, args }: LabEvent): boolean {
  if (kind === 'command') return args['command'] === 'addBroker';
  return !String(args[kind === 'config-changed' ? 'resource' : 'topic']).startsWith('__');
}

function raise(event: LabEvent, kind: FlagKind): FlagChange {
  return { type: 'raise', event, kind, subject: null };
}
