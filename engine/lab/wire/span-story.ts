/** Everything of a time, as it was. */
import type { LaneId } from '../../contract/wire.ts';
import type { Story } from './story.ts';
import { isOfLab } from './record-story.ts';
import type { WireSource } from './wire-source.ts';

export function spanStory(source: WireSource, fromMs: number, toMs: number): Story {
  const calls = source.calls(fromMs, toMs).filter(({ from }) => !isOfLab(from));
  const roles = new Map<LaneId, { role: 'producer' | 'consumer' | 'controller'; epoch: null }>();
  const { producers, consumers, quorum } = source.picture;
  for (const { id } of producers) roles.set(`client-${id}`, { role: 'producer', epoch: null });
  for (const { id } of consumers) roles.set(`client-${id}`, { role: 'consumer', epoch: null });
  const controller = quorum?.leader ?? null;
  if (controller !== null) roles.set(`node-${controller}`, { role: 'controller', epoch: null });
  return { originMs: fromMs, fromMs, toMs, calls, marks: [], waits: [], budgets: [], record: null, roles };
}
