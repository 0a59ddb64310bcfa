/** One click is one fault: what the palette's buttons send, which of them are off, and the command line of the last one. */
import { computed, shallowRef } from 'vue';
import type { FaultSpec } from '../../../engine/contract/faults.ts';
import { injectOf, type FaultSettings, type Inject } from '../../model/faults.ts';
import { useCommands } from '../../stores/commands.ts';
import { useLab } from '../../stores/lab.ts';

export function useBreak(settings: () => FaultSettings) {
  const commands = useCommands();
  const lab = useLab();
  /** What the pointer or the focus is on, for its command line. */
  const looked = shallowRef<FaultSpec | null>(null);
  /** A power loss that waits for its answer. */
  const asking = shallowRef<Inject | null>(null);

  const shown = computed(() => (looked.value === null ? null : injectOf(looked.value, settings())));

  function send(inject: Inject): void {
    asking.value = null;
    void commands.send('injectFault', inject);
  }
  /** Asks first where bytes vanish for good. */
  function act(fault: FaultSpec): void {
    looked.value = fault;
    if (!lab.isLive) return;
    const inject = injectOf(fault, settings());
    if (fault.kind === 'power-loss') asking.value = inject;
    else send(inject);
  }

  return { looked, shown, asking, act, send };
}
