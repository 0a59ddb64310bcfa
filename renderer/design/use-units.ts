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
    /** Of a span that was chosen, in its largest unit that leaves no rest: `30 s`, `5 m`, `1 h`. */
    length: (ms: number) => {
      const whole = Math.round(ms / 1000);
      const { s, m, h, gap } = words();
      if (whole % 3600 === 0) return `${whole / 3600}${gap}${h}`;
      return whole % 60 === 0 ? `${whole / 60}${gap}${m}` : `${whole}${gap}${s}`;
    },
    seconds: (ms: number) => seconds(ms, words()),
  };
}
