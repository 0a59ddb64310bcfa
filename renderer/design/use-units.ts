/** Lengths of time in the reader's language. */
import { useI18n } from 'vue-i18n';
import { duration, seconds, type UnitWords } from '../model/units.ts';

export function useUnits() {
  const { t } = useI18n();
  const words = (): UnitWords => ({
    ms: t('unit.ms'),
    s: t('unit.s'),
    m: t('unit.m'),
    h: t('unit.h'),
    gap: t('unit.gap'),
  });
  return {
    duration: (ms: number) => duration(ms, words()),
    seconds: (ms: number) => seconds(ms, words()),
  };
}
