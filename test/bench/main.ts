/**
 * `npm run bench`: what a lab costs; `--reference`: the official perf tools against the lab and Apache Kafka; `--journal`:
 * the perf tool with the journal on and off.
 */
import { parseArgs } from 'node:util';
import { benchJournal } from './journal.ts';
import { benchLabCost } from './lab-cost.ts';
import { benchReference } from './reference.ts';

const { values } = parseArgs({
  options: { reference: { type: 'boolean' }, journal: { type: 'boolean' }, rounds: { type: 'string', default: '3' } },
});
const rounds = Math.max(1, Number(values.rounds));
if (values.reference === true) await benchReference(rounds);
else if (values.journal === true) await benchJournal(rounds);
else await benchLabCost(rounds);
