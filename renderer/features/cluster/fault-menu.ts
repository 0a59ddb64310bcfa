/**
 * Faults as entries of the menus of the matrix: what can be done to a broker, the links from it, or a client, with the
 * usual settings; and the way back for what stands.
 */
import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import { faultWords } from '../../../engine/contract/fault-words.ts';
import { isOver, type FaultSpec, type FaultView } from '../../../engine/contract/faults.ts';
import type { BrokerView } from '../../../engine/contract/snapshot.ts';
import type { MenuItem } from '../../design/ActionMenu.vue';
import type { GlyphName } from '../../design/glyphs.ts';
import { useFaultWords } from '../../design/use-fault-words.ts';
import {
  brokerFault,
  canBreakBroker,
  clientFault,
  defaultFaultSettings,
  faultsOn,
  linkFault,
  type BrokerFaultKind,
  type ClientFaultKind,
} from '../../model/faults.ts';
import { useCommands } from '../../stores/commands.ts';
import { useLab } from '../../stores/lab.ts';

export type FaultItem = MenuItem<`fault ${string}` | `lift ${number}`>;

const brokerKinds = [
  'power-loss',
  'slow-disk',
  'full-disk',
  'skewed-clock',
] as const satisfies readonly BrokerFaultKind[];
const glyphs: Readonly<Partial<Record<FaultSpec['kind'], GlyphName>>> = {
  'power-loss': 'dead',
  'freeze-client': 'paused',
  'cut-link': 'stop',
  'cut-client': 'stop',
};

export function useFaultMenu() {
  const { t } = useI18n();
  const words = useFaultWords();
  const commands = useCommands();
  const lab = useLab();
  /** The same object as long as no fault changed: a menu in each of many rows is not made again for every number. */
  const faults = computed(() => lab.calm?.faults ?? []);
  const specs = new Map<string, FaultSpec>();

  function inject(spec: FaultSpec, text?: string): FaultItem {
    const id = `fault ${faultWords(spec).join(' ')}` as const;
    specs.set(id, spec);
    return {
      id,
      glyph: glyphs[spec.kind] ?? 'flag',
      danger: spec.kind === 'power-loss',
      text: text ?? [words.act(spec.kind), words.settings(spec)].filter((each) => each !== '').join(' '),
      hint: words.hint(spec.kind),
    };
  }
  const lift = ({ id, spec }: FaultView): FaultItem => ({
    id: `lift ${id}`,
    glyph: 'play',
    text: `${t('faultsView.lift')}: ${words.short(spec)}`,
  });
  const standsOn = (end: number | string): readonly FaultView[] => faultsOn({ faults: faults.value }, end);

  function brokerItems({ id: node, process }: BrokerView, others: readonly number[]): readonly FaultItem[] {
    const standing = standsOn(node);
    const isCut = (other: number): boolean =>
      standing.some(({ spec }) => spec.kind === 'cut-link' && [spec.from, spec.to].includes(other) && spec.both);
    return [
      ...brokerKinds
        .filter((kind) => canBreakBroker(kind, process) && !standing.some(({ spec }) => spec.kind === kind))
        .map((kind) => inject(brokerFault(kind, node, defaultFaultSettings))),
      ...others
        .filter((other) => !isCut(other))
        .map((other) =>
          inject(linkFault('cut-link', node, other, defaultFaultSettings), t('faultsView.cutFrom', { node: other })),
        ),
      ...standing.map(lift),
    ];
  }

  function clientItems(client: string, kinds: readonly ClientFaultKind[]): readonly FaultItem[] {
    const standing = standsOn(client);
    return [
      ...kinds
        .filter((kind) => !standing.some(({ spec }) => spec.kind === kind))
        .map((kind) => inject(clientFault(kind, client, defaultFaultSettings))),
      ...standing.map(lift),
    ];
  }

  /** False for an entry that is none of these. */
  function act(id: string): boolean {
    const spec = specs.get(id);
    if (spec !== undefined) void commands.send('injectFault', { fault: spec });
    const [verb, number] = id.split(' ');
    const standing = verb === 'lift' ? faults.value.find((each) => each.id === Number(number)) : undefined;
    if (standing !== undefined && !isOver(standing)) void commands.send('liftFault', { fault: standing.id });
    return spec !== undefined || standing !== undefined;
  }

  return { brokerItems, clientItems, act, specOf: (id: string) => specs.get(id) };
}
