/** The scenarios that there are: those shipped with the lab, and the user's own in `DIR/scenarios`, a file `<name>.yaml` each. */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ScenarioIssue, ScenarioSummary } from '../../contract/scenarios.ts';
import type { Verdict } from '../../contract/verdicts.ts';
import { replaceFile } from '../lab-directory.ts';
import { parseScenario, type ParsedScenario } from './parse-scenario.ts';

export interface ScenarioFolders {
  /** Null where none are shipped. */
  readonly shippedDir: string | null;
  /** Made when something is saved. */
  readonly savedDir: string;
}

export interface StoredScenario {
  readonly name: string;
  readonly text: string;
  readonly shipped: boolean;
}

const fileName = /^([a-z0-9][a-z0-9._-]{0,63})\.yaml$/;

export class ScenarioLibrary {
  readonly #folders: ScenarioFolders;
  readonly #parsed = new Map<string, { readonly text: string; readonly parsed: ParsedScenario }>();
  readonly #verdicts = new Map<string, Verdict>();

  constructor(folders: ScenarioFolders) {
    this.#folders = folders;
  }

  /** Of the newest run here. */
  setVerdict(name: string, verdict: Verdict): void {
    this.#verdicts.set(name, verdict);
  }

  /** Shipped ones first, each in the order of their names; without those that one of the user's own stands for. */
  all(): readonly ScenarioSummary[] {
    const { shippedDir, savedDir } = this.#folders;
    const saved = this.#read(savedDir, false);
    const shipped = shippedDir === null ? [] : this.#read(shippedDir, true);
    const seen = shipped.filter(({ name }) => saved.every((each) => each.name !== name));
    return [...seen, ...saved].map((each) => this.summary(each));
  }

  /** One's own hides a shipped one of the same name. */
  find(name: string): StoredScenario | null {
    const { shippedDir, savedDir } = this.#folders;
    const saved = readText(join(savedDir, `${name}.yaml`));
    if (saved !== null) return { name, text: saved, shipped: false };
    const shipped = shippedDir === null ? null : readText(join(shippedDir, `${name}.yaml`));
    return shipped === null ? null : { name, text: shipped, shipped: true };
  }

  save(name: string, text: string): void {
    mkdirSync(this.#folders.savedDir, { recursive: true });
    replaceFile(join(this.#folders.savedDir, `${name}.yaml`), text, 0o644);
  }

  /** False when it is not one of the user's own. */
  remove(name: string): boolean {
    const path = join(this.#folders.savedDir, `${name}.yaml`);
    if (readText(path) === null) return false;
    rmSync(path);
    this.#verdicts.delete(name);
    return true;
  }

  summary({ name, text, shipped }: StoredScenario): ScenarioSummary {
    return { ...summaryOf(this.#parse(name, text)), name, shipped, lastVerdict: this.#verdicts.get(name) ?? null };
  }

  /** A text is read once for as long as it stays the same. */
  #parse(name: string, text: string): ParsedScenario {
    const known = this.#parsed.get(name);
    if (known?.text === text) return known.parsed;
    const parsed = parseScenario(text);
    this.#parsed.set(name, { text, parsed });
    return parsed;
  }

  #read(folder: string, shipped: boolean): readonly StoredScenario[] {
    let names: readonly string[];
    try {
      names = readdirSync(folder).sort();
    } catch {
      return [];
    }
    return names.flatMap((each) => {
      const name = fileName.exec(each)?.[1];
      const text = name === undefined ? null : readText(join(folder, each));
      return name === undefined || text === null ? [] : [{ name, text, shipped }];
    });
  }
}

export function summaryOf(parsed: ParsedScenario): ScenarioSummary {
  const nothing = { name: '', shipped: false, lastVerdict: null };
  if (!parsed.ok) {
    const { issues } = parsed;
    return { ...nothing, title: '', description: '', durationMs: null, steps: 0, expectations: 0, issues };
  }
  const { title, description, steps, expectations, waitsMs } = parsed.scenario;
  const issues: readonly ScenarioIssue[] = [];
  const conditions = steps.some(({ action }) => action.kind === 'when');
  return {
    ...nothing,
    title,
    description,
    durationMs: conditions ? null : waitsMs,
    steps: steps.length,
    expectations: expectations.length,
    issues,
  };
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
