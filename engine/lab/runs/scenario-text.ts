/**
 * `scenario.yaml` of a run: the text that ran, or for a lab of one's own what its user did, as the recorder of scenarios
 * writes it down: the lab as it was when it had started, then each command with the time between.
 */
import type { CommandResult, LabCommand } from '../../contract/commands.ts';
import type { ConfigEntry } from '../../contract/queries.ts';
import { Recorder } from '../scenario/recorder.ts';
import type { RunFacts } from './run-facts.ts';
import type { ExportConfigs } from './run-messages.ts';
import type { RunSource } from './run-source.ts';

/** What the journal keeps of a command; the first row of a start has its configs instead. */
interface CommandBody {
  readonly configs?: Readonly<Record<string, string>>;
  readonly command?: LabCommand;
  readonly result?: CommandResult;
}

export function scenarioText(
  source: RunSource,
  { scenario, first }: RunFacts,
  { title, configs: known }: { readonly title: string; readonly configs: ExportConfigs | null },
): string {
  if (scenario !== null) return scenario.text;
  const rows = source.commands<CommandBody>();
  const configs = rows.find(({ body }) => body.configs !== undefined)?.body.configs ?? {};
  const recorder = new Recorder({ snapshot: first, configs }, first.sampledMs);
  for (const { name } of first.topics) recorder.setTopicConfigs(name, entriesOf(known?.topics[name] ?? {}));
  for (const { atMs, body } of rows) {
    const { command, result } = body;
    if (command !== undefined && result !== undefined && atMs >= first.sampledMs)
      recorder.record(command, result, atMs);
  }
  return recorder.text(title);
}

function entriesOf(configs: Readonly<Record<string, string | null>>): ConfigEntry[] {
  return Object.entries(configs).map(([name, value]) => ({
    name,
    value,
    source: 'DYNAMIC_TOPIC_CONFIG',
    readOnly: false,
    sensitive: false,
    type: 'STRING',
    documentation: null,
    synonyms: [],
  }));
}
