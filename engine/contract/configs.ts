/** Configs of brokers, with source, default and documentation. */

export const configCommands = {} as const;

export const configQueries = {} as const;

// oxlint-disable-next-line typescript/no-empty-object-type
export interface ConfigAnswers {}
