/** `templates.json` in the lab's directory: templates that people kept, by name. Written whole, by replacement. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { recordTemplate, type SavedTemplate } from '../../contract/produce.ts';
import { replaceFile } from '../lab-directory.ts';

export const templatesFileName = 'templates.json';
/** More are refused. */
export const templatesMax = 100;

const templatesFile = v.object({
  version: v.literal(1),
  templates: v.array(v.object({ name: v.string(), template: recordTemplate })),
});

/** Throws an Error that names the file when it is damaged. */
export function readTemplates(directory: string): readonly SavedTemplate[] {
  const path = join(directory, templatesFileName);
  if (!existsSync(path)) return [];
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`${path} is no JSON (${(error as Error).message})`, { cause: error });
  }
  const checked = v.safeParse(templatesFile, parsed);
  if (checked.success) return checked.output.templates;
  const [issue] = checked.issues;
  throw new Error(`${path}: ${v.getDotPath(issue) ?? 'it'}: ${issue.message}`);
}

export function writeTemplates(directory: string, templates: readonly SavedTemplate[]): void {
  replaceFile(join(directory, templatesFileName), `${JSON.stringify({ version: 1, templates }, null, 2)}\n`, 0o644);
}
