/** How the state of a lab client and of a group is drawn: shape and colour; the word stands beside it. */
import type { ClientState } from '../../engine/contract/clients.ts';
import type { GroupState } from '../../engine/contract/groups.ts';
import type { GlyphName } from '../design/glyphs.ts';

interface Mark {
  readonly glyph: GlyphName;
  readonly colour: string;
}

export const clientGlyphs: Readonly<Record<ClientState, Mark>> = {
  starting: { glyph: 'starting', colour: 'c-cat' },
  running: { glyph: 'in-sync', colour: 'c-in' },
  frozen: { glyph: 'paused', colour: 'c-out' },
  stopping: { glyph: 'starting', colour: 'c-cat' },
  stopped: { glyph: 'stop', colour: 'c-dead' },
  killed: { glyph: 'dead', colour: 'c-fault' },
  failed: { glyph: 'bad', colour: 'c-fault' },
};

export const groupGlyphs: Readonly<Record<GroupState, Mark>> = {
  Stable: { glyph: 'in-sync', colour: 'c-in' },
  PreparingRebalance: { glyph: 'out-of-sync', colour: 'c-out' },
  CompletingRebalance: { glyph: 'catching-up', colour: 'c-cat' },
  Empty: { glyph: 'pending', colour: 'c-dead' },
  Dead: { glyph: 'dead', colour: 'c-dead' },
  Unknown: { glyph: 'unknown', colour: 'c-dead' },
};
