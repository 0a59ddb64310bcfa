/** Takes the wanted files of a .zip into a folder of their own; when that fails, the folder is gone again. */
import { mkdirSync, rmSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { RunError } from './run-error.ts';
import type { UnpackSetup } from './run-messages.ts';
import { ZipReader } from './zip-reader.ts';

/** Of the disk, to be left alone. */
const spareBytes = 64 * 1024 * 1024;

export async function unpackArchive(
  { archive, folder, names, bytesMax }: UnpackSetup,
  step: (done: number, total: number) => Promise<void>,
): Promise<void> {
  const reader = openZip(archive);
  try {
    const wanted = reader.entries.filter((entry) => names.includes(entry.name));
    const total = wanted.reduce((sum, entry) => sum + entry.bytes, 0);
    if (total > bytesMax) {
      throw new RunError('archive', archive, `It unpacks to ${total} bytes; no more than ${bytesMax} are taken.`);
    }
    mkdirSync(dirname(folder), { recursive: true });
    const { bavail, bsize } = statfsSync(dirname(folder));
    if (bavail * bsize < total + spareBytes) {
      throw new RunError(
        'archive',
        archive,
        `It unpacks to ${total} bytes; the disk of ${dirname(folder)} has no room.`,
      );
    }
    mkdirSync(folder);
    let before = 0;
    for (const entry of wanted) {
      await reader.unpack(entry, join(folder, entry.name), bytesMax, (done) => step(before + done, total));
      before += entry.bytes;
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  } finally {
    reader.close();
  }
}

function openZip(path: string): ZipReader {
  try {
    return new ZipReader(path);
  } catch (error) {
    if (error instanceof RunError) throw error;
    throw new RunError('archive', path, `It cannot be read (${(error as Error).message}).`, error);
  }
}
