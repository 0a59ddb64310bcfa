import { describe, expect, test } from 'vitest';
import type { CommandResult, LabCommand } from '../../contract/commands.ts';
import type { LabEventDraft } from '../../contract/events.ts';
import { testEpochMs } from '../../contract/snapshot.testkit.ts';
import { SimClock } from '../../env/sim/sim-clock.ts';
import { EventQueue } from '../../env/sim/event-queue.ts';
import { PlayedLab } from '../lab-host.testkit.ts';
import { parseScenario } from './parse-scenario.ts';
import { hasHeld, ScenarioRun } from './scenario-run.ts';

const head = `version: 1
title: Played
seed: 5
topics: [{ name: orders, partitions: 3, replicationFactor: 3 }]
producers: [{ name: order-feed, topic: orders }]
`;

/** What the host and lab time do by themselves until nothing moves any more. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

class Played {
  readonly lab = new PlayedLab();
  readonly events: LabEventDraft[] = [];
  readonly run: ScenarioRun;
  readonly #queue = new EventQueue();
  #answer: (command: LabCommand) => CommandResult = () => ({ ok: true, node: null, fault: 1 });

  constructor(steps: string) {
    const parsed = parseScenario(head + steps);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
    this.run = new ScenarioRun({
      scenario: parsed.scenario,
      run: 'played-1',
      name: 'played',
      seed: 5,
      speed: 2,
      host: this.lab,
      clock: new SimClock(this.#queue, null, testEpochMs),
      execute: (command) => {
        this.lab.commands.push(command);
        return Promise.resolve(this.#answer(command));
      },
      onView: () => {},
      onEvents: (drafts) => this.events.push(...drafts),
    });
  }

  answers(answer: (command: LabCommand) => CommandResult): this {
    this.#answer = answer;
    return this;
  }

  /** Lab time goes on by so much. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.#queue.nowMs + ms;
    this.#queue.schedule(ms, null, () => {});
    for (;;) {
      await settled();
      const next = this.#queue.nextAtMs();
      if (next === null || next > untilMs) return;
      this.#queue.runNext();
    }
  }

  /** Orders-0 has another leader, and tells. */
  async lead(leader: number): Promise<void> {
    const { id = 0 } = this.lab.snapshot().partitions[0] ?? {};
    this.lab.play({ partitions: [{ id, leader }] });
    await settled();
  }

  get states(): string {
    return this.run.view.steps.map((step) => step.state).join(' ');
  }

  get did(): readonly string[] {
    return this.lab.commands.map(({ type, ...input }) => `${type} ${JSON.stringify(input)}`);
  }
}

