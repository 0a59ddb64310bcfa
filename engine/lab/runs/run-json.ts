/** Puts `run.json` together. */
import { arch, release, type } from 'node:os';
import type { ExportSetup } from './run-messages.ts';
import type { RunFacts } from './run-facts.ts';
import { runFormat, runVersion, type RunFile } from './run-file.ts';

export function runJson(setup: ExportSetup, facts: RunFacts, files: RunFile['files']): RunFile {
  const { last, scenario } = facts;
  const { configs } = setup;
  return {
    format: runFormat,
    version: runVersion,
    kind: scenario === null ? 'lab' : 'scenario',
    run: setup.run,
    title: scenario?.title ?? setup.title,
    exportedMs: Date.now(),
    startedMs: facts.startedMs,
    endedMs: setup.isLive ? null : facts.lastMs,
    lastMs: facts.lastMs,
    events: facts.events,
    versions: {
      brokerlab: setup.version,
      node: process.versions.node,
      os: `${type()} ${release()}`,
      arch: arch(),
      sqlite: facts.sqlite,
    },
    seed: scenario?.seed ?? null,
    cluster: {
      clusterId: last.lab.clusterId,
      brokers: last.brokers.map(({ id, port, roles }) => ({
        id,
        port,
        roles: [...roles],
        ...configsOf(configs?.brokers[String(id)]),
      })),
    },
    topics: last.topics.map(({ name, topicId, replicationFactor, minInsyncReplicas }) => ({
      name,
      topicId,
      partitions: last.partitions.filter((partition) => partition.topic === name).length,
      replicationFactor,
      minInsyncReplicas,
      ...configsOf(configs?.topics[name]),
    })),
    producers: last.producers.map(({ id, settings, effective }) => ({ name: id, settings, configs: effective })),
    consumers: last.consumers.map(({ id, settings, effective }) => ({ name: id, settings, configs: effective })),
    speed: facts.speed.map((each) => ({ ...each })),
    expectations: (scenario?.expectations ?? []).map(({ name, verdict, evidence }) => ({ name, verdict, evidence })),
    properties: facts.properties.map((each) => ({ ...each })),
    verdict: facts.verdict,
    files: [...files],
  };
}

function configsOf(known: Readonly<Record<string, string | null>> | undefined): {
  configs?: Record<string, string | null>;
} {
  return known === undefined ? {} : { configs: { ...known } };
}
