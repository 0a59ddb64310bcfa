/**
 * Theme, projector mode and how much moves: attributes of the page. Theme and motion are kept between visits; a page that
 * says nothing of motion follows the reader's system.
 */
import { computed, readonly, shallowRef } from 'vue';

export type Theme = 'light' | 'dark';
export type Motion = 'system' | 'less';
const themeKey = 'brokerlab.theme';
const motionKey = 'brokerlab.motion';

const theme = shallowRef<Theme>('light');
const projector = shallowRef(false);
const motion = shallowRef<Motion>('system');
const systemWantsLess = window.matchMedia('(prefers-reduced-motion: reduce)');
const systemLess = shallowRef(systemWantsLess.matches);
systemWantsLess.addEventListener('change', () => (systemLess.value = systemWantsLess.matches));
const lessMotion = computed(() => motion.value === 'less' || systemLess.value);

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
  showMotion(window.localStorage.getItem(motionKey) === 'less' ? 'less' : 'system');
}

function setTheme(next: Theme): void {
  window.localStorage.setItem(themeKey, next);
  showTheme(next);
}

function toggleTheme(): void {
  setTheme(theme.value === 'light' ? 'dark' : 'light');
}

function showMotion(next: Motion): void {
  motion.value = next;
  if (next === 'less') document.documentElement.dataset['motion'] = 'less';
  else delete document.documentElement.dataset['motion'];
}

function setMotion(next: Motion): void {
  window.localStorage.setItem(motionKey, next);
  showMotion(next);
}

/** Nothing travels or fades: the reader's system or the settings say so. */
export function hasLessMotion(): boolean {
  return lessMotion.value;
}

function toggleProjector(): void {
  projector.value = !projector.value;
  if (projector.value) document.documentElement.dataset['mode'] = 'projector';
  else delete document.documentElement.dataset['mode'];
}

export function useLook() {
  return {
    theme: readonly(theme),
    projector: readonly(projector),
    motion: readonly(motion),
    lessMotion,
    setTheme,
    toggleTheme,
    toggleProjector,
    setMotion,
  };
}
