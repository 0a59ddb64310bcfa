/** What is done with clients and groups beyond a change of settings: imports, offset resets. */

export const feedCommands = {} as const;

export const feedQueries = {} as const;

// oxlint-disable-next-line typescript/no-empty-object-type
export interface FeedAnswers {}
