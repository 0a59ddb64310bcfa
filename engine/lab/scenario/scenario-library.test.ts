import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ScenarioLibrary } from './scenario-library.ts';

let folder = '';
let library: ScenarioLibrary;
const scenario = (title: string): string => `version: 1\ntitle: ${title}\nsteps: [{ wait: 5s }]\n`;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'brokerlab-library-'));
  mkdirSync(join(folder, 'shipped'));
  writeFileSync(join(folder, 'shipped', 'one.yaml'), scenario('One'));
  writeFileSync(join(folder, 'shipped', 'README.md'), 'no scenario');
  library = new ScenarioLibrary({ shippedDir: join(folder, 'shipped'), savedDir: join(folder, 'own', 'scenarios') });
});
afterEach(() => rmSync(folder, { recursive: true }));

const told = () => library.all().map(({ name, title, shipped }) => `${name} ${title} ${shipped}`);

test('the shipped ones and one’s own are listed, saved and removed', () => {
  expect(told()).toEqual(['one One true']);
  library.save('two', scenario('Two'));
  expect(told()).toEqual(['one One true', 'two Two false']);
  expect([library.remove('one'), library.remove('two'), library.remove('two')]).toEqual([false, true, false]);
  expect(told()).toEqual(['one One true']);
});

test('one of one’s own stands for the shipped one of its name', () => {
  library.save('one', scenario('Mine'));
  expect(library.find('one')).toMatchObject({ shipped: false, text: scenario('Mine') });
  expect(told()).toEqual(['one Mine false']);
});

test('a file that cannot run is listed with what is wrong', () => {
  library.save('bad', 'version: 1\n');
  expect(library.all()[1]).toMatchObject({ name: 'bad', title: '', steps: 0, issues: [{ line: 1, column: 1 }] });
});

test('the verdict of the newest run is told until the file is gone', () => {
  library.setVerdict('one', 'broken');
  expect(library.all()[0]).toMatchObject({ lastVerdict: 'broken', durationMs: 5000 });
});
