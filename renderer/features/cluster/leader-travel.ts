/**
 * A leadership that moves is seen to move: its diamond travels along the row, once, for 400 ms. Only rows in the page, a
 * few at a time, and not for who wants less motion: there the frame around the new leader tells it alone.
 */
import { nextTick, watch } from 'vue';
import type { LabSnapshot, PartitionView } from '../../../engine/contract/snapshot.ts';
import { glyphs } from '../../design/glyphs.ts';
import { hasLessMotion } from '../../design/use-look.ts';

const travelMs = 400;
/** Beyond these a row more would be a blur. */
const travellersMax = 24;

export function useLeaderTravel(root: () => HTMLElement | null, calm: () => LabSnapshot): void {
  watch(calm, (now, was) => {
    if (now.partitions === was.partitions || hasLessMotion()) return;
    const before = new Map(was.partitions.map((each) => [each.id, each.leader]));
    const moved = now.partitions.filter(
      (each) => each.leader >= 0 && (before.get(each.id) ?? each.leader) !== each.leader,
    );
    if (moved.length === 0) return;
    void nextTick(() => {
      for (const each of moved.slice(0, travellersMax)) travel(root(), each, before.get(each.id) ?? each.leader);
    });
  });
}

function travel(root: HTMLElement | null, partition: PartitionView, from: number): void {
  const glyphIn = (node: number): DOMRect | undefined =>
    root
      ?.querySelector(`[data-cell="${CSS.escape(`${partition.topic}-${partition.partition}`)}@${node}"] .g`)
      ?.getBoundingClientRect();
  const start = glyphIn(from);
  const end = glyphIn(partition.leader);
  if (start === undefined || end === undefined) return;
  const diamond = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  diamond.setAttribute('viewBox', '0 0 12 12');
  diamond.setAttribute('class', 'g c-lead traveller');
  diamond.innerHTML = glyphs.leader;
  diamond.style.left = `${start.left}px`;
  diamond.style.top = `${start.top}px`;
  document.body.append(diamond);
  const path = [
    { transform: 'none' },
    { transform: `translate(${end.left - start.left}px, ${end.top - start.top}px)` },
  ];
  const journey = diamond.animate(path, { duration: travelMs, easing: 'cubic-bezier(.2, 0, 0, 1)', fill: 'forwards' });
  const arrive = (): void => diamond.remove();
  journey.finished.then(arrive, arrive);
}
