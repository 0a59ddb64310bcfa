// @vitest-environment happy-dom
import * as v from 'valibot';
import { beforeEach, describe, expect, it } from 'vitest';
import { watchEffect } from 'vue';
import { readKept, useKept, writeKept } from './session.ts';

beforeEach(() => {
  window.sessionStorage.clear();
  window.localStorage.clear();
});
const spans = v.picklist(['1m', '5m']);

describe('what is kept of a window', () => {
  it('survives a reload of the tab, and a closed window for the next one', () => {
    useKept('span', spans, '1m').value = '5m';
    expect(useKept('span', spans, '1m').value).toBe('5m');
    window.sessionStorage.clear();
    expect(useKept('span', spans, '1m').value).toBe('5m');
  });

  it('is a tab’s own while another window changes its mind', () => {
    writeKept('span', '5m');
    window.localStorage.setItem('brokerlab.session.1', JSON.stringify({ span: '1m' }));
    expect(readKept('span', spans)).toBe('5m');
  });

  it.each(['{"span":"7m"}', '{"span":5}', '[]', '"x"', '{', ''])('is as none where somebody else wrote %s', (text) => {
    window.localStorage.setItem('brokerlab.session.1', text);
    expect(useKept('span', spans, '1m').value).toBe('1m');
  });

  it('tells who looks at it', () => {
    const log = useKept('log', v.boolean(), true);
    const seen: boolean[] = [];
    watchEffect(() => seen.push(log.value), { flush: 'sync' });
    log.value = false;
    expect(seen).toEqual([true, false]);
  });
});
