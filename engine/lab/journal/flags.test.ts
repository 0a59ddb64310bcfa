import { describe, expect, it } from 'vitest';
import type { LabEvent } from '../../contract/events.ts';
import { eventOf } from '../../contract/snapshot.testkit.ts';
import { FlagFold } from './flags.ts';

type Change = readonly [was: string, now: string];

class Events {
  readonly #fold = new FlagFold();
  #id = 0;

  /** `raise fault broker 2 by fault`, `lift broker 2`, in order. */
  tell(kind: LabEvent['kind'], args: LabEvent['args'], [was, now]: Change): readonly string[] {
    const event = eventOf(++this.#id, { kind, args, change: { of: 'state', was, now } });
    return this.#fold.changesOf(event, 'running').map((change) => {
      if (change.type === 'lift') return `lift ${change.subject}`;
      const what = change.type === 'raise' ? `raise ${change.kind}` : 'retell';
      return `${what} ${change.subject ?? 'alone'} by ${change.event.kind}`;
    });
  }
}

describe('the flag of a fault', () => {
  it('stands from its begin to its end, however many there are on one broker', () => {
    const events = new Events();
    const slow = { fault: 1, kind: 'slow-disk', node: 2 };
    const skewed = { fault: 2, kind: 'skewed-clock', node: 2 };
    expect(events.tell('fault', slow, ['none', 'armed'])).toEqual([]);
    expect(events.tell('fault', slow, ['armed', 'active'])).toEqual(['raise fault fault 1 by fault']);
    expect(events.tell('fault', skewed, ['armed', 'active'])).toEqual(['raise fault fault 2 by fault']);
    expect(events.tell('fault', slow, ['active', 'lifted'])).toEqual(['lift fault 1']);
    expect(events.tell('fault', skewed, ['active', 'lifted'])).toEqual(['lift fault 2']);
  });

  it('is none when it was taken back before its time, or could not be done', () => {
    const events = new Events();
    expect(events.tell('fault', { fault: 1, kind: 'cut-link' }, ['armed', 'lifted'])).toEqual([]);
    expect(events.tell('fault', { fault: 2, kind: 'kill', node: 2 }, ['armed', 'failed'])).toEqual([]);
  });

  it('on a thread is the one of what becomes of the thread, and ends with it', () => {
    const events = new Events();
    const kill = { fault: 1, kind: 'kill', node: 2 };
    expect(events.tell('fault', kill, ['armed', 'active'])).toEqual(['raise fault broker 2 by fault']);
    expect(events.tell('process', { node: 2 }, ['running', 'killed'])).toEqual([]);
    expect(events.tell('fault', kill, ['active', 'lifted'])).toEqual([]);
    expect(events.tell('process', { node: 2 }, ['starting', 'running'])).toEqual([
      'lift broker 2',
      'raise change alone by process',
    ]);
  });

  it('of a power loss, which is told after it, takes the place of the kill', () => {
    const events = new Events();
    expect(events.tell('process', { node: 2 }, ['running', 'killed'])).toEqual(['raise fault broker 2 by process']);
    expect(events.tell('fault', { fault: 1, kind: 'power-loss', node: 2 }, ['armed', 'active'])).toEqual([
      'retell broker 2 by fault',
    ]);
    expect(events.tell('process', { node: 2 }, ['starting', 'running'])[0]).toBe('lift broker 2');
  });

  it('of a stop is a change, of a frozen client a fault', () => {
    const events = new Events();
    expect(events.tell('fault', { fault: 1, kind: 'stop', node: 2 }, ['armed', 'active'])).toEqual([
      'raise change broker 2 by fault',
    ]);
    expect(events.tell('process', { node: 2 }, ['running', 'shutting-down'])).toEqual([]);
    const freeze = { fault: 2, kind: 'freeze-client', client: 'order-feed' };
    expect(events.tell('fault', freeze, ['armed', 'active'])).toEqual(['raise fault client order-feed by fault']);
    expect(events.tell('client-process', { client: 'order-feed' }, ['running', 'frozen'])).toEqual([]);
    expect(events.tell('client-process', { client: 'order-feed' }, ['frozen', 'running'])).toEqual([
      'lift client order-feed',
    ]);
  });

  it('a crash while another fault stands on the broker is a flag of its own', () => {
    const events = new Events();
    events.tell('fault', { fault: 1, kind: 'pause', node: 2 }, ['armed', 'active']);
    events.tell('process', { node: 2 }, ['running', 'paused']);
    expect(events.tell('process', { node: 2 }, ['paused', 'failed'])).toEqual([
      'lift broker 2',
      'raise fault broker 2 by process',
    ]);
  });
});
