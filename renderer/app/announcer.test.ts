// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import { effectScope, nextTick, shallowRef } from 'vue';
import type { LabEvent } from '../../engine/contract/events.ts';
import { eventOf, labSnapshot } from '../../engine/contract/snapshot.testkit.ts';
import type { LabSnapshot } from '../../engine/contract/snapshot.ts';
import { useAnnouncer } from './announcer.ts';

async function announced(...told: readonly (readonly LabEvent[])[]): Promise<string[]> {
  const calm = shallowRef<LabSnapshot | null>(null);
  const scope = effectScope();
  const texts: string[] = [];
  await scope.run(async () => {
    const text = useAnnouncer(
      () => calm.value,
      (event) => `${event.kind} ${event.id}`,
      (first, more) => `${first} and ${more} more`,
    );
    let events: readonly LabEvent[] = [eventOf(1, { kind: 'command' })];
    for (const fresh of [[], ...told]) {
      events = [...events, ...fresh];
      calm.value = labSnapshot({ events });
      await nextTick();
      texts.push(text.value);
    }
  });
  scope.stop();
  return texts;
}

describe('what a screen reader is told', () => {
  it('is not what happened before the window was opened, and no traffic', async () => {
    expect(await announced([eventOf(2, { kind: 'batches-sent' }), eventOf(3, { kind: 'log' })])).toEqual(['', '']);
  });

  it('is a fault that begins or ends by itself; one that somebody injects is told as that command', async () => {
    const byItself = eventOf(2, { kind: 'fault', actor: 'lab' });
    const byYou = eventOf(3, { kind: 'fault', actor: 'you', tone: 'fault' });
    expect(await announced([byItself, byYou])).toEqual(['', 'fault 2']);
  });

  it('are faults and elections, many of a kind as one sentence', async () => {
    const moved = [3, 4, 5].map((id) => eventOf(id, { kind: 'leader-changed' }));
    expect(await announced([eventOf(2, { kind: 'broker-fenced' }), ...moved])).toEqual([
      '',
      'broker-fenced 2. leader-changed 3 and 2 more',
    ]);
  });

  it('is a client’s end when it is a fault, not when it was closed', async () => {
    const end = { kind: 'client-process', actor: 'lab' } as const;
    expect(await announced([eventOf(2, end)], [eventOf(3, { ...end, tone: 'fault' })])).toEqual([
      '',
      '',
      'client-process 3',
    ]);
  });
});
