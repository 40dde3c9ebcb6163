import { pointsSvg } from '@autodrag/autodrag';
import type { FigureTile } from '@autodrag/evaluation';

/** One picture of a figure, as it is drawn. */
export type DrawnTile = Omit<FigureTile, 'w'> & {
  /** PNG or JPEG bytes. */
  readonly png: Uint8Array;
  /** Of the picture in its own pixels, in which points are. */
  readonly width: number;
  readonly height: number;
};

export type DrawnFigure = {
  readonly columns: readonly string[];
  readonly rows: readonly { readonly title: string; readonly tiles: readonly (DrawnTile | null)[] }[];
};

/** Longer side of a tile, and what is around it. */
const tile = 200;
const gap = 8;
const caption = 22;
const line = 17;
/** Characters of a title that fit a tile's width. */
const charactersAcross = 27;

/** Pictures in rows and columns with titles, captions and points, as an SVG picture that holds them. */
export function figureSvg({ columns, rows }: DrawnFigure): string {
  const first = rows.flatMap(({ tiles }) => tiles).find((one) => one !== null);
  const scale = first ? tile / Math.max(first.width, first.height) : 1;
  const [width, height] = first ? [first.width * scale, first.height * scale] : [tile, tile];
  const titled = rows.some(({ title }) => title !== '');
  const left = titled ? 190 : gap;
  const heads = columns.map((title) => wrap(title, charactersAcross));
  const top = gap + line * Math.max(1, ...heads.map((lines) => lines.length)) + 6;
  const captioned = rows.some(({ tiles }) => tiles.some((one) => one?.caption));
  const rowHeight = height + (captioned ? caption : 0) + gap;
  const parts: string[] = heads.map((lines, i) => text(lines, left + i * (width + gap) + width / 2, top - 8, 'last'));
  rows.forEach(({ title, tiles }, r) => {
    const y = top + r * rowHeight;
    if (title) parts.push(text(wrap(title, 22), (left - gap) / 2, y + height / 2, 'middle'));
    tiles.forEach((one, c) => {
      if (!one) return;
      const x = left + c * (width + gap);
      const over = pointsSvg(one, one.points ?? [], { scale });
      parts.push(
        `<image x="${x}" y="${y}" width="${width}" height="${height}" href="data:image/png;base64,${Buffer.from(one.png).toString('base64')}"/>`,
        over.replace('<svg ', `<svg x="${x}" y="${y}" `),
        ...(one.goals ?? []).map((goal) => ring(x + (goal.x + 0.5) * scale, y + (goal.y + 0.5) * scale)),
      );
      if (one.caption) parts.push(text([one.caption], x + width / 2, y + height + 16, 'first'));
    });
  });
  const whole = [left + columns.length * (width + gap), top + rows.length * rowHeight].map(Math.ceil);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${whole[0]}" height="${whole[1]}" viewBox="0 0 ${whole[0]} ${whole[1]}" font-family="sans-serif" font-size="14"><rect width="100%" height="100%" fill="#fff"/>${parts.join('')}</svg>`;
}

/** Where something should be: open, so that what is there can be seen. */
function ring(x: number, y: number): string {
  const circle = (colour: string, width: number) =>
    `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="6" fill="none" stroke="${colour}" stroke-width="${width}"/>`;
  return circle('#fff', 4) + circle('#2f7bff', 2);
}

/** Centred lines. @param at which of them, or their middle, is at y */
function text(lines: readonly string[], x: number, y: number, at: 'first' | 'middle' | 'last'): string {
  const before = at === 'first' ? 0 : at === 'last' ? lines.length - 1 : (lines.length - 1) / 2;
  return lines
    .map((one, i) => `<text x="${x}" y="${y + (i - before) * line}" text-anchor="middle">${escaped(one)}</text>`)
    .join('');
}

function wrap(title: string, most: number): string[] {
  const lines = [''];
  for (const word of title.split(' ')) {
    const last = lines.at(-1)!;
    if (last && last.length + 1 + word.length > most) lines.push(word);
    else lines[lines.length - 1] = last ? `${last} ${word}` : word;
  }
  return lines;
}

function escaped(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
