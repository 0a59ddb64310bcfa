/** What is done with clients and groups beyond a change of settings: imports, offset resets, their numbers over time. */
import { offsetCommands, offsetQueries, type OffsetAnswers } from './offsets.ts';
import { seriesQueries, type SeriesAnswers } from './series.ts';

export const feedCommands = { ...offsetCommands } as const;

export const feedQueries = { ...offsetQueries, ...seriesQueries } as const;

export interface FeedAnswers extends OffsetAnswers, SeriesAnswers {}
