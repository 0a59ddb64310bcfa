/** What somebody set for a lab and the lab remembers: `DIR/settings.json`, written whole. A file that is none counts as none. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { replaceFile } from '../lab-directory.ts';

const openedMax = 20;

const settingsFile = v.object({
  version: v.literal(1),
  /** The journal's limit; left out: the default. */
  journalBytes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  /** Exports that were opened here, newest last: absolute paths. */
  opened: v.optional(v.pipe(v.array(v.string()), v.maxLength(openedMax)), []),
});
type SettingsFile = v.InferOutput<typeof settingsFile>;

export class LabSettings {
  readonly #path: string;
  #content: SettingsFile;

  constructor(dataDir: string) {
    this.#path = join(dataDir, 'settings.json');
    this.#content = read(this.#path);
  }

  get journalBytes(): number | null {
    return this.#content.journalBytes ?? null;
  }

  get opened(): readonly string[] {
    return this.#content.opened;
  }

  /** @throws when the directory cannot be written. */
  setJournalBytes(bytes: number): void {
    this.#write({ ...this.#content, journalBytes: bytes });
  }

  addOpened(path: string): void {
    this.#write({
      ...this.#content,
      opened: [...this.#content.opened.filter((each) => each !== path), path].slice(-openedMax),
    });
  }

  removeOpened(path: string): void {
    if (this.#content.opened.includes(path)) {
      this.#write({ ...this.#content, opened: this.#content.opened.filter((each) => each !== path) });
    }
  }

  #write(content: SettingsFile): void {
    replaceFile(this.#path, `${JSON.stringify(content, null, 2)}\n`, 0o644);
    this.#content = content;
  }
}

function read(path: string): SettingsFile {
  const none: SettingsFile = { version: 1, opened: [] };
  try {
    const checked = v.safeParse(settingsFile, JSON.parse(readFileSync(path, 'utf8')));
    return checked.success ? checked.output : none;
  } catch {
    return none;
  }
}
