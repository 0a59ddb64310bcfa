/** `npm run bench`: what a lab costs; `--reference`: the official perf tools against the lab and Apache Kafka. */
import { parseArgs } from 'node:util';
import { benchLabCost } from './lab-cost.ts';
import { benchReference } from './reference.ts';

const { values } = parseArgs({ options: { reference: { type: 'boolean' }, rounds: { type: 'string', default: '3' } } });
const rounds = Math.max(1, Number(values.rounds));
if (values.reference === true) await benchReference(rounds);
else await benchLabCost(rounds);
