import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readTemplates, writeTemplates } from './templates-file.ts';

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'brokerlab-templates-'))));
afterEach(() => rmSync(directory, { recursive: true }));

describe('templates.json', () => {
  it('gives back what was kept, and nothing in a new lab', () => {
    expect(readTemplates(directory)).toEqual([]);
    const kept = [
      { name: 'order', template: { key: '{{int 1 9}}', value: null, headers: [{ key: 'h', value: 'x' }] } },
    ];
    writeTemplates(directory, kept);
    expect(readTemplates(directory)).toEqual(kept);
  });

  it.each([
    ['{', 'is no JSON'],
    ['{"version":1,"templates":[{"name":"a"}]}', 'templates.0.template'],
  ])('%s is refused with its path', (text, reason) => {
    writeFileSync(join(directory, 'templates.json'), text);
    expect(() => readTemplates(directory)).toThrow(reason);
    expect(() => readTemplates(directory)).toThrow(directory);
  });
});
