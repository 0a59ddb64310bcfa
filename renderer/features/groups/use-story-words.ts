/** How a rebalance is called, and lists of members as the reader's language writes them. */
import { useI18n } from 'vue-i18n';
import type { RebalanceView } from '../../../engine/contract/groups.ts';
import { isCooperative } from '../../model/rebalance.ts';
import { clockTime } from '../../model/units.ts';

export function useStoryWords() {
  const { t } = useI18n();
  /** `cooperative-sticky`; `range, eager`. */
  function kind(story: RebalanceView): string {
    if (story.protocol === null) return t('groups.noProtocol');
    return t(isCooperative(story) ? 'groups.cooperative' : 'groups.eager', { protocol: story.protocol });
  }
  function name(story: RebalanceView): string {
    const to = story.toGeneration ?? '…';
    return t('groups.historyOf', {
      from: story.fromGeneration,
      to,
      kind: kind(story),
      time: clockTime(story.startedMs).time,
    });
  }
  function list(items: readonly string[]): string {
    if (items.length < 2) return items.join('');
    return t('groups.list', { items: items.slice(0, -1).join(', '), last: items.at(-1) ?? '' });
  }
  return { kind, name, list };
}
