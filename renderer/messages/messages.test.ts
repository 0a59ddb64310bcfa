import { baseCompile } from '@intlify/message-compiler';
import { describe, expect, it } from 'vitest';
import { commandNames } from '../../engine/contract/commands.ts';
import { startStepNames } from '../../engine/contract/snapshot.ts';
import { en } from './en.ts';
import { ko } from './ko.ts';

interface Tree {
  readonly [key: string]: string | Tree;
}
function flat(tree: Tree, path = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') found.set(path + key, value);
    else for (const [inner, text] of flat(value, `${path}${key}.`)) found.set(inner, text);
  }
  return found;
}
const arguments_ = (text: string): readonly string[] => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();
const english = flat(en);
const korean = flat(ko);

describe('the catalogues', () => {
  it('have the same keys', () => {
    expect([...korean.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it('take the same arguments', () => {
    const differing = [...english].filter(
      ([key, text]) => String(arguments_(text)) !== String(arguments_(korean.get(key) ?? '')),
    );
    expect(differing).toEqual([]);
  });

  it('are sentences that compile', () => {
    const errors: string[] = [];
    for (const [key, text] of [...english, ...korean]) {
      baseCompile(text, { onError: (error) => errors.push(`${key}: ${error.message}`) });
    }
    expect(errors).toEqual([]);
  });

  it('name every command and every step of a start', () => {
    expect(Object.keys(en.command).sort()).toEqual([...commandNames].sort());
    expect(Object.keys(en.start.steps)).toEqual([...startStepNames]);
  });
});
