/** What can be done to a lab client in each of its states, as a menu and by the keys S, P and K. */
import type { ClientState } from '../../engine/contract/clients.ts';
import type { CommandName } from '../../engine/contract/commands.ts';
import type { GlyphName } from '../design/glyphs.ts';

export type ConsumerCommand = Extract<
  CommandName,
  | 'closeConsumer'
  | 'wakeupConsumer'
  | 'freezeConsumer'
  | 'thawConsumer'
  | 'killConsumer'
  | 'startConsumer'
  | 'removeConsumer'
>;
export type ProducerCommand = Extract<
  CommandName,
  'stopProducer' | 'killProducer' | 'startProducer' | 'removeProducer'
>;

export interface ClientAction<C extends string> {
  readonly id: C;
  readonly glyph: GlyphName;
  readonly danger: boolean;
}

/** Nothing of it runs. */
export const isGone = (state: ClientState | null): boolean =>
  state === 'stopped' || state === 'killed' || state === 'failed' || state === null;

export function consumerActions(state: ClientState | null): readonly ClientAction<ConsumerCommand>[] {
  if (isGone(state)) {
    return [
      { id: 'startConsumer', glyph: 'play', danger: false },
      { id: 'removeConsumer', glyph: 'dead', danger: false },
    ];
  }
  const kill = { id: 'killConsumer', glyph: 'dead', danger: true } as const;
  if (state === 'frozen') return [{ id: 'thawConsumer', glyph: 'play', danger: false }, kill];
  if (state === 'stopping') return [kill];
  return [
    { id: 'closeConsumer', glyph: 'stop', danger: false },
    { id: 'wakeupConsumer', glyph: 'leave', danger: false },
    { id: 'freezeConsumer', glyph: 'paused', danger: false },
    kill,
  ];
}

export function producerActions(state: ClientState): readonly ClientAction<ProducerCommand>[] {
  if (isGone(state)) {
    return [
      { id: 'startProducer', glyph: 'play', danger: false },
      { id: 'removeProducer', glyph: 'dead', danger: false },
    ];
  }
  const kill = { id: 'killProducer', glyph: 'dead', danger: true } as const;
  return state === 'stopping' ? [kill] : [{ id: 'stopProducer', glyph: 'stop', danger: false }, kill];
}

/** By its place on the keyboard; null for a key that does nothing now. */
export function consumerKey(code: string, state: ClientState | null): ConsumerCommand | null {
  const wanted: Readonly<Record<string, readonly ConsumerCommand[]>> = {
    KeyS: ['closeConsumer', 'startConsumer'],
    KeyP: ['freezeConsumer', 'thawConsumer'],
    KeyK: ['killConsumer'],
  };
  return consumerActions(state).find(({ id }) => wanted[code]?.includes(id))?.id ?? null;
}

export function producerKey(code: string, state: ClientState): ProducerCommand | null {
  const wanted: Readonly<Record<string, readonly ProducerCommand[]>> = {
    KeyS: ['stopProducer', 'startProducer'],
    KeyK: ['killProducer'],
  };
  return producerActions(state).find(({ id }) => wanted[code]?.includes(id))?.id ?? null;
}
