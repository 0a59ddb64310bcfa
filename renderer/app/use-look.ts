/** Theme and projector mode: attributes of the page, kept between visits. */
import { readonly, shallowRef } from 'vue';

export type Theme = 'light' | 'dark';
const themeKey = 'brokerlab.theme';

const theme = shallowRef<Theme>('light');
const projector = shallowRef(false);

function preferredTheme(): Theme {
  const kept = window.localStorage.getItem(themeKey);
  if (kept === 'light' || kept === 'dark') return kept;
  return window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

function showTheme(next: Theme): void {
  theme.value = next;
  document.documentElement.dataset['theme'] = next;
}

/** Before the first paint. */
export function applyPreferredLook(): void {
  showTheme(preferredTheme());
}

function toggleTheme(): void {
  const next = theme.value === 'light' ? 'dark' : 'light';
  window.localStorage.setItem(themeKey, next);
  showTheme(next);
}

function toggleProjector(): void {
  projector.value = !projector.value;
  if (projector.value) document.documentElement.dataset['mode'] = 'projector';
  else delete document.documentElement.dataset['mode'];
}

export function useLook() {
  return { theme: readonly(theme), projector: readonly(projector), toggleTheme, toggleProjector };
}
