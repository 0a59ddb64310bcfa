import { describe, expect, it } from 'vitest';
import type { TelemetryEvent } from '../base/telemetry.ts';
import { Narration } from './narration.ts';

type PartitionChanged = Extract<TelemetryEvent, { type: 'partition-changed' }>;

const changed = (offset: number, over: Partial<PartitionChanged> = {}): PartitionChanged => ({
  type: 'partition-changed',
  topic: 'orders',
  topicId: 't',
  partition: 1,
  offset,
  leader: { was: 2, now: 2 },
  leaderEpoch: { was: 4, now: 4 },
  isr: { was: [2, 3, 1], now: [2, 3, 1] },
  elr: { was: [], now: [] },
  replicas: [2, 3, 1],
  ...over,
});

describe('the narration of telemetry', () => {
  it('tells a change of the metadata once, as the controller’s doing, whoever brings it first', () => {
    const narration = new Narration();
    const event = changed(10, {
      isr: { was: [2, 3, 1], now: [1, 3] },
      leader: { was: 2, now: 3 },
      leaderEpoch: { was: 4, now: 5 },
    });
    const told = [3, 1].flatMap((node) => narration.narrate(node, 1, 100, event));
    expect(told.map(({ kind, node, change }) => [kind, node, change?.was, change?.now])).toEqual([
      ['isr-shrunk', 1, '1, 2, 3', '1, 3'],
      ['leader-changed', 1, '2', '3'],
    ]);
  });

  it('tells every change of one offset when the same member brings them', () => {
    const narration = new Narration();
    const shrink = { isr: { was: [1, 2], now: [1] } };
    const lines = [0, 1].flatMap((partition) => narration.narrate(2, 1, 1, changed(7, { ...shrink, partition })));
    expect(lines.map((line) => line.args['partition'])).toEqual([0, 1]);
  });

  it('does not tell old history again when a member replays its log', () => {
    const narration = new Narration();
    narration.narrate(1, 1, 1, { type: 'topic-created', topic: 'a', topicId: 'a', offset: 20 });
    expect(narration.narrate(2, 1, 2, { type: 'topic-created', topic: 'b', topicId: 'b', offset: 5 })).toEqual([]);
  });

  it('marks a fenced broker as a warning and an unfenced one as good', () => {
    const fencing = (fenced: boolean, offset: number): TelemetryEvent => ({
      type: 'broker-fenced',
      broker: 2,
      fenced,
      inControlledShutdown: false,
      offset,
    });
    const narration = new Narration();
    const lines = [fencing(true, 1), fencing(false, 2)].flatMap((event) => narration.narrate(1, 1, 1, event));
    expect(lines.map(({ kind, tone }) => [kind, tone])).toEqual([
      ['broker-fenced', 'warning'],
      ['broker-unfenced', 'good'],
    ]);
  });

  it('shows warnings and errors of a node’s log, and no other line of it', () => {
    const narration = new Narration();
    const line = (level: 'info' | 'warn' | 'error'): TelemetryEvent => ({
      type: 'log',
      level,
      component: 'c',
      message: 'm',
    });
    expect(
      (['info', 'warn', 'error'] as const).flatMap((level) =>
        narration.narrate(1, null, 1, line(level)).map((each) => each.tone),
      ),
    ).toEqual(['warning', 'fault']);
  });
});
