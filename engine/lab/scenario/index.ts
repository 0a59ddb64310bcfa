/** What shells and the desk use of scenarios. */
export { exportScenarioRun, type ScenarioExportOptions } from './export-scenario-run.ts';
export { randomSeed, runHeadless, scenarioLab, type HeadlessRunOptions } from './headless-run.ts';
export { overallVerdict } from '../../contract/scenarios.ts';
export { parseScenario, type ParsedScenario } from './parse-scenario.ts';
export { hasHeld } from './scenario-run.ts';
export { ScenarioLibrary, type ScenarioFolders } from './scenario-library.ts';
export type { Scenario } from './scenario.ts';
