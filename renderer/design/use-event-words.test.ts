// @vitest-environment happy-dom
import { mount } from '@vue/test-utils';
import { afterEach, describe, expect, it } from 'vitest';
import { defineComponent, h } from 'vue';
import type { LabEvent } from '../../engine/contract/events.ts';
import { eventOf } from '../../engine/contract/snapshot.testkit.ts';
import { i18n, setLanguage } from '../messages/index.ts';
import { useEventWords } from './use-event-words.ts';

afterEach(() => setLanguage('en'));

/** In the log, and as a flag. */
function told(event: LabEvent): readonly string[] {
  let texts: readonly string[] = [];
  const reader = defineComponent({
    setup() {
      const words = useEventWords();
      texts = [words.what(event), words.flag(event)];
      return () => h('i');
    },
  });
  mount(reader, { global: { plugins: [i18n] } }).unmount();
  return texts;
}
const fault = (args: LabEvent['args'], now: string): LabEvent =>
  eventOf(1, { kind: 'fault', args, change: { of: 'state', was: 'armed', now } });

describe('the words of a fault', () => {
  const slow = { fault: 3, kind: 'slow-disk', target: 'broker 2', node: 2, settings: '--delay 50ms', detail: '' };

  it('name its kind, state, target and settings', () => {
    expect(told(fault(slow, 'active'))).toEqual(['slow disk active, broker 2: --delay 50ms', 'slow disk: broker 2']);
    const cut = { fault: 4, kind: 'cut-link', target: '1 <-> billing-1', settings: '', detail: '' };
    expect(told(fault(cut, 'lifted'))).toEqual(['link cut lifted, 1 ↔ billing-1', 'link cut: 1 ↔ billing-1']);
  });

  it('tell what a power loss took', () => {
    const lost = {
      fault: 5,
      kind: 'power-loss',
      target: 'broker 3',
      node: 3,
      settings: '',
      detail: '4096 bytes vanished from 3 files',
      bytes: 4096,
      files: 3,
    };
    expect(told(fault(lost, 'active'))[0]).toBe('power loss active, broker 3: 4.1 KB of 3 files vanished');
  });

  it('are in the reader’s language', async () => {
    await setLanguage('ko');
    expect(told(fault(slow, 'active'))[0]).toBe('느린 디스크 활성, 브로커 2: --delay 50ms');
  });
});
