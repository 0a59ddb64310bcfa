/** What an export of a long run takes: time, and the most memory that its process had. The promise: a million events stay below 200 MB. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureExport, writeLongRun } from '../../engine/lab/runs/long-run.testkit.ts';
import { print } from './measure.ts';

export async function benchExport(events: number): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'brokerlab-export-'));
  try {
    await writeLongRun(directory, events);
    for (const format of ['folder', 'zip'] as const) {
      const { seconds, residentBytes, bytes, told } = await measureExport(
        directory,
        join(directory, `out.${format}`),
        format,
      );
      const megabytes = (count: number): string => `${(count / 1e6).toFixed(0)} MB`;
      print(
        `${format.padEnd(7)} ${events} events in ${seconds.toFixed(1)} s, ${megabytes(residentBytes)} resident at most, ` +
          `${megabytes(bytes)} written, told ${told} times how far it was`,
      );
      rmSync(join(directory, `out.${format}`), { recursive: true });
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
