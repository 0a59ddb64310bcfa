/** Keys that work everywhere, unless somebody is typing or a dialog is open. */
import { onBeforeUnmount, onMounted } from 'vue';

export interface GlobalKeys {
  readonly theme: () => void;
  readonly projector: () => void;
  readonly log: () => void;
  readonly inspector: () => void;
  readonly help: () => void;
  readonly leave: () => void;
  readonly undo: () => void;
  readonly broker: (position: number) => void;
}

export function useKeys(keys: GlobalKeys): void {
  function onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || isTyping(event.target) || document.querySelector('[aria-modal="true"]') !== null)
      return;
    const act = actionOf(event, keys);
    if (act === null) return;
    event.preventDefault();
    act();
  }
  onMounted(() => window.addEventListener('keydown', onKey));
  onBeforeUnmount(() => window.removeEventListener('keydown', onKey));
}

function actionOf(event: KeyboardEvent, keys: GlobalKeys): (() => void) | null {
  const { key, code } = event;
  if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) return code === 'KeyZ' ? keys.undo : null;
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (key === '?') return keys.help;
  if (event.shiftKey) return { KeyD: keys.theme, KeyP: keys.projector }[code] ?? null;
  const digit = /^Digit([0-9])$/.exec(code)?.[1];
  if (digit !== undefined) return () => keys.broker(digit === '0' ? 10 : Number(digit));
  // By position, so that they work with a Korean keyboard too.
  return { KeyE: keys.log, KeyI: keys.inspector, Escape: keys.leave }[code] ?? null;
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName);
}
