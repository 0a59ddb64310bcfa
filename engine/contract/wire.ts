/** What went over the wire, and the space-time diagram of it. */

export const wireCommands = {} as const;

export const wireQueries = {} as const;

// oxlint-disable-next-line typescript/no-empty-object-type
export interface WireAnswers {}
