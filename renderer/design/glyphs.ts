/**
 * The window's drawings as SVG content. Glyphs (12 x 12) tell states by shape, so that colour is never alone; icons
 * (16 x 16) are outlines for places and tools.
 */
export const glyphs = {
  leader: '<path d="M6 .4 11.6 6 6 11.6.4 6z" fill="currentColor"/>',
  'in-sync': '<circle cx="6" cy="6" r="4.4" fill="currentColor"/>',
  'catching-up':
    '<circle cx="6" cy="6" r="4.2" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M1.8 6a4.2 4.2 0 0 0 8.4 0z" fill="currentColor"/>',
  'out-of-sync':
    '<circle cx="6" cy="6" r="4.4" fill="none" stroke="currentColor" stroke-width="1.6" stroke-dasharray="2.3 1.6"/>',
  dead: '<path d="M2 2l8 8M10 2l-8 8" stroke="currentColor" stroke-width="2.2" fill="none"/>',
  fenced:
    '<circle cx="6" cy="6" r="4.6" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M2.8 9.2l6.4-6.4" stroke="currentColor" stroke-width="1.6"/>',
  paused: '<path d="M2.5 1.5h2.6v9H2.5zM6.9 1.5h2.6v9H6.9z" fill="currentColor"/>',
  starting:
    '<circle cx="6" cy="6" r="4.4" fill="none" stroke="currentColor" stroke-width="1.4"/><path d="M6 6V1.6A4.4 4.4 0 0 1 10.4 6z" fill="currentColor"/>',
  unknown:
    '<circle cx="6" cy="6" r="4.6" fill="none" stroke="currentColor" stroke-width="1.2" stroke-dasharray="1.2 1.6"/><path d="M4.6 4.8c0-1.8 2.9-1.8 2.9 0 0 1.1-1.4 1.1-1.4 2.2M6 8.6v.8" stroke="currentColor" stroke-width="1.2" fill="none"/>',
  pending: '<circle cx="6" cy="6" r="4.4" fill="none" stroke="currentColor" stroke-width="1.2"/>',
  flag: '<path d="M2.5 11.5v-11M2.5 1h7l-2 2.6 2 2.6h-7" fill="currentColor" stroke="currentColor" stroke-width="1.2"/>',
  'flag-lifted':
    '<path d="M2.5 11.5v-11M2.5 1h7l-2 2.6 2 2.6h-7" fill="none" stroke="currentColor" stroke-width="1.2"/>',
  ok: '<circle cx="6" cy="6" r="5.6" fill="currentColor"/><path d="M3.2 6.2l2 2 3.6-4" stroke="var(--bg-cell)" stroke-width="1.6" fill="none"/>',
  bad: '<path d="M6 .4 11.8 11H.2z" fill="currentColor"/><path d="M6 4v3.4M6 8.4v1.3" stroke="var(--bg-cell)" stroke-width="1.5"/>',
  stop: '<path d="M2 2h8v8H2z" fill="currentColor"/>',
  leave: '<path d="M7 2H2v8h5M5 6h6M8.6 3.6L11 6 8.6 8.4" fill="none" stroke="currentColor" stroke-width="1.4"/>',
  play: '<path d="M2.5 1l8 5-8 5z" fill="currentColor"/>',
  copy: '<path d="M4 4h7v7H4zM1 8V1h7" fill="none" stroke="currentColor" stroke-width="1.3"/>',
  more: '<path d="M1.5 5h2v2h-2zM5 5h2v2H5zM8.5 5h2v2h-2z" fill="currentColor"/>',
  plus: '<path d="M6 1v10M1 6h10" stroke="currentColor" stroke-width="1.6"/>',
  down: '<path d="M2 4l4 4 4-4" fill="none" stroke="currentColor" stroke-width="1.5"/>',
  right: '<path d="M4 2l4 4-4 4" fill="none" stroke="currentColor" stroke-width="1.5"/>',
  arrow: '<path d="M1 6h9M6.6 2.6L10 6 6.6 9.4" fill="none" stroke="currentColor" stroke-width="1.4"/>',
  watermark: '<path d="M6 1v11" stroke="var(--hw)" stroke-width="2"/><path d="M3 0h6L6 4z" fill="var(--hw)"/>',
} as const;
export type GlyphName = keyof typeof glyphs;

export const icons = {
  cluster: 'M2 3h4v4H2zM10 3h4v4h-4zM6 10h4v4H6zM6 5h4M4.5 7L7 10M11.5 7L9 10',
  topics: 'M2 3.5h12M2 8h12M2 12.5h12M5 2v3M11 6.5v3M7 11v3',
  groups:
    'M5.5 7a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4zM1.5 13.5c0-2.6 1.6-4.2 4-4.2s4 1.6 4 4.2M10.5 7.2a2 2 0 1 0-.6-3.9M11.2 9.5c2 .2 3.3 1.7 3.3 4',
  records: 'M3 1.5h7l3 3v10H3zM10 1.5v3h3M5.5 7.5h5M5.5 9.5h5M5.5 11.5h3',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.6 10.6L14.5 14.5',
  quorum: 'M8 1.5l6.5 11.5h-13zM8 6v3M8 10.4v1',
  clients: 'M1.5 2.5h13v9h-13zM4 5.5l2 1.5-2 1.5M7.5 9h3M5 14h6',
  segments: 'M1.5 3h5v4h-5zM8.5 3h6v4h-6zM1.5 9h8v4h-8zM11.5 9h3v4h-3z',
  configs: 'M2 4h6M11 4h3M2 8h3M8 8h6M2 12h7M12 12h2M8.5 2.5v3M5.5 6.5v3M9.5 10.5v3',
  spacetime: 'M2 2.5h12M2 8h12M2 13.5h12M4 2.5l4 5.5M8 8l4 5.5M9 8l3-5.5',
  ledger: 'M2.5 2h11v12h-11zM5 5.5l1 1 1.5-2M9 5.5h2.5M5 10l1 1 1.5-2M9 10h2.5',
  compare: 'M2 5c2-3 4 3 6 0s4 3 6 0M2 11h4l2-2 2 4 2-2h2',
  scenarios: 'M4 1.5v13M4 2.5h8l-2 2.5 2 2.5H4',
  faults: 'M9 1.5L3.5 9H8l-1 5.5L12.5 7H8z',
  runs: 'M2.5 2.5h11v11h-11zM6.5 5.5v5l4-2.5z',
  settings:
    'M8 5.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM8 1.5v2M8 12.5v2M1.5 8h2M12.5 8h2M3.5 3.5l1.4 1.4M11.1 11.1l1.4 1.4M12.5 3.5l-1.4 1.4M4.9 11.1l-1.4 1.4',
  keys: 'M1.5 4h13v8h-13zM4 7h.5M6.5 7H7M9 7h.5M11.5 7h.5M4.5 9.5h7',
  projector: 'M1.5 2.5h13v8h-13zM8 10.5V14M5 14h6',
  sun: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1v2M8 13v2M1 8h2M13 8h2M3 3l1.4 1.4M11.6 11.6L13 13M13 3l-1.4 1.4M4.4 11.6L3 13',
  moon: 'M13 9.6A5.6 5.6 0 0 1 6.4 3a5.6 5.6 0 1 0 6.6 6.6z',
} as const;
export type IconName = keyof typeof icons;
