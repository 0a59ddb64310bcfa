/** Questions about files on disk, answered for the window: what is not there is an outcome, not an error. */
import type { LabQueries, QueryResult } from '../../contract/queries.ts';
import type { storageQueries } from '../../contract/storage.ts';
import { DiskError } from '../../env/index.ts';
import { nodeCodecs } from '../../env/node/compression.ts';
import { NodeDisk } from '../../env/node/index.ts';
import { refused } from '../outcome.ts';
import { NoSuchReplicaFileError, ReplicaFiles } from './replica-files.ts';

/** `directory`: the lab's own. */
export function labStorageQueries(directory: string): Pick<LabQueries, keyof typeof storageQueries> {
  const files = new ReplicaFiles({ disk: new NodeDisk(directory), codecs: nodeCodecs });
  return {
    partitionFiles: (input) => answered(() => files.files(input)),
    logBatches: ({ segment, from, limit, ...replica }) => answered(() => files.batches(replica, segment, from, limit)),
    logBatch: ({ segment, position, ...replica }) => answered(() => files.batch(replica, segment, position)),
    findOffset: ({ offset, ...replica }) => answered(() => files.find(replica, offset)),
  };
}

function answered<T>(read: () => T): Promise<QueryResult<T>> {
  try {
    return Promise.resolve({ ok: true, value: read() });
  } catch (error) {
    if (error instanceof NoSuchReplicaFileError) {
      return Promise.resolve(refused('not-on-disk', error.thing, error.value, error.hint));
    }
    if (error instanceof DiskError) {
      return Promise.resolve(refused(error.code, 'file', error.path, 'The disk did not give it; ask once more.'));
    }
    throw error;
  }
}
