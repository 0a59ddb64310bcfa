/** Shapes and tones of fates. */
import type { Fate } from '../../engine/contract/ledger.ts';
import type { GlyphName } from './glyphs.ts';

export type FateTone = 'good' | 'on-way' | 'odd' | 'bad' | 'idle';

export const fateMarks: Readonly<Record<Fate, { readonly glyph: GlyphName; readonly tone: FateTone }>> = {
  'in-flight': { glyph: 'pending', tone: 'idle' },
  failed: { glyph: 'dead', tone: 'odd' },
  unanswered: { glyph: 'unknown', tone: 'odd' },
  acknowledged: { glyph: 'starting', tone: 'on-way' },
  readable: { glyph: 'in-sync', tone: 'on-way' },
  consumed: { glyph: 'catching-up', tone: 'on-way' },
  committed: { glyph: 'ok', tone: 'good' },
  duplicated: { glyph: 'out-of-sync', tone: 'odd' },
  lost: { glyph: 'bad', tone: 'bad' },
  deleted: { glyph: 'fenced', tone: 'idle' },
};

export const fateColours: Readonly<Record<FateTone, string>> = {
  good: 'c-in',
  'on-way': 'c-cat',
  odd: 'c-out',
  bad: 'c-fault',
  idle: 'c-dead',
};
