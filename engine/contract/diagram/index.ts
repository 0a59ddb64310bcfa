/** The space-time diagram as pure functions: from an answer of the query `spaceTime` to a layout, and from there to SVG. */
export * from './layout.ts';
export * from './svg.ts';
export * from './words.ts';
export * from './format.ts';
export * from './paths.ts';
export * from './tones.ts';
