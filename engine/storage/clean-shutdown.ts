/** `.kafka_cleanshutdown`: there while the logs of the directory are known to be whole. JSON with the broker epoch. */
import type { BrokerEpoch } from '../base/ids.ts';
import { fromUtf8, utf8 } from '../base/text.ts';
import type { Disk } from '../env/index.ts';
import { readIfThere } from './write-file.ts';

export const cleanShutdownFile = '.kafka_cleanshutdown';

/** Null: the last stop was not clean. -1: it was, but the epoch cannot be read. */
export function readCleanShutdown(disk: Disk, directory: string): BrokerEpoch | null {
  return readIfThere(disk, `${directory}/${cleanShutdownFile}`, (content) => {
    try {
      const parsed: unknown = JSON.parse(fromUtf8(content));
      if (typeof parsed !== 'object' || parsed === null || !('version' in parsed) || !('brokerEpoch' in parsed))
        return -1;
      return parsed.version === 0 && typeof parsed.brokerEpoch === 'number' ? parsed.brokerEpoch : -1;
    } catch {
      return -1;
    }
  });
}

/** Durable when it returns. */
export function writeCleanShutdown(disk: Disk, directory: string, brokerEpoch: BrokerEpoch): void {
  disk.replaceFile(`${directory}/${cleanShutdownFile}`, utf8(JSON.stringify({ version: 0, brokerEpoch })));
}

export function removeCleanShutdown(disk: Disk, directory: string): void {
  disk.removeFile(`${directory}/${cleanShutdownFile}`);
  disk.syncDirectory(directory);
}
