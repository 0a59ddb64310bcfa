/** The catalogues. English is in the first bundle, Korean is fetched with its fonts when it is chosen. */
import { createI18n } from 'vue-i18n';
import { loadKoreanFonts } from '../design/fonts.ts';
import { en } from './en.ts';

export type Language = 'en' | 'ko';
const languageKey = 'brokerlab.language';

export const i18n = createI18n({
  legacy: false,
  locale: 'en',
  fallbackLocale: 'en',
  messages: { en },
  // A line of telemetry may lack an argument that its sentence has a place for.
  missingWarn: false,
  fallbackWarn: false,
  warnHtmlMessage: false,
});

export function preferredLanguage(): Language {
  const kept = window.localStorage.getItem(languageKey);
  if (kept === 'en' || kept === 'ko') return kept;
  return window.navigator.language.startsWith('ko') ? 'ko' : 'en';
}

export async function setLanguage(language: Language): Promise<void> {
  if (language === 'ko') {
    const [{ ko }] = await Promise.all([import('./ko.ts'), loadKoreanFonts()]);
    i18n.global.setLocaleMessage('ko' as 'en', ko as typeof en);
  }
  i18n.global.locale.value = language as 'en';
  document.documentElement.lang = language;
  window.localStorage.setItem(languageKey, language);
}
