import type { DragPoint, Point } from './points.js';

export type PointsSvgOptions = {
  /** Pixels of the output for one pixel of the picture. @default 1 */
  scale?: number;
  /** Where each handle ended, where that is known. */
  reached?: readonly Point[];
  anchors?: readonly Point[];
};

/**
 * Handles (red), targets (blue), the way between them (white lines), where handles ended (red rings) and anchors
 * (green squares) as an SVG picture with a transparent background, to lie over the image.
 *
 * @param size of the picture, in its own pixels
 */
export function pointsSvg(
  size: { width: number; height: number },
  points: readonly DragPoint[],
  { scale = 1, reached = [], anchors = [] }: PointsSvgOptions = {},
): string {
  const width = size.width * scale;
  const height = size.height * scale;
  const radius = Math.max(3, Math.min(width, height) / 64);
  const at = (p: Point) => ({ x: fixed((p.x + 0.5) * scale), y: fixed((p.y + 0.5) * scale) });
  const line = radius / 2.4;
  const parts: string[] = [];
  for (const point of points) {
    const from = at(point.handle);
    const to = at(point.target);
    parts.push(
      `<line x1="${from.x}" y1="${from.y}" x2="${to.x}" y2="${to.y}" stroke="#000" stroke-opacity="0.55" stroke-width="${fixed(line * 2.2)}" stroke-linecap="round"/>`,
      `<line x1="${from.x}" y1="${from.y}" x2="${to.x}" y2="${to.y}" stroke="#fff" stroke-width="${fixed(line)}" stroke-linecap="round"/>`,
      disc(to, radius, '#2f7bff'),
      disc(from, radius, '#f0323c'),
    );
  }
  for (const point of reached) {
    const { x, y } = at(point);
    parts.push(
      `<circle cx="${x}" cy="${y}" r="${fixed(radius * 1.35)}" fill="none" stroke="#000" stroke-opacity="0.5" stroke-width="${fixed(line * 2)}"/>`,
      `<circle cx="${x}" cy="${y}" r="${fixed(radius * 1.35)}" fill="none" stroke="#f0323c" stroke-width="${fixed(line)}"/>`,
    );
  }
  for (const anchor of anchors) {
    const { x, y } = at(anchor);
    parts.push(
      `<rect x="${fixed(x - radius)}" y="${fixed(y - radius)}" width="${fixed(radius * 2)}" height="${fixed(radius * 2)}" rx="${fixed(radius / 3)}" fill="#19a974" stroke="#fff" stroke-width="${fixed(line)}"/>`,
    );
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${parts.join('')}</svg>`;
}

function disc(at: { x: number; y: number }, radius: number, colour: string): string {
  return `<circle cx="${at.x}" cy="${at.y}" r="${fixed(radius)}" fill="${colour}" stroke="#fff" stroke-width="${fixed(radius / 2.4)}"/>`;
}

function fixed(value: number): number {
  return Math.round(value * 100) / 100;
}
