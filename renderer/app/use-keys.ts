/** Keys that work everywhere, unless somebody is typing or a dialog is open. */
import { onBeforeUnmount, onMounted } from 'vue';
import type { ViewName } from './views.ts';

export interface GlobalKeys {
  readonly palette: () => void;
  readonly theme: () => void;
  readonly projector: () => void;
  readonly log: () => void;
  readonly inspector: () => void;
  readonly help: () => void;
  readonly leave: () => void;
  readonly undo: () => void;
  readonly live: () => void;
  readonly step: (direction: 'previous' | 'next') => void;
  readonly zoom: (direction: -1 | 1) => void;
  readonly broker: (position: number) => void;
  readonly pauseTime: () => void;
  readonly stepTime: () => void;
  /** `G` and then the view's letter. */
  readonly go: (view: ViewName) => void;
}

/** `G` and then the key, by its place on the keyboard. */
const viewKeys: Readonly<Record<string, ViewName>> = {
  KeyC: 'cluster',
  KeyT: 'topics',
  KeyG: 'groups',
  KeyR: 'records',
  KeyS: 'segments',
  KeyQ: 'quorum',
  KeyL: 'ledger',
  KeyN: 'scenarios',
};

/** The second key of a pair has to come within this. */
const pairMs = 1_500;

export function useKeys(keys: GlobalKeys): void {
  let goUntilMs = 0;

  function onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || document.querySelector('[aria-modal="true"]') !== null) return;
    // Somebody who types gets the letters; the palette is no letter.
    if (isTyping(event.target) && !(event.code === 'KeyK' && (event.ctrlKey || event.metaKey))) return;
    const going = event.timeStamp < goUntilMs;
    const bare = !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey;
    if (bare && event.code === 'KeyG' && !going) {
      goUntilMs = event.timeStamp + pairMs;
      return;
    }
    const act = (going && bare ? viewOf(event, keys) : null) ?? actionOf(event, keys);
    // A modifier alone is on its way to a pair of its own.
    if (!['Shift', 'Control', 'Alt', 'Meta'].includes(event.key)) goUntilMs = 0;
    if (act === null) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }
  // Captured: `G C` is a place also where C or G alone would mean something to what has the focus.
  const captured = (event: KeyboardEvent): void => {
    if (event.timeStamp < goUntilMs) onKey(event);
  };
  onMounted(() => {
    window.addEventListener('keydown', captured, { capture: true });
    window.addEventListener('keydown', onKey);
  });
  onBeforeUnmount(() => {
    window.removeEventListener('keydown', captured, { capture: true });
    window.removeEventListener('keydown', onKey);
  });
}

function viewOf({ code }: KeyboardEvent, keys: GlobalKeys): (() => void) | null {
  const view = viewKeys[code];
  return view === undefined ? null : () => keys.go(view);
}

function actionOf(event: KeyboardEvent, keys: GlobalKeys): (() => void) | null {
  const { key, code } = event;
  if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) {
    return { KeyZ: keys.undo, KeyK: keys.palette }[code] ?? null;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (key === '?') return keys.help;
  if (key === '+' || code === 'NumpadAdd' || (code === 'Equal' && !event.shiftKey)) return () => keys.zoom(-1);
  if (event.shiftKey) return { KeyD: keys.theme, KeyP: keys.projector }[code] ?? null;
  // A button takes the space bar for itself.
  if (code === 'Space') return isPressable(event.target) ? null : keys.pauseTime;
  const digit = /^Digit([0-9])$/.exec(code)?.[1];
  if (digit !== undefined) return () => keys.broker(digit === '0' ? 10 : Number(digit));
  // By position, so that they work with a Korean keyboard too.
  return (
    {
      KeyE: keys.log,
      KeyI: keys.inspector,
      KeyL: keys.live,
      Period: keys.stepTime,
      Escape: keys.leave,
      Minus: () => keys.zoom(1),
      NumpadSubtract: () => keys.zoom(1),
      BracketLeft: () => keys.step('previous'),
      BracketRight: () => keys.step('next'),
    }[code] ?? null
  );
}

const pressable =
  'button, a[href], input, summary, [role="button"], [role="radio"], [role="switch"], [role="checkbox"], [role="tab"], [role^="menuitem"], [role="option"], [role="slider"]';

/** The chosen one of several has nothing to do with a space bar. */
function isPressable(target: EventTarget | null): boolean {
  const pressed = target instanceof Element ? target.closest(pressable) : null;
  return pressed !== null && !pressed.matches('[role="radio"][aria-checked="true"]');
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'button', 'range'].includes(target.type);
  return target.isContentEditable || ['TEXTAREA', 'SELECT'].includes(target.tagName);
}
