import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
  (name) => /\.(vue|ts|css)$/.test(name) && !name.endsWith('.test.ts'),
);
const tokens = readFileSync(join(root, 'design/tokens.css'), 'utf8');

/** Relative luminance of `#rrggbb` by WCAG 2. */
function luminance(hex: string): number {
  const channels = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
  const [r = 0, g = 0, b = 0] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}
function theme(selector: string): ReadonlyMap<string, string> {
  const block = tokens.slice(tokens.indexOf(selector)).split('}')[0] ?? '';
  return new Map([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map((match) => [match[1]!, match[2]!]));
}

describe('the design tokens', () => {
  it('are the only place with a colour', () => {
    const coloured = files.filter(
      (name) => name !== join('design', 'tokens.css') && /#[0-9a-fA-F]{3,8}\b(?!\w)/.test(withoutCode(name)),
    );
    expect(coloured).toEqual([]);
  });

  it('are all there where they are used', () => {
    const defined = new Set([...tokens.matchAll(/--([\w-]+):/g)].map((match) => match[1]));
    // A component's own: set in its style or bound to its element.
    const local = new Set(
      files.flatMap((name) =>
        [...readFileSync(join(root, name), 'utf8').matchAll(/(?:^\s*|')--([\w-]+)'?:/gm)].map((match) => match[1]!),
      ),
    );
    const used = files.flatMap((name) =>
      [...readFileSync(join(root, name), 'utf8').matchAll(/var\(--([\w-]+)\)/g)].map((match) => match[1]!),
    );
    expect([...new Set(used)].filter((name) => !defined.has(name) && !local.has(name))).toEqual([]);
  });

  it.each([
    ['light', "[data-theme='light'] {"],
    ['dark', "[data-theme='dark'] {"],
  ])('have enough contrast for text in the %s theme', (_name, selector) => {
    const colours = theme(selector);
    const weak: string[] = [];
    for (const text of ['ink', 'ink-2', 'ink-3', 'accent', 'in-sync', 'catching-up', 'out-of-sync', 'dead', 'fault']) {
      for (const ground of ['bg-window', 'bg-panel', 'bg-cell', `${text}-bg`]) {
        const [a, b] = [colours.get(text), colours.get(ground)];
        if (a !== undefined && b !== undefined && contrast(a, b) < 4.5) weak.push(`${text} on ${ground}`);
      }
    }
    expect(colours.size).toBeGreaterThan(30);
    expect(weak).toEqual([]);
  });
});

/** Private fields and addresses have a hash, too. */
function withoutCode(name: string): string {
  return readFileSync(join(root, name), 'utf8').replaceAll(/(this\.#\w+|\{#|'#\/?'|`#|#token|\/#)/g, '');
}
