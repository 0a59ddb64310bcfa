/** Where the databases of a run are that somebody wants exported, and who can answer for it. */
import type { LabHost } from '../../contract/host.ts';
import { liveRun, type RunSummary, type ShownRun } from '../../contract/runs.ts';
import { exportFiles } from '../runs/export-files.ts';
import type { RecordedLab } from '../runs/recorded-lab.ts';
import type { ExportSource } from './desk-runs.ts';

export interface ExportWorld {
  readonly dataDir: string;
  /** Of the lab, for runs without a title. */
  readonly name: string;
  readonly recorded: RecordedLab | null;
  /** The lab that has brokers. */
  readonly base: { readonly lab: LabHost & { readonly dataDir: string }; readonly run: ShownRun };
  /** The start of the lab of the directory that goes on. */
  readonly liveStart: number | null;
  find(id: string): RunSummary | null;
}

/** Null for an id that is no run's, or an archive that is not open. */
export function exportSourceOf(id: string, world: ExportWorld): ExportSource | null {
  const { dataDir, name, recorded, base, liveStart } = world;
  if (recorded?.run.run === id) {
    const title = recorded.run.title || name;
    return { ...recorded.files, run: id, title, scenario: null, host: recorded, isLive: false };
  }
  const { lab, run } = base;
  if (run.run === id && run.kind === 'scenario') {
    const { scenario } = lab.snapshot();
    const of = { directory: lab.dataDir, journal: 'journal.db', start: null, run: id, title: run.title };
    return { ...of, scenario, host: lab, isLive: scenario?.endedMs === null };
  }
  const journal = { directory: dataDir, journal: 'journal.db', scenario: null };
  if (liveStart !== null && (id === liveRun.run || id === `start-${liveStart}`)) {
    return { ...journal, start: liveStart, run: `start-${liveStart}`, title: name, host: lab, isLive: true };
  }
  const found = world.find(id);
  if (found === null || (found.kind === 'export' && found.path.endsWith('.zip'))) return null;
  const about = { run: id, title: found.title || name, host: null, isLive: false };
  if (found.kind === 'lab') return { ...journal, ...about, start: Number(id.slice('start-'.length)) };
  const database = found.kind === 'export' ? exportFiles.runDb : 'journal.db';
  return { ...about, directory: found.path, journal: database, start: null, scenario: null };
}
