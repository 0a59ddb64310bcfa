/**
 * Which broker configs stand behind a topic config: the first one that is set counts. Hours and minutes become
 * milliseconds (`ServerTopicConfigSynonyms`).
 */

export interface TopicSynonym {
  readonly name: string;
  /** Milliseconds in one unit of the broker config. */
  readonly unitMs: number;
}

const minuteMs = 60_000;
const hourMs = 3_600_000;

function synonym(name: string, unitMs = 1): TopicSynonym {
  return { name, unitMs };
}

export const topicSynonyms: ReadonlyMap<string, readonly TopicSynonym[]> = new Map([
  ['cleanup.policy', [synonym('log.cleanup.policy')]],
  ['compression.gzip.level', [synonym('compression.gzip.level')]],
  ['compression.lz4.level', [synonym('compression.lz4.level')]],
  ['compression.type', [synonym('compression.type')]],
  ['compression.zstd.level', [synonym('compression.zstd.level')]],
  ['delete.retention.ms', [synonym('log.cleaner.delete.retention.ms')]],
  ['file.delete.delay.ms', [synonym('log.segment.delete.delay.ms')]],
  ['flush.messages', [synonym('log.flush.interval.messages')]],
  ['flush.ms', [synonym('log.flush.interval.ms'), synonym('log.flush.scheduler.interval.ms')]],
  ['index.interval.bytes', [synonym('log.index.interval.bytes')]],
  ['local.retention.bytes', [synonym('log.local.retention.bytes')]],
  ['local.retention.ms', [synonym('log.local.retention.ms')]],
  ['max.compaction.lag.ms', [synonym('log.cleaner.max.compaction.lag.ms')]],
  ['max.message.bytes', [synonym('message.max.bytes')]],
  ['message.timestamp.after.max.ms', [synonym('log.message.timestamp.after.max.ms')]],
  ['message.timestamp.before.max.ms', [synonym('log.message.timestamp.before.max.ms')]],
  ['message.timestamp.type', [synonym('log.message.timestamp.type')]],
  ['min.cleanable.dirty.ratio', [synonym('log.cleaner.min.cleanable.ratio')]],
  ['min.compaction.lag.ms', [synonym('log.cleaner.min.compaction.lag.ms')]],
  ['min.insync.replicas', [synonym('min.insync.replicas')]],
  ['preallocate', [synonym('log.preallocate')]],
  ['retention.bytes', [synonym('log.retention.bytes')]],
  [
    'retention.ms',
    [synonym('log.retention.ms'), synonym('log.retention.minutes', minuteMs), synonym('log.retention.hours', hourMs)],
  ],
  ['segment.bytes', [synonym('log.segment.bytes')]],
  ['segment.index.bytes', [synonym('log.index.size.max.bytes')]],
  ['segment.jitter.ms', [synonym('log.roll.jitter.ms'), synonym('log.roll.jitter.hours', hourMs)]],
  ['segment.ms', [synonym('log.roll.ms'), synonym('log.roll.hours', hourMs)]],
  ['unclean.leader.election.enable', [synonym('unclean.leader.election.enable')]],
]);

/** Broker configs that say the same as `name` in another unit, most important first; the name itself included. */
export function brokerSynonyms(name: string): readonly string[] {
  for (const synonyms of topicSynonyms.values()) {
    const names = synonyms.map((each) => each.name);
    if (!names.includes(name) || names.length === 1) continue;
    return name === 'log.flush.scheduler.interval.ms' ? [name] : names;
  }
  return [name];
}
