/**
 * `clients.json` in the lab's directory: which lab clients there are, what they do, and whether they are to run when the
 * lab starts. Written whole, by replacement, at every change; checked when it is read.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import {
  keyStrategies,
  partitionerNames,
  sendModes,
  type ClientName,
  type ConsumerSettings,
  type ProducerSettings,
} from '../../contract/clients.ts';
import { fileFormats, headerTemplates } from '../../contract/produce.ts';
import { templateProblem } from '../../contract/templates/index.ts';
import { LabStartError, replaceFile } from '../lab-directory.ts';

export const clientsFileName = 'clients.json';

const name = v.pipe(v.string(), v.regex(/^[a-zA-Z0-9._-]{1,64}$/, 'is no client name'));
const text = v.pipe(v.string(), v.minLength(1), v.maxLength(249));
const whole = (min: number) => v.pipe(v.number(), v.integer(), v.minValue(min));
const configs = v.record(v.string(), v.string());

const producerEntry = v.object({
  name,
  runs: v.boolean(),
  settings: v.object({
    topic: text,
    recordsPerSecond: whole(0),
    keys: v.picklist(keyStrategies),
    keyCount: whole(1),
    recordBytes: whole(1),
    skewPercent: v.optional(whole(1), 80),
    keyNames: v.optional(v.array(v.string()), []),
    keyFile: v.optional(
      v.nullable(v.object({ name: v.string(), format: v.picklist(fileFormats), records: whole(1), id: text })),
      null,
    ),
    payload: v.optional(
      v.nullable(
        v.pipe(
          v.string(),
          v.check((each) => templateProblem(each) === null, 'is no template'),
        ),
      ),
      null,
    ),
    headers: v.optional(headerTemplates, []),
    sendMode: v.optional(v.picklist(sendModes), 'async'),
    partitioner: v.optional(v.picklist(partitionerNames), 'default'),
    partitionExpression: v.optional(v.string(), ''),
    seed: v.optional(v.nullable(whole(0)), null),
    acks: v.picklist(['0', '1', 'all']),
    configs,
  }),
});
const consumerEntry = v.object({
  name,
  runs: v.boolean(),
  settings: v.object({
    group: text,
    topics: v.pipe(v.array(text), v.minLength(1)),
    assignors: v.pipe(v.array(v.picklist(['range', 'roundrobin', 'sticky', 'cooperative-sticky'])), v.minLength(1)),
    commit: v.picklist(['auto', 'sync', 'async', 'none']),
    instanceId: v.nullable(text),
    processingMs: whole(0),
    processingJitterMs: v.optional(whole(0), 0),
    commitOnRevoke: v.optional(v.boolean(), false),
    configs,
  }),
});
const clientsFile = v.pipe(
  v.object({ version: v.literal(1), producers: v.array(producerEntry), consumers: v.array(consumerEntry) }),
  v.check(({ producers, consumers }) => {
    const names = [...producers, ...consumers].map((each) => each.name);
    return new Set(names).size === names.length;
  }, 'two clients have the same name'),
);

interface Remembered<S> {
  readonly name: ClientName;
  /** It is to run when the lab does. */
  readonly runs: boolean;
  readonly settings: S;
}

export interface RememberedClients {
  readonly version: 1;
  readonly producers: readonly Remembered<ProducerSettings>[];
  readonly consumers: readonly Remembered<ConsumerSettings>[];
}

/** Null when there is none yet. Throws {@link LabStartError} for one that cannot be used. */
export function readClientsFile(directory: string): RememberedClients | null {
  const path = join(directory, clientsFileName);
  if (!existsSync(path)) return null;
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw unusable(path, `is no JSON (${(error as Error).message})`);
  }
  const checked = v.safeParse(clientsFile, parsed);
  if (checked.success) return checked.output;
  const issue = checked.issues[0];
  throw unusable(path, `${v.getDotPath(issue) ?? 'it'}: ${issue.message}`);
}

function unusable(path: string, reason: string): LabStartError {
  const hint = `${reason}. Repair it, or remove it to start without lab clients.`;
  return new LabStartError('directory-foreign', 'clients file', path, hint);
}

export function writeClientsFile(directory: string, content: RememberedClients): void {
  replaceFile(join(directory, clientsFileName), `${JSON.stringify(content, null, 2)}\n`, 0o644);
}
