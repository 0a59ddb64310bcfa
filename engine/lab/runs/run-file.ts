/**
 * `run.json`: what a run was, for people and for opening it again. Checked when it is read: an export may come from
 * anybody.
 */
import * as v from 'valibot';

export const runFormat = 'brokerlab-run';
export const runVersion = 1;

const ms = v.nullable(v.number());
const verdict = v.picklist(['holds', 'broken', 'unknown']);
const configs = v.record(v.string(), v.nullable(v.string()));

export const runFile = v.object({
  format: v.literal(runFormat),
  version: v.literal(runVersion),
  kind: v.picklist(['lab', 'scenario']),
  /** Of the run, within the lab that had it. */
  run: v.string(),
  title: v.string(),
  exportedMs: v.number(),
  startedMs: v.number(),
  /** Null: it went on when it was exported; then `lastMs` is its last moment here. */
  endedMs: ms,
  lastMs: v.number(),
  events: v.number(),
  versions: v.object({ brokerlab: v.string(), node: v.string(), os: v.string(), arch: v.string(), sqlite: v.string() }),
  seed: v.nullable(v.number()),
  cluster: v.object({
    clusterId: v.nullable(v.string()),
    brokers: v.array(
      v.object({
        id: v.number(),
        port: v.nullable(v.number()),
        roles: v.array(v.string()),
        configs: v.optional(configs),
      }),
    ),
  }),
  topics: v.array(
    v.object({
      name: v.string(),
      topicId: v.string(),
      partitions: v.number(),
      replicationFactor: v.number(),
      minInsyncReplicas: v.nullable(v.number()),
      configs: v.optional(configs),
    }),
  ),
  producers: v.array(v.looseObject({ name: v.string() })),
  consumers: v.array(v.looseObject({ name: v.string() })),
  /** Lab time against wall time, in the order in which it changed. */
  speed: v.array(v.object({ atMs: v.number(), command: v.string(), value: v.nullable(v.number()) })),
  expectations: v.array(v.object({ name: v.string(), verdict, evidence: v.string() })),
  properties: v.array(
    v.looseObject({ property: v.string(), verdict, checked: v.number(), violations: v.number(), reason: v.string() }),
  ),
  verdict: v.nullable(verdict),
  files: v.array(v.object({ name: v.string(), bytes: v.number() })),
});
export type RunFile = v.InferOutput<typeof runFile>;
