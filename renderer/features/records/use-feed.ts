/** What the forms of the produce panel have in common: the command on its way, what came of it. */
import { computed, shallowRef } from 'vue';
import { useI18n } from 'vue-i18n';
import type { CommandInput } from '../../../engine/contract/commands.ts';
import { useCommands } from '../../stores/commands.ts';
import { useLab } from '../../stores/lab.ts';

type FeedName = 'importRecords' | 'produceTemplate' | 'replayRecords';

export function useFeed(name: FeedName) {
  const { t } = useI18n();
  const commands = useCommands();
  const lab = useLab();
  const refused = shallowRef('');
  const started = shallowRef('');
  const ready = computed(() => lab.isLive && !commands.isPending(name));

  async function start(input: CommandInput<FeedName>): Promise<void> {
    if (!ready.value) return;
    const result = await commands.send(name, input);
    commands.dismissRefusal();
    refused.value = result.ok ? '' : [result.error.code, result.error.hint].filter(Boolean).join(': ');
    started.value = result.ok ? t('produce.console.started', { job: result.job ?? '' }) : '';
  }

  return { refused, started, ready, start };
}

/** `''` of a select is the partitioner's choice. */
export function partitionOf(value: string): number | null {
  return value === '' ? null : Number(value);
}
