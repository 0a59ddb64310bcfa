/** What an export tells and only a lab that runs can answer: configs that are not defaults, and the ledger's verdicts. */
import type { LabHost } from '../../contract/host.ts';
import type { ConfigEntry } from '../../contract/queries.ts';
import type { PropertyView } from '../../contract/verdicts.ts';
import type { ExportConfigs } from './run-messages.ts';

/** Topics whose configs are asked for. */
const topicsMax = 200;
/** How long the ledger may read on until it judges. */
const ledgerWaitMs = 2_000;

export interface AskedForExport {
  readonly properties: readonly PropertyView[] | null;
  readonly configs: ExportConfigs | null;
}

/** What is not answered is left out: brokers may be down on purpose. */
export async function askForExport(host: LabHost): Promise<AskedForExport> {
  const { brokers, topics } = host.snapshot();
  const summary = await host.queries.ledgerSummary({ waitMs: ledgerWaitMs });
  const running = brokers.filter((broker) => broker.process === 'running');
  const ofBrokers = running.map(async ({ id }): Promise<[string, readonly ConfigEntry[]]> => {
    const answer = await host.queries.brokerConfigs({ node: id });
    return [String(id), answer.ok ? answer.value.configs : []];
  });
  const ofTopics = (running.length === 0 ? [] : topics.slice(0, topicsMax)).map(
    async ({ name }): Promise<[string, readonly ConfigEntry[]]> => {
      const answer = await host.queries.topicConfigs({ topic: name });
      return [name, answer.ok ? answer.value.configs : []];
    },
  );
  const named = async (
    asked: Promise<[string, readonly ConfigEntry[]]>[],
    own: (entry: ConfigEntry) => boolean,
  ): Promise<ExportConfigs['topics']> =>
    Object.fromEntries((await Promise.all(asked)).map(([name, entries]) => [name, ownOf(entries.filter(own))]));
  return {
    properties: summary.ok ? summary.value.properties : null,
    configs:
      running.length === 0
        ? null
        : { brokers: await named(ofBrokers, isSet), topics: await named(ofTopics, isOfTopic) },
  };
}

const isSet = ({ source, sensitive }: ConfigEntry): boolean => source !== 'DEFAULT_CONFIG' && !sensitive;
const isOfTopic = ({ source }: ConfigEntry): boolean => source === 'DYNAMIC_TOPIC_CONFIG';

function ownOf(entries: readonly ConfigEntry[]): Record<string, string | null> {
  return Object.fromEntries(entries.map(({ name, value }) => [name, value]));
}
