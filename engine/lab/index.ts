/** What the shells may use of the lab. */

export { LabDirectory, readLockOf, LabStartError, type LabLock } from './lab-directory.ts';
export { Lab } from './lab.ts';
export { brokerlabVersion, defaultBrokers, type LabOptions } from './lab-options.ts';
export { defaultDataDir, startLab, type RunningLab, type RunningLabOptions } from './running-lab.ts';
export { askForExport, type AskedForExport } from './runs/ask-for-export.ts';
export { exportRun, type ExportOptions } from './runs/export-run.ts';
export { showRun, type ShownRecord, type ShowRunOptions } from './recorded-host.ts';
export type { WorkerEntries } from './workers.ts';
export {
  exportScenarioRun,
  hasHeld,
  parseScenario,
  runHeadless,
  type HeadlessRunOptions,
  type Scenario,
} from './scenario/index.ts';
