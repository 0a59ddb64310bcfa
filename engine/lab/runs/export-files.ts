/**
 * An export, file by file, into a folder beside its target that gets its name at the end: a target is whole or is not
 * there. First the databases are copied in one read transaction each; everything else is made of the copies, while the
 * lab writes on. Nothing is in memory whole but what one page of a report takes.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { LabEvent } from '../../contract/events.ts';
import { startOf } from './run-starts.ts';
import { copyRun } from './copy-run.ts';
import { csvHeader, eventCsv } from './event-files.ts';
import type { ExportResult, ExportSetup } from './run-messages.ts';
import { writeLedgerFile } from './ledger-file.ts';
import { ledgerRunOf, LedgerSource } from './ledger-source.ts';
import { reportHtml } from './report.ts';
import { reportDiagrams } from './report-diagrams.ts';
import { RunError } from './run-error.ts';
import { runFacts, type RunFacts } from './run-facts.ts';
import { runJson } from './run-json.ts';
import { RunSource, type StartRow } from './run-source.ts';
import { scenarioText } from './scenario-text.ts';
import { summaryOf } from './summary.ts';
import { TextFile, writeWhole } from './text-file.ts';
import { zipFolder } from './zip-writer.ts';

/** Called every so often with what is done of {@link workAll}; rejects to end the export. */
export type ExportStep = (done: number) => Promise<void>;
export const workAll = 1000;

/** Parts of the work, as far as time goes. */
const parts = { journal: 200, ledger: 50, events: 350, ledgerFile: 100, report: 50, zip: 250 } as const;
type Part = keyof typeof parts;
const partOrder = Object.keys(parts) as readonly Part[];

/** Changes of state in the report; all of them are in the events files. */
const reportEventsMax = 1500;

export const exportFiles = {
  scenario: 'scenario.yaml',
  run: 'run.json',
  events: 'events.ndjson',
  csv: 'events.csv',
  ledger: 'ledger.ndjson',
  summary: 'summary.md',
  report: 'report.html',
  runDb: 'run.db',
  ledgerDb: 'ledger.db',
} as const;

/** @throws {@link RunError}; whatever it throws, nothing is left of what it began. */
export async function writeExport(setup: ExportSetup, step: ExportStep): Promise<ExportResult> {
  const { target, format } = setup;
  checkTarget(target, format);
  const folder = join(dirname(target), `.${basename(target)}.${process.pid}.part`);
  const archive = `${folder}.zip`;
  const clear = (): void => {
    rmSync(folder, { recursive: true, force: true });
    rmSync(archive, { force: true });
  };
  clear();
  try {
    mkdirSync(folder, { recursive: true });
    const events = await writeFiles(setup, folder, step);
    if (format === 'zip') {
      await zipFolder(folder, filesOf(folder), archive, progressOf('zip', step));
      renameSync(archive, target);
    } else {
      if (existsSync(target)) rmdirSync(target);
      renameSync(folder, target);
    }
    const bytes =
      format === 'zip'
        ? statSync(target).size
        : filesOf(target).reduce((sum, name) => sum + statSync(join(target, name)).size, 0);
    clear();
    await step(workAll);
    return { path: target, bytes, events };
  } catch (error) {
    clear();
    throw asRunError(error, target);
  }
}

function checkTarget(target: string, format: ExportSetup['format']): void {
  if (format === 'zip' && !target.toLowerCase().endsWith('.zip')) {
    throw new RunError('path', target, 'The name of an archive ends in ".zip".');
  }
  const stat = statSync(target, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (format === 'folder' && stat.isDirectory() && readdirSync(target).length === 0) return;
  throw new RunError('path', target, 'It is there already. Give the export a path of its own.');
}

const systemHints: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full. Make room or choose a path on another disk.',
  EACCES: 'It may not be written. Choose a path that you may write to.',
  EPERM: 'It may not be written. Choose a path that you may write to.',
  EROFS: 'The disk is read-only. Choose a path on another one.',
  ENOTDIR: 'A part of the path is a file. Choose another path.',
  SQLITE_FULL: 'The disk is full. Make room or choose a path on another disk.',
};

