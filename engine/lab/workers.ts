/** Where the entry files of the lab's threads are; the source tree and the build keep them in different places. */
export interface WorkerEntries {
  readonly broker: URL;
  readonly client: URL;
  readonly journal: URL;
  readonly ledger: URL;
  readonly runs: URL;
}
