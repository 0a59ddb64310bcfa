/** A fault in the reader's language: its kind, whom it is on, with what, and what came of it. */
import { useI18n } from 'vue-i18n';
import {
  faultTarget,
  type FaultKind,
  type FaultSpec,
  type FaultView,
  type LinkEnd,
} from '../../engine/contract/faults.ts';
import { bytes } from '../model/units.ts';
import { useUnits } from './use-units.ts';

export function useFaultWords() {
  const { t } = useI18n();
  const units = useUnits();

  const kind = (of: FaultKind): string => t(`faultsView.kinds.${of}`);
  const act = (of: FaultKind): string => t(`faultsView.acts.${of}`);
  const hint = (of: FaultKind): string => t(`faultsView.hints.${of}`);
  const end = (of: LinkEnd): string => (typeof of === 'number' ? t('broker.name', { node: of }) : of);

  function target(spec: FaultSpec): string {
    const on = faultTarget(spec);
    if (on.on === 'broker') return end(on.node);
    if (on.on === 'client') return on.client;
    return `${end(on.from)} ${on.both ? '↔' : '→'} ${end(on.to)}`;
  }

  /** Empty for a kind without any. */
  function settings(spec: FaultSpec): string {
    switch (spec.kind) {
      case 'slow-disk': {
        const rate = spec.bytesPerSecond;
        const delay = spec.delayMs > 0 || rate === undefined ? [delayed(spec.delayMs)] : [];
        return [...delay, ...(rate === undefined ? [] : [perSecond(rate)])].join(', ');
      }
      case 'full-disk':
        return spec.freeBytes === 0 ? '' : t('faultsView.withRoom', { size: bytes(spec.freeBytes) });
      case 'skewed-clock': {
        const way = t(spec.skewMs < 0 ? 'faultsView.behind' : 'faultsView.ahead');
        return t('faultsView.withSkew', { time: units.duration(Math.abs(spec.skewMs)), way });
      }
      case 'delay-link': {
        const jitter = t('faultsView.withJitter', { time: units.duration(spec.jitterMs) });
        return spec.jitterMs === 0 ? delayed(spec.delayMs) : `${delayed(spec.delayMs)} ${jitter}`;
      }
      case 'limit-link':
        return perSecond(spec.bytesPerSecond);
      case 'slow-client':
        return t('faultsView.withProcessing', { time: units.duration(spec.processingMs) });
      default:
        return '';
    }
  }
  const delayed = (ms: number): string => t('faultsView.withDelay', { time: units.duration(ms) });
  const perSecond = (size: number): string => t('faultsView.withRate', { size: bytes(size) });

  /** `slow disk +50 ms`. */
  const short = (spec: FaultSpec): string => `${kind(spec.kind)} ${settings(spec)}`.trim();

  function outcome({ vanished, detail, overruledBy }: FaultView): string {
    if (vanished !== null) {
      return t('faultsView.vanished', { bytes: bytes(vanished.bytes), files: vanished.files });
    }
    return overruledBy === null ? detail : t('faultsView.waitsFor', { fault: overruledBy });
  }

  return { kind, act, hint, end, target, settings, short, outcome };
}
