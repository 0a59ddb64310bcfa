/**
 * The diagram as one SVG that is read on its own: colours and sizes inside, texts as text, light or dark. No scripts, no
 * links, no fonts to load.
 */
import type { SpaceTime } from '../wire.ts';
import { detailSize, titleSize } from './labels.ts';
import { layoutDiagram, type DiagramLayout, type DiagramOptions, type DrawnArrow } from './layout.ts';
import { arrowHead, arrowPath, stretchPath } from './paths.ts';
import { palettes, type Palette } from './palettes.ts';
import { englishWords, type DiagramWords } from './words.ts';

export interface SvgOptions extends Omit<DiagramOptions, 'width'> {
  readonly theme: 'light' | 'dark';
  readonly width?: number;
  /** Above the diagram; left out: none. */
  readonly title?: string;
}

const defaultWidth = 1064;
const titleHeight = 30;
const fonts = `'IBM Plex Sans','IBM Plex Sans KR',system-ui,-apple-system,'Segoe UI','Noto Sans KR',sans-serif`;

export function spaceTimeSvg(data: SpaceTime, options: SvgOptions): string {
  const { theme, title, width = defaultWidth, words = englishWords } = options;
  const layout = layoutDiagram(data, { ...options, width, words });
  const palette = palettes[theme];
  const rise = title === undefined ? 0 : titleHeight;
  const height = layout.height + rise;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="${fonts}" role="img">`,
    title === undefined ? '' : `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="${palette.background}"/>`,
    title === undefined ? '' : text(palette, { x: 14, y: 20, size: 13, bold: true, color: palette.ink }, title),
    `<g transform="translate(0 ${rise})">`,
    ...bodyOf(layout, palette, words),
    '</g></svg>',
  ].join('\n');
}

function bodyOf(layout: DiagramLayout, palette: Palette, words: DiagramWords): string[] {
  return [
    ...ticksSvg(layout, palette),
    ...lanesSvg(layout, palette),
    ...cutsSvg(layout, palette),
    ...milestonesSvg(layout, palette),
    ...waitsSvg(layout, palette),
    ...layout.arrows.map((arrow) => arrowSvg(arrow, palette)),
    ...labelsSvg(layout, palette),
    ...marksSvg(layout, palette, words),
  ];
}

function ticksSvg({ ticks, top, bottom }: DiagramLayout, palette: Palette): string[] {
  return ticks.flatMap(({ x, label }) => [
    `<path d="M${n(x)} ${n(top)}V${n(bottom)}" stroke="${palette.grid}"/>`,
    text(palette, { x, y: bottom + 16, size: 11, anchor: 'middle', color: palette.quiet }, label),
  ]);
}

function lanesSvg({ lanes, left, right }: DiagramLayout, palette: Palette): string[] {
  return lanes.flatMap(({ y, name, role, strong }) => [
    `<path d="M${n(left - 8)} ${n(y)}H${n(right + 8)}" stroke="${palette.line}" stroke-width="${strong ? 2.5 : 1}"/>`,
    text(palette, { x: 14, y: y - 1, size: 13, bold: true, color: palette.ink }, name),
    role === '' ? '' : text(palette, { x: 14, y: y + 14, size: 11, color: palette.quiet }, role),
  ]);
}

function cutsSvg({ cuts, top, bottom }: DiagramLayout, palette: Palette): string[] {
  return cuts.flatMap(({ x0, x1, label }) => {
    const middle = (x0 + x1) / 2;
    const y = (top + bottom) / 2;
    const turned = `transform="rotate(-90 ${n(middle)} ${n(y)})"`;
    return [
      `<path d="${stretchPath(x0, x1, top, bottom)}" fill="${palette.cut}" stroke="${palette.line}"/>`,
      text(
        palette,
        { x: middle, y: y + 4, size: 11, anchor: 'middle', color: palette.quiet, extra: turned, halo: false },
        label,
      ),
    ];
  });
}

function milestonesSvg({ milestones, bottom }: DiagramLayout, palette: Palette): string[] {
  return milestones.flatMap(({ x, textX, anchor, title, time, tone }) => [
    `<path d="M${n(x)} 32V${n(bottom)}" stroke="${palette[tone]}" stroke-dasharray="2 3"/>`,
    text(palette, { x: textX, y: 14, size: titleSize, bold: true, anchor, color: palette[tone] }, title),
    text(palette, { x: textX, y: 28, size: detailSize, anchor, color: palette.quiet }, time),
  ]);
}

function waitsSvg({ waits }: DiagramLayout, palette: Palette): string[] {
  return waits.flatMap(({ wait, x0, x1, y, label }) => {
    const { fill, stroke } = palette.waits[wait.kind];
    return [
      `<rect x="${n(x0)}" y="${n(y - 5)}" width="${n(x1 - x0)}" height="10" fill="${fill}" stroke="${stroke}"/>`,
      label === null
        ? ''
        : text(palette, { x: (x0 + x1) / 2, y: y + 20, size: 11, anchor: 'middle', color: palette.wait }, label),
    ];
  });
}

function arrowSvg(arrow: DrawnArrow, palette: Palette): string {
  const color = palette[arrow.tone];
  const width = arrow.strong ? 2 : 1.2;
  const dash = arrow.known === 'whole' ? '' : ' stroke-dasharray="4 3"';
  const head = arrowHead(arrow);
  return (
    `<path d="${arrowPath(arrow)}" stroke="${color}" stroke-width="${width}"${dash} fill="none"/>` +
    (head === null ? '' : `<path d="${head}" fill="${color}"/>`)
  );
}

function labelsSvg({ labels }: DiagramLayout, palette: Palette): string[] {
  return labels.flatMap(({ x, y, anchor, title, detail, tone }) => [
    text(palette, { x, y, size: titleSize, bold: true, anchor, color: palette[tone] }, title),
    detail === '' ? '' : text(palette, { x, y: y + 14, size: detailSize, anchor, color: palette.quiet }, detail),
  ]);
}

function marksSvg({ marks }: DiagramLayout, palette: Palette, words: DiagramWords): string[] {
  return marks.map(({ mark, x, y, tone }) => {
    const { title, detail } = words.mark(mark);
    const tip = `<title>${escaped(detail === '' ? title : `${title}: ${detail}`)}</title>`;
    const circle = `<circle cx="${n(x)}" cy="${n(y)}" r="9" fill="${palette.background}" stroke="${palette[tone]}" stroke-width="1.6"/>`;
    const number = { x, y: y + 4, size: 11, bold: true, anchor: 'middle', color: palette[tone], halo: false } as const;
    return `<g>${tip}${circle}${text(palette, number, String(mark.number))}</g>`;
  });
}

interface TextStyle {
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly color: string;
  readonly bold?: boolean;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly halo?: boolean;
  readonly extra?: string;
}

function text(palette: Palette, style: TextStyle, content: string): string {
  const { x, y, size, color, bold = false, anchor = 'start', halo = true, extra = '' } = style;
  const weight = bold ? ' font-weight="600"' : '';
  const around = halo ? ` paint-order="stroke" stroke="${palette.background}" stroke-width="4"` : '';
  return `<text x="${n(x)}" y="${n(y)}" font-size="${size}" text-anchor="${anchor}" fill="${color}"${weight}${around} ${extra}>${escaped(content)}</text>`;
}

function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
