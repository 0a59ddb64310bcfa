import { describe, expect, it } from 'vitest';
import { randomAnswer, recordedAnswer, recordedAnswers } from './diagram.testkit.ts';
import { spaceTimeSvg } from './svg.ts';

/** Every element is closed in the order in which it was opened; texts hold no bare sign of markup. */
function isWellFormed(svg: string): boolean {
  const open: string[] = [];
  for (const [, end, name, rest] of svg.matchAll(/<(\/?)([a-zA-Z]+)([^<>]*)>/g)) {
    if (end === '/') {
      if (open.pop() !== name) return false;
    } else if (!rest!.endsWith('/')) open.push(name!);
  }
  const texts = svg.replaceAll(/<[^<>]*>/g, '');
  return open.length === 0 && !/[<>]|&(?!amp;|lt;|gt;|quot;)/.test(texts);
}

describe('an exported picture', () => {
  it.each([...recordedAnswers(), ...Array.from({ length: 20 }, (_, seed) => randomAnswer(seed))])(
    'is well-formed and has a value everywhere (%#)',
    (answer) => {
      for (const theme of ['light', 'dark'] as const) {
        const svg = spaceTimeSvg(answer, { theme, title: 'a < b & "c"' });
        expect(isWellFormed(svg)).toBe(true);
        expect(svg).not.toMatch(/NaN|undefined|Infinity|="null/);
      }
    },
  );

  it('is read on its own: texts as text, colours and sizes inside, nothing to load or run', () => {
    const svg = spaceTimeSvg(recordedAnswer('record'), { theme: 'light', title: 'orders-0' });
    for (const text of ['orders-0', 'broker 1', 'Produce v13', 'committed', 'replicated']) expect(svg).toContain(text);
    expect(svg).not.toMatch(/var\(|<script|href|url\(|class=/);
  });

  it('differs between light and dark in its colours alone', () => {
    const answer = recordedAnswer('rebalance');
    const [light, dark] = (['light', 'dark'] as const).map((theme) => spaceTimeSvg(answer, { theme }));
    expect(light).not.toBe(dark);
    const withoutColours = (svg: string): string => svg.replaceAll(/#[0-9a-f]{6}/g, '#');
    expect(withoutColours(light!)).toBe(withoutColours(dark!));
  });
});
