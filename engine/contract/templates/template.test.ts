import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../env/sim/seeded-random.ts';
import { parseTemplate, renderTemplate, TemplateError, templateProblem } from './template.ts';

const rendered = (text: string, seed = 1, number = 1): string =>
  renderTemplate(parseTemplate(text), {
    number,
    key: 'cust-7',
    nowMs: 1_767_323_045_006,
    isoTime: () => '2026-01-02T03:04:05.006Z',
    random: new SeededRandom(seed),
  });

describe('a template', () => {
  it('fills places and leaves everything else alone, single braces too', () => {
    expect(rendered('{"id":{{number}},"who":"{{ key }}","at":"{{now}}","ms":{{now ms}}}', 1, 42)).toBe(
      '{"id":42,"who":"cust-7","at":"2026-01-02T03:04:05.006Z","ms":1767323045006}',
    );
  });

  it('keeps the bounds of what is drawn', () => {
    for (let seed = 0; seed < 50; seed++) {
      const [whole, decimal, picked, hex, text, flag] = rendered(
        '{{int -2 2}}|{{decimal 1 2 3}}|{{pick a "b c"}}|{{hex 4}}|{{random 6}}|{{bool}}',
        seed,
      ).split('|');
      expect(['-2', '-1', '0', '1', '2']).toContain(whole);
      expect(decimal).toMatch(/^[12]\.\d{3}$/);
      expect(['a', 'b c']).toContain(picked);
      expect(hex).toMatch(/^[0-9a-f]{4}$/);
      expect(text).toMatch(/^[a-z0-9]{6}$/);
      expect(['true', 'false']).toContain(flag);
    }
  });

  it('gives the same text for the same seed, another one for another', () => {
    const text = '{{uuid}} {{random 20}} {{int 1 1000000}}';
    expect(rendered(text, 5)).toBe(rendered(text, 5));
    expect(rendered(text, 5)).not.toBe(rendered(text, 6));
    expect(rendered('{{uuid}}', 5)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('repeats a text, and writes braces from quotes', () => {
    expect(rendered('{{repeat 5 ab}} {{"{{"}}x}}')).toBe('ababa {{x}}');
  });

  it.each([
    ['a {{int 1}}', 1, 5, '"int" is written {{int 1 100}}'],
    ['one\n  {{nope}}', 2, 5, '"nope" is unknown'],
    ['{{int 5 1}}', 1, 9, 'it ends below its beginning, 5'],
    ['{{int x 1}}', 1, 7, '"x" is no number'],
    ['{{random 1.5}}', 1, 10, 'is no whole number'],
    ['x {{number', 1, 3, 'these braces are not closed'],
    ['{{pick "a }}', 1, 8, 'this quote is not closed'],
    ['{{}}', 1, 1, 'a place is empty'],
    ['{{now s}}', 1, 7, '"s" is unknown; there is ms'],
  ])('says of %j that line %i, column %i is wrong', (text, line, column, reason) => {
    const problem = templateProblem(text);
    expect(problem).toBeInstanceOf(TemplateError);
    expect(problem).toMatchObject({ line, column });
    expect(problem?.message).toContain(reason);
  });
});
