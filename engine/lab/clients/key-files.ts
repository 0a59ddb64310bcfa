/**
 * Files that lab producers take their keys from: the text as it was given, once for each different one, as
 * `key-files/<id>.txt` in the lab's directory. The id is made of the text, so that settings that name it never go stale.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32c } from '../../base/crc32c.ts';
import { utf8 } from '../../base/text.ts';
import type { KeyFileView } from '../../contract/clients.ts';
import type { CommandError } from '../../contract/commands.ts';
import type { FileFormat } from '../../contract/produce.ts';
import { parseRows } from '../../contract/templates/index.ts';
import { replaceFile } from '../lab-directory.ts';

export const keyFilesFolder = 'key-files';

export interface GivenFile {
  readonly name: string;
  readonly format: FileFormat;
  readonly text: string;
}

/** What settings tell of a file; an error names its first line that cannot be read. */
export function keyFileOf({ name, format, text }: GivenFile): KeyFileView | CommandError {
  const { rows, problems } = parseRows(text, format);
  const [problem] = problems;
  const refuse = (hint: string): CommandError => ({ code: 'invalid', thing: 'keyFile', value: name, hint });
  if (problem !== undefined) return refuse(`Line ${problem.line} ${problem.reason}.`);
  if (rows.length === 0) return refuse('It has no line with a record.');
  const bytes = utf8(text);
  const id = `${crc32c(bytes).toString(16).padStart(8, '0')}-${bytes.length}`;
  return { name, format, records: rows.length, id };
}

export function keepKeyFile(directory: string, { id }: KeyFileView, text: string): void {
  const folder = join(directory, keyFilesFolder);
  mkdirSync(folder, { recursive: true });
  replaceFile(join(folder, `${id}.txt`), text, 0o644);
}

/** Null when it is not there: the producer says so when it starts. */
export function readKeyFile(directory: string, file: KeyFileView | null): string | null {
  if (file === null) return null;
  try {
    return readFileSync(join(directory, keyFilesFolder, `${file.id}.txt`), 'utf8');
  } catch {
    return null;
  }
}
