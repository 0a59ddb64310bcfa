import { describe, expect, it } from 'vitest';
import { labSnapshot } from '../../contract/snapshot.testkit.ts';
import { liveRun, type RunSummary } from '../../contract/runs.ts';
import type { LabQueries } from '../../contract/queries.ts';
import { RecordedLab } from '../runs/recorded-lab.ts';
import { RunError } from '../runs/run-error.ts';
import { RunSeriesReader } from './run-series.ts';

const run = (id: string, kind: RunSummary['kind'], endedMs: number | null): RunSummary => ({
  id,
  kind,
  title: id,
  path: `/labs/${id}`,
  startedMs: 10_000,
  endedMs,
  events: 0,
  sizeBytes: null,
  verdict: null,
  open: false,
  removable: true,
});
const runs = [run('start-1', 'lab', null), run('fast', 'scenario', 15_000), run('broken', 'scenario', 15_000)];

/** Which ranges whoever answers was asked for. */
function answering(asked: unknown[]): Pick<LabQueries, 'series' | 'timeline'> {
  return {
    series: ({ fromMs, toMs }) => {
      asked.push([fromMs, toMs]);
      return Promise.resolve({ ok: true, value: { fromMs, toMs, stepMs: 1000, clients: [], groups: [] } });
    },
    timeline: ({ fromMs, toMs }) =>
      Promise.resolve({ ok: true, value: { fromMs, toMs, stepMs: 1000, steps: [], flags: [] } }),
  };
}

function reader(isOwnShown = true) {
  const own: unknown[] = [];
  const opened: unknown[] = [];
  const told: string[] = [];
  const made = new RunSeriesReader({
    find: (id) => runs.find((each) => each.id === id) ?? null,
    own: () => (isOwnShown ? answering(own) : null),
    open: (each) => {
      told.push(`open ${each.id}`);
      if (each.id === 'broken') return Promise.reject(new RunError('run', each.path, 'It is damaged.'));
      const close = () => Promise.resolve(void told.push(`close ${each.id}`));
      const files = { directory: each.path, journal: 'journal.db', start: 1 };
      const queries = answering(opened);
      return Promise.resolve(new RecordedLab({ run: liveRun, files, last: labSnapshot(), queries, close }));
    },
  });
  return { made, own, opened, told };
}
const asking = (id: string) => ({ run: id, lengthMs: 60_000, buckets: 100 });

describe('how a run went', () => {
  it('is asked of the lab that runs where it is one of its starts, as long as it lasts', async () => {
    const { made, own, told } = reader();
    expect(await made.ask(asking('start-1'))).toMatchObject({ ok: true, value: { series: { toMs: 70_000 } } });
    expect([own, told]).toEqual([[[10_000, 70_000]], []]);
  });

  it('is read from the run itself otherwise, up to its end; opened once, closed in the end', async () => {
    const { made, opened, told } = reader();
    await made.ask(asking('fast'));
    await made.ask(asking('fast'));
    expect([opened, told]).toEqual([
      [
        [10_000, 15_000],
        [10_000, 15_000],
      ],
      ['open fast'],
    ]);
    made.stop();
    await Promise.resolve();
    await Promise.resolve();
    expect(told).toEqual(['open fast', 'close fast']);
  });

  it('of a start while another lab has its place is read from its journal', async () => {
    const { made, told } = reader(false);
    expect(await made.ask(asking('start-1'))).toMatchObject({ ok: true });
    expect(told).toEqual(['open start-1']);
    made.stop();
  });

  it('of a run that is not there, or cannot be opened, is refused with a reason', async () => {
    const { made } = reader();
    expect(await made.ask(asking('gone'))).toMatchObject({ ok: false, error: { code: 'no-such-run', value: 'gone' } });
    expect(await made.ask(asking('broken'))).toMatchObject({ ok: false, error: { hint: 'It is damaged.' } });
  });
});