function asRunError(error: unknown, target: string): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const hint = systemHints[code];
  return hint === undefined || error instanceof RunError ? (error as Error) : new RunError('path', target, hint, error);
}

function filesOf(folder: string): string[] {
  return readdirSync(folder).sort();
}

function progressOf(part: Part, step: ExportStep): (done: number, total: number) => Promise<void> {
  const before = partOrder.slice(0, partOrder.indexOf(part)).reduce((sum, each) => sum + parts[each], 0);
  return (done, total) => step(before + parts[part] * (total === 0 ? 1 : Math.min(1, done / total)));
}

async function writeFiles(setup: ExportSetup, folder: string, step: ExportStep): Promise<number> {
  const path = (name: keyof typeof exportFiles): string => join(folder, exportFiles[name]);
  const start = startOf(join(setup.directory, setup.journal), setup.start);
  const scope = { run: start.id, fromMs: start.startedMs, toMs: start.lastMs };
  await copyRun(join(setup.directory, setup.journal), path('runDb'), scope, progressOf('journal', step));
  const hasLedger = await copyLedger(setup, start, path('ledgerDb'), progressOf('ledger', step));
  const source = new RunSource(path('runDb'), start.id);
  const ledger = hasLedger ? new LedgerSource(path('ledgerDb'), null) : null;
  try {
    await writeEvents(source, path('events'), path('csv'), progressOf('events', step));
    await writeLedgerFile(ledger, path('ledger'), progressOf('ledgerFile', step));
    const properties = setup.properties ?? ledger?.reader.summary({ waitMs: 0 }).properties ?? null;
    const facts = runFacts(source, { scenario: setup.scenario, properties });
    const text = scenarioText(source, facts, setup);
    if (text !== '') writeWhole(path('scenario'), text);
    const sizes = filesOf(folder).map((name) => ({ name, bytes: statSync(join(folder, name)).size }));
    const run = runJson(setup, facts, sizes);
    writeWhole(path('run'), `${JSON.stringify(run, null, 2)}\n`);
    writeWhole(path('summary'), summaryOf(run, facts));
    const diagrams = reportDiagrams(source, facts);
    writeWhole(path('report'), reportHtml({ run, facts, diagrams, events: stateEvents(source), scenarioText: text }));
    await progressOf('report', step)(1, 1);
    return facts.events;
  } finally {
    source.close();
    ledger?.close();
  }
}

/** False where no lab producer ran in that start. */
async function copyLedger(
  { directory }: ExportSetup,
  start: StartRow,
  target: string,
  step: (done: number, total: number) => Promise<void>,
): Promise<boolean> {
  const ledger = join(directory, exportFiles.ledgerDb);
  const run = existsSync(ledger) ? ledgerRunOf(ledger, start) : null;
  if (run === null) return false;
  await copyRun(ledger, target, { run, fromMs: start.startedMs, toMs: start.lastMs }, step);
  return true;
}

async function writeEvents(
  source: RunSource,
  ndjsonPath: string,
  csvPath: string,
  step: (done: number, total: number) => Promise<void>,
): Promise<void> {
  const ndjson = new TextFile(ndjsonPath);
  const csv = new TextFile(csvPath);
  try {
    csv.write(csvHeader);
    let done = 0;
    for (const page of source.pages()) {
      for (const event of page) {
        ndjson.write(`${JSON.stringify(event)}\n`);
        csv.write(eventCsv(event));
      }
      done += page.length;
      await step(done, source.start.events);
    }
  } finally {
    ndjson.close();
    csv.close();
  }
}

function stateEvents(source: RunSource): LabEvent[] {
  return source.stateEvents(reportEventsMax);
}

export type { RunFacts };
