/**
 * Makes a scenario of what its user does: the lab as it is becomes the profile, each command a step, the time between two
 * of them a wait. What a file cannot say (other scenarios, runs, the pace of time standing still) is left out.
 */
import { Document } from 'yaml';
import type { ConsumerSettings, ProducerSettings } from '../../contract/clients.ts';
import { commandSchemas, type CommandResult, type LabCommand } from '../../contract/commands.ts';
import type { ConfigEntry } from '../../contract/queries.ts';
import type { LabSnapshot } from '../../contract/snapshot.ts';
import { writtenDuration } from './durations.ts';
import { stepCommandNames } from './scenario-schema.ts';

/** Shorter pauses are left out. */
const shortestWaitMs = 300;
/** Waits are written in steps of so much. */
const grainMs = 100;

type Plain = Record<string, unknown>;

export interface Profile {
  readonly snapshot: LabSnapshot;
  readonly configs: Readonly<Record<string, string>>;
}

export class Recorder {
  readonly sinceMs: number;
  readonly #profile: Profile;
  readonly #steps: Plain[] = [];
  /** Faults injected while recording, by their ids: the names that steps call them by. */
  readonly #faults = new Map<number, string>();
  readonly #topicConfigs = new Map<string, readonly ConfigEntry[]>();
  #lastMs: number;

  constructor(profile: Profile, nowMs: number) {
    this.#profile = profile;
    this.sinceMs = nowMs;
    this.#lastMs = nowMs;
  }

  /** As they are described, defaults too. */
  setTopicConfigs(topic: string, entries: readonly ConfigEntry[]): void {
    this.#topicConfigs.set(topic, entries);
  }

  /** Commands recorded. */
  get steps(): number {
    return this.#steps.filter((step) => step.wait === undefined).length;
  }

  record(command: LabCommand, result: CommandResult, nowMs: number): void {
    if (!result.ok) return;
    const step = this.#stepOf(command, result);
    if (step === null) return;
    const waitMs = Math.round((nowMs - this.#lastMs) / grainMs) * grainMs;
    if (waitMs >= shortestWaitMs) this.#steps.push({ wait: writtenDuration(waitMs) });
    this.#lastMs = nowMs;
    this.#steps.push(step);
  }

  #stepOf(command: LabCommand, result: Extract<CommandResult, { ok: true }>): Plain | null {
    switch (command.type) {
      case 'injectFault': {
        const { fault, afterMs, forMs } = command;
        const as = `fault-${this.#faults.size + 1}`;
        if (result.fault !== undefined) this.#faults.set(result.fault, as);
        const after = afterMs === undefined ? {} : { after: writtenDuration(afterMs) };
        return { fault: { ...fault, ...after, ...(forMs === undefined ? {} : { for: writtenDuration(forMs) }), as } };
      }
      case 'liftFault': {
        const as = this.#faults.get(command.fault);
        return as === undefined ? null : { lift: as };
      }
      case 'liftAllFaults':
        return { lift: 'all' };
      default: {
        const { type, ...input } = command;
        return stepCommandNames.includes(type) ? { do: { [type]: input } } : null;
      }
    }
  }

  /** The file, with a line that tells editors its schema. */
  text(title: string): string {
    const { snapshot, configs } = this.#profile;
    const topics = snapshot.topics.filter((each) => !each.internal);
    const brokers = snapshot.brokers.length;
    const file: Plain = {
      version: 1,
      title,
      cluster: { brokers, ...(Object.keys(configs).length === 0 ? {} : { configs }) },
      topics: topics.map(({ name, replicationFactor }) => ({
        name,
        partitions: snapshot.partitions.filter((each) => each.topic === name).length,
        replicationFactor,
        ...ownConfigs(this.#topicConfigs.get(name) ?? []),
      })),
      producers: snapshot.producers.map(({ id, state, settings }) => clientOf(id, state, settings, 'addProducer')),
      consumers: snapshot.consumers.map(({ id, state, settings }) => clientOf(id, state, settings, 'addConsumer')),
      steps: this.#steps,
      expectations: snapshot.producers.length === 0 ? [] : [{ noAckedRecordLost: {} }],
    };
    const filled = Object.entries(file).filter(([, value]) => !Array.isArray(value) || value.length > 0);
    const document = new Document(Object.fromEntries(filled));
    return `# yaml-language-server: $schema=${schemaAddress}\n${document.toString({ lineWidth: 110 })}`;
  }
}

/** Relative to the file: beside the shipped ones, or copied to the lab's own. */
export const schemaAddress = './scenario.schema.json';

function ownConfigs(entries: readonly ConfigEntry[]): Plain {
  const own = entries.filter(({ source, value }) => source === 'DYNAMIC_TOPIC_CONFIG' && value !== null);
  if (own.length === 0) return {};
  return { configs: Object.fromEntries(own.map(({ name, value }) => [name, value])) };
}

function clientOf(
  name: string,
  state: string,
  settings: ProducerSettings | ConsumerSettings,
  command: 'addProducer' | 'addConsumer',
): Plain {
  const known = Object.keys(commandSchemas[command].entries);
  const given = Object.entries(settings).filter(
    ([key, value]) => known.includes(key) && value !== null && !(isEmpty(value) && key === 'configs'),
  );
  const runs = ['starting', 'running', 'frozen'].includes(state);
  return { name, ...(runs ? {} : { start: false }), ...Object.fromEntries(given) };
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
