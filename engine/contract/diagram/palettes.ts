/** Colours of an exported picture: the window's tokens of both themes, by what they mean. */
import type { SpaceTimeWait } from '../wire.ts';
import type { DiagramTone } from './tones.ts';

export type Palette = Readonly<Record<DiagramTone, string>> & {
  readonly background: string;
  readonly cut: string;
  readonly line: string;
  readonly grid: string;
  readonly waits: Readonly<Record<SpaceTimeWait['kind'], { readonly fill: string; readonly stroke: string }>>;
};

function paletteOf(c: Readonly<Record<string, string> & { ink: string }>): Palette {
  const colour = (name: string): string => c[name] ?? c.ink;
  const quietBar = { fill: colour('idle'), stroke: colour('lineStrong') };
  const amber = { fill: colour('outOfSyncBg'), stroke: colour('outOfSync') };
  const accent = { fill: colour('accentBg'), stroke: colour('accent') };
  return {
    background: colour('cell'),
    cut: colour('window'),
    line: colour('lineStrong'),
    grid: colour('grid'),
    ink: c.ink,
    quiet: colour('ink3'),
    good: colour('inSync'),
    accent: colour('accent'),
    wait: colour('outOfSync'),
    fault: colour('fault'),
    waits: {
      accumulator: quietBar,
      'in-flight': { fill: colour('hover'), stroke: colour('lineStrong') },
      append: { fill: colour('ink2'), stroke: colour('ink2') },
      'delayed-produce': amber,
      'delayed-fetch': amber,
      'delayed-join': amber,
      session: amber,
      processing: accent,
    },
  };
}

export const palettes: Readonly<Record<'light' | 'dark', Palette>> = {
  light: paletteOf({
    ink: '#0e1718',
    ink2: '#3f4d50',
    ink3: '#5a696c',
    cell: '#ffffff',
    window: '#e9edec',
    hover: '#e4eae8',
    lineStrong: '#a9b5b3',
    grid: '#e2e7e6',
    idle: '#c3ccca',
    inSync: '#08735f',
    accent: '#3546c8',
    accentBg: '#e6e9fb',
    outOfSync: '#8a5200',
    outOfSyncBg: '#fbeacb',
    fault: '#b81f33',
  }),
  dark: paletteOf({
    ink: '#eaf1f1',
    ink2: '#b3c0c2',
    ink3: '#8a999c',
    cell: '#161d1f',
    window: '#0a0e0f',
    hover: '#202a2d',
    lineStrong: '#465357',
    grid: '#1c2426',
    idle: '#3a464a',
    inSync: '#4fd6b2',
    accent: '#a3b0ff',
    accentBg: '#20264a',
    outOfSync: '#f4b755',
    outOfSyncBg: '#3a2a0c',
    fault: '#ff8488',
  }),
};
