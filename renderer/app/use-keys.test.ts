// @vitest-environment happy-dom
import { mount, type VueWrapper } from '@vue/test-utils';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineComponent, h } from 'vue';
import { useKeys } from './use-keys.ts';

let done: string[] = [];
let view: VueWrapper | null = null;
const note = (name: string) => () => void done.push(name);

const Window = defineComponent({
  setup() {
    useKeys({
      palette: note('palette'),
      theme: note('theme'),
      projector: note('projector'),
      log: note('log'),
      inspector: note('inspector'),
      help: note('help'),
      leave: note('leave'),
      undo: note('undo'),
      live: note('live'),
      step: (direction) => done.push(direction),
      zoom: (direction) => done.push(`zoom ${direction}`),
      broker: (position) => done.push(`broker ${position}`),
      pauseTime: note('pause time'),
      stepTime: note('step time'),
      go: (name) => done.push(`go ${name}`),
    });
    return () => h('div', [h('input'), h('button', { onKeydown: (event: KeyboardEvent) => onButton(event) })]);
  },
});
let onButton: (event: KeyboardEvent) => void = () => {};

beforeEach(() => {
  done = [];
  onButton = () => {};
  view = mount(Window, { attachTo: document.body });
});
afterEach(() => {
  view?.unmount();
  document.body.innerHTML = '';
});

function press(code: string, more: KeyboardEventInit = {}, target: EventTarget = document.body): void {
  const key = code.replace(/^Key/, '').toLowerCase();
  target.dispatchEvent(new KeyboardEvent('keydown', { code, key, bubbles: true, cancelable: true, ...more }));
}

describe('keys', () => {
  it('act by their place on the keyboard, also when it writes Korean', () => {
    press('KeyE', { key: 'ㄷ' });
    press('KeyL', { key: 'ㅣ' });
    press('BracketLeft', { key: '[' });
    press('Digit0', { key: '0' });
    press('Equal', { key: '+', shiftKey: true });
    press('KeyD', { key: 'D', shiftKey: true });
    press('KeyZ', { ctrlKey: true });
    expect(done).toEqual(['log', 'live', 'previous', 'broker 10', 'zoom -1', 'theme', 'undo']);
  });

  it("Space and . are lab time, and Space is a button's own where one has the focus", () => {
    press('Space', { key: ' ' });
    press('Period', { key: '.' });
    press('Space', { key: ' ' }, document.querySelector('button')!);
    expect(done).toEqual(['pause time', 'step time']);
  });

  it('G leads to a view by the next letter, whatever that means to what has the focus', () => {
    const button = document.querySelector('button')!;
    onButton = () => done.push('button');
    press('KeyG', {}, button);
    press('KeyT', {}, button);
    press('KeyG');
    press('KeyC');
    press('KeyT');
    expect(done).toEqual(['button', 'go topics', 'go cluster']);
  });

  it('G and another letter are only that letter', () => {
    press('KeyG');
    press('KeyE');
    press('KeyC');
    expect(done).toEqual(['log']);
  });

  it('are letters to somebody who types, but for the palette', () => {
    const input = document.querySelector('input')!;
    press('KeyE', {}, input);
    press('KeyG', {}, input);
    press('KeyC', {}, input);
    press('KeyK', { ctrlKey: true }, input);
    expect(done).toEqual(['palette']);
  });

  it('rest while a dialog is open', () => {
    document.body.insertAdjacentHTML('beforeend', '<dialog aria-modal="true"></dialog>');
    press('KeyE');
    press('KeyK', { ctrlKey: true });
    expect(done).toEqual([]);
  });
});
