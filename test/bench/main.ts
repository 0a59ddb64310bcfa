/**
 * `npm run bench`: what a lab costs; `--reference`: the official perf tools against the lab and Apache Kafka; `--journal`:
 * the perf tool with the journal on and off; `--export`: a million events out of a journal; `--window`: the window's frames, paints and memory (see `window.ts`).
 */
import { parseArgs } from 'node:util';
import { benchExport } from './export.ts';
import { benchJournal } from './journal.ts';
import { benchLabCost } from './lab-cost.ts';
import { benchReference } from './reference.ts';
import { benchWindow } from './window.ts';

const { values } = parseArgs({
  options: {
    reference: { type: 'boolean' },
    journal: { type: 'boolean' },
    export: { type: 'boolean' },
    window: { type: 'boolean' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '20' },
    minutes: { type: 'string', default: '0' },
    brokers: { type: 'string', default: '3' },
    partitions: { type: 'string', default: '200' },
    clients: { type: 'string', default: '10' },
    records: { type: 'string', default: '1000' },
    events: { type: 'string' },
    renderer: { type: 'string' },
    record: { type: 'string' },
    play: { type: 'string' },
    profile: { type: 'boolean', default: false },
  },
});
const rounds = Math.max(1, Number(values.rounds));
if (values.reference === true) await benchReference(rounds);
else if (values.journal === true) await benchJournal(rounds);
else if (values.export === true) await benchExport(Number(values.events ?? 1_000_000));
else if (values.window === true) {
  await benchWindow({
    seconds: Number(values.seconds),
    minutes: Number(values.minutes),
    brokers: Number(values.brokers),
    partitions: Number(values.partitions),
    clients: Number(values.clients),
    records: Number(values.records),
    events: Number(values.events ?? 5_000),
    renderer: values.renderer ?? null,
    profile: values.profile,
    record: values.record ?? null,
    play: values.play ?? null,
  });
} else await benchLabCost(rounds);
