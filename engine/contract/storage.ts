/** Files, batches and bytes of a partition on disk. */

export const storageCommands = {} as const;

export const storageQueries = {} as const;

// oxlint-disable-next-line typescript/no-empty-object-type
export interface StorageAnswers {}
