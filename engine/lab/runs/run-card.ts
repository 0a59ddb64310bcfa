/** `card.json` in the directory of a scenario's run: what the list of runs shows of it without opening its databases. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { replaceFile } from '../lab-directory.ts';

const cardFile = v.object({
  version: v.literal(1),
  /** Of the scenario's file. */
  name: v.string(),
  title: v.string(),
  startedMs: v.number(),
  endedMs: v.nullable(v.number()),
  verdict: v.nullable(v.picklist(['holds', 'broken', 'unknown'])),
});
export type RunCard = v.InferOutput<typeof cardFile>;

export function writeCard(directory: string, card: Omit<RunCard, 'version'>): void {
  replaceFile(join(directory, 'card.json'), `${JSON.stringify({ version: 1, ...card }, null, 2)}\n`, 0o644);
}

/** Null for a directory that has none, or one that is damaged. */
export function readCard(directory: string): RunCard | null {
  try {
    const checked = v.safeParse(cardFile, JSON.parse(readFileSync(join(directory, 'card.json'), 'utf8')));
    return checked.success ? checked.output : null;
  } catch {
    return null;
  }
}
