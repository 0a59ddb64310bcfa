/**
 * The runs that a lab knows: starts in its own journal, scenario runs below `DIR/runs`, exports below `DIR/exports` and
 * those that were opened from elsewhere. Read from disk whenever it is asked; what cannot be read is left out.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { liveRun, type RunSummary } from '../../contract/runs.ts';
import { parseRunFile, readRunFile } from '../runs/open-run.ts';
import { readCard } from '../runs/run-card.ts';
import type { RunFile } from '../runs/run-file.ts';
import { readStarts } from '../runs/run-starts.ts';
import { ZipReader } from '../runs/zip-reader.ts';

const runFileBytesMax = 16 * 1024 * 1024;

export interface RunListWorld {
  readonly dataDir: string;
  /** Exports that were opened from elsewhere. */
  readonly opened: readonly string[];
  /** Id of the run that the window shows. */
  readonly shown: string;
  /** The start that goes on; null while the lab's own is closed. */
  readonly liveStart: number | null;
  /** The scenario run that goes on. */
  readonly liveScenario: string | null;
}

export function startId(start: number): string {
  return `start-${start}`;
}

/** The same for the same path. */
export function exportId(path: string): string {
  return `export-${createHash('sha256').update(path).digest('hex').slice(0, 12)}`;
}

/** Newest first. */
export function listRuns(world: RunListWorld): RunSummary[] {
  const found = [...startsIn(world), ...scenarioRunsIn(world), ...exportsIn(world)];
  return found.sort((a, b) => b.startedMs - a.startedMs);
}

function startsIn({ dataDir, shown, liveStart }: RunListWorld): RunSummary[] {
  const path = join(dataDir, 'journal.db');
  return safely(() => readStarts(path), []).map(({ id, startedMs, lastMs, events }) => ({
    id: startId(id),
    kind: 'lab',
    title: '',
    path: dataDir,
    startedMs,
    endedMs: id === liveStart ? null : lastMs,
    events,
    sizeBytes: null,
    verdict: null,
    open: shown === startId(id) || (shown === liveRun.run && id === liveStart),
    removable: false,
  }));
}

function scenarioRunsIn({ dataDir, shown, liveScenario }: RunListWorld): RunSummary[] {
  const folder = join(dataDir, 'runs');
  return namesIn(folder).flatMap((id) => {
    const directory = join(folder, id);
    const card = readCard(directory);
    if (card === null) return [];
    const start = safely(() => readStarts(join(directory, 'journal.db')), []).at(-1);
    const live = id === liveScenario;
    return {
      id,
      kind: 'scenario',
      title: card.title,
      path: directory,
      startedMs: start?.startedMs ?? card.startedMs,
      endedMs: live ? null : (card.endedMs ?? start?.lastMs ?? card.startedMs),
      events: start?.events ?? 0,
      sizeBytes: sizeOf(directory),
      verdict: card.verdict,
      open: shown === id,
      removable: !live && shown !== id,
    };
  });
}

function exportsIn({ dataDir, opened, shown }: RunListWorld): RunSummary[] {
  const folder = join(dataDir, 'exports');
  const own = namesIn(folder).map((name) => join(folder, name));
  return [...new Set([...own, ...opened])].flatMap((path) => {
    const file = runFileAt(path);
    if (file === null) return [];
    const id = exportId(path);
    return {
      id,
      kind: 'export',
      title: file.title,
      path,
      startedMs: file.startedMs,
      endedMs: file.endedMs ?? file.lastMs,
      events: file.events,
      sizeBytes: sizeOf(path),
      verdict: file.verdict,
      open: shown === id,
      removable: shown !== id,
    };
  });
}

const known = new Map<string, { readonly changed: string; readonly file: RunFile | null }>();

/** Read once for as long as it does not change. */
function runFileAt(path: string): RunFile | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return null;
  const changed = `${stat.mtimeMs} ${stat.size}`;
  const before = known.get(path);
  if (before?.changed === changed) return before.file;
  const file = safely(() => (stat.isDirectory() ? readRunFile(path) : runFileOfZip(path)), null);
  known.set(path, { changed, file });
  return file;
}

function runFileOfZip(path: string): RunFile | null {
  if (!path.toLowerCase().endsWith('.zip')) return null;
  const reader = new ZipReader(path);
  try {
    const entry = reader.entries.find(({ name }) => name === 'run.json');
    return entry === undefined ? null : parseRunFile(reader.text(entry, runFileBytesMax), path);
  } finally {
    reader.close();
  }
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith('.')) : [];
}

function sizeOf(path: string): number {
  return safely(() => {
    const stat = statSync(path);
    if (!stat.isDirectory()) return stat.size;
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
  }, 0);
}

function safely<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
