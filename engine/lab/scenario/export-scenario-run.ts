/** The export of a run that is over, from what its lab left in its directory. */
import type { ScenarioRunView } from '../../contract/scenarios.ts';
import type { PropertyView } from '../../contract/verdicts.ts';
import { brokerlabVersion } from '../lab-options.ts';
import { exportRun } from '../runs/export-run.ts';
import type { ExportConfigs } from '../runs/run-messages.ts';
import type { WorkerEntries } from '../workers.ts';

export interface ScenarioExportOptions {
  readonly dataDir: string;
  readonly view: ScenarioRunView;
  /** A folder, or with the ending `.zip` an archive. Absolute. */
  readonly target: string;
  readonly configs?: ExportConfigs | null;
  /** As the ledger judged at the end; null: as its file tells. */
  readonly properties?: readonly PropertyView[] | null;
  readonly workers: WorkerEntries;
}

/** Resolves with where it is. Rejects with a RunError. */
export async function exportScenarioRun(options: ScenarioExportOptions): Promise<string> {
  const { dataDir, view, target, configs, properties, workers } = options;
  const { path } = await exportRun({
    workerEntry: workers.runs,
    directory: dataDir,
    scenario: view,
    configs: configs ?? null,
    properties: properties ?? null,
    target,
    format: target.endsWith('.zip') ? 'zip' : 'folder',
    run: view.run,
    title: view.title,
    version: brokerlabVersion,
  });
  return path;
}