describe('a run of a scenario', () => {
  test('makes topics and clients, does its steps in lab time one after the other, and judges', async () => {
    const played = new Played(`steps:
  - remember: { old: leader(orders-0) }
  - fault: { kind: kill, node: old, after: 1s, as: death }
  - when: leader(orders-0) != old
  - wait: 10s
  - lift: death
expectations:
  - { name: moved, expect: leader(orders-0) == 2 }
  - { name: not so, expect: leader(orders-0) == old }
  - { name: not told, expect: lost(order-feed) == 0 }
  - { name: in time, expect: leader(orders-0) == 2, by: 20s }
`);
    const over = played.run.run();
    await settled();
    expect(played.states).toBe('done done done done active waiting waiting');
    await played.pass(5000);
    expect(played.run.view.steps[4]?.detail).toBe('leader(orders-0) = 1, old = 1');
    await played.lead(2);
    expect(played.states).toBe('done done done done done active waiting');
    await played.pass(9000);
    expect(played.states).toBe('done done done done done active waiting');
    await played.pass(15_000);
    const view = await over;
    expect(played.did).toEqual([
      'setSpeed {"speed":2}',
      'createTopic {"name":"orders","partitions":3,"replicationFactor":3}',
      'addProducer {"client":"order-feed","topic":"orders","seed":5}',
      'injectFault {"fault":{"kind":"kill","node":1},"afterMs":1000}',
      'liftFault {"fault":1}',
    ]);
    expect(view).toMatchObject({ state: 'done', failure: null });
    expect(view.expectations).toEqual([
      { name: 'moved', verdict: 'holds', evidence: 'leader(orders-0) = 2' },
      { name: 'not so', verdict: 'broken', evidence: 'leader(orders-0) = 2, old = 1' },
      { name: 'not told', verdict: 'unknown', evidence: 'lost(order-feed) = unknown' },
      { name: 'in time', verdict: 'holds', evidence: 'leader(orders-0) = 2, 5000 ms after the first step began' },
    ]);
    expect(hasHeld(view)).toBe(false);
    const kinds = played.events.map(({ kind, change, args }) => `${kind} ${change?.now ?? String(args['verdict'])}`);
    expect(kinds.filter((kind) => kind.startsWith('scenario-run'))).toEqual([
      'scenario-run running',
      'scenario-run judging',
      'scenario-run done',
    ]);
  });

  test('a condition that does not come true ends it; what follows is left out and the rest judged', async () => {
    const played = new Played(`steps:
  - when: leader(orders-0) == 3
    timeout: 4s
  - note: never
expectations:
  - expect: leader(orders-0) == 1
`);
    const over = played.run.run();
    await played.pass(5000);
    const view = await over;
    expect(played.states).toBe('done done failed skipped');
    expect(view).toMatchObject({
      state: 'failed',
      failure: 'line 7: leader(orders-0) == 3 was not so within 4 s: leader(orders-0) = 1',
      expectations: [{ verdict: 'holds' }],
    });
    expect(hasHeld(view)).toBe(false);
  });

  test('a refused command ends it, and one that is expected to be refused does not', async () => {
    const steps = `steps:
  - do: { killBroker: { node: 2 } }
    refused: wrong-state
  - do: { startBroker: { node: 2 } }
`;
    const error = { code: 'wrong-state', thing: 'broker 2', value: 'running', hint: 'It runs already.' };
    const played = new Played(steps).answers(({ type }) =>
      type.endsWith('Broker') ? { ok: false, error } : { ok: true, node: null },
    );
    const view = await played.run.run();
    expect(played.states).toBe('done done done failed');
    expect(view.failure).toBe('line 9: broker 2 running is refused with wrong-state: It runs already.');
  });

  test('stands while it is paused, goes on by a step, and to its end', async () => {
    const played = new Played(`steps:
  - when: leader(orders-0) == 2
  - note: one
  - note: two
`);
    const over = played.run.run();
    await settled();
    await played.run.pause();
    expect(played.run.view.state).toBe('paused');
    await played.lead(2);
    expect(played.states).toBe('done done active waiting waiting');
    await played.run.step();
    await settled();
    expect(played.states).toBe('done done done waiting waiting');
    expect(played.run.view.state).toBe('paused');
    await played.run.step();
    await settled();
    expect(played.states).toBe('done done done done waiting');
    await played.run.resume();
    expect((await over).state).toBe('done');
    const time = played.did.filter((each) => each.endsWith('Time {}'));
    expect(time).toEqual([
      'pauseTime {}',
      'resumeTime {}',
      'pauseTime {}',
      'resumeTime {}',
      'pauseTime {}',
      'resumeTime {}',
    ]);
  });

  test.each(['running', 'paused'])(
    'is aborted while %s: no step follows, nothing is judged any more',
    async (state) => {
      const played = new Played(`steps:
  - wait: 10s
  - note: never
expectations:
  - expect: leader(orders-0) == 1
`);
      const over = played.run.run();
      await settled();
      if (state === 'paused') await played.run.pause();
      played.run.abort();
      const view = await over;
      expect(view).toMatchObject({ state: 'aborted', expectations: [{ verdict: 'unknown', evidence: '' }] });
      expect(played.states).toBe('done done skipped skipped');
    },
  );

  test('expectations of a check are judged when it is their turn', async () => {
    const played = new Played(`steps:
  - check: [{ name: now, expect: leader(orders-0) == 1 }]
  - when: leader(orders-0) == 2
`);
    const over = played.run.run();
    await settled();
    expect(played.run.view.expectations[0]?.verdict).toBe('holds');
    await played.lead(2);
    const view = await over;
    expect(hasHeld(view)).toBe(true);
  });
});
