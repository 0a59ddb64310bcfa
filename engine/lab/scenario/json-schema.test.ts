import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { scenarioJsonSchema } from './json-schema.ts';
import { parseScenario } from './parse-scenario.ts';

const folder = fileURLToPath(new URL('../../../scenarios', import.meta.url));
const shipped = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

describe('the shipped scenarios', () => {
  test('the published schema is the one that files are read by (update it with vitest -u)', async () => {
    await expect(scenarioJsonSchema()).toMatchFileSnapshot(`${folder}/scenario.schema.json`);
  });

  test.each(shipped)('%s reads without an issue and tells editors its schema', (name) => {
    const text = readFileSync(`${folder}/${name}`, 'utf8');
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=./scenario.schema.json');
    expect(parseScenario(text)).toMatchObject({ ok: true });
  });

  test.each(shipped)('%s is named in the document of scenarios', (name) => {
    const document = readFileSync(fileURLToPath(new URL('../../../docs/scenarios.md', import.meta.url)), 'utf8');
    expect(document).toContain(`scenarios/${name}`);
  });
});
