import { type Axis, createAxis } from './axis.js';
import { type CurvePoint, curvePath, runningMean } from './curve.js';

export type Series = {
  readonly name: string;
  readonly points: readonly CurvePoint[];
  /** Draws the values thin and pale, and a running mean over them. @default false */
  readonly smooth?: boolean;
};

export type PlotOptions = {
  title?: string;
  xLabel?: string;
  yLabel?: string;
  /** `log` leaves out values that are not positive. @default 'linear' */
  scale?: 'linear' | 'log';
  /** @default 960 */
  width?: number;
  /** @default 540 */
  height?: number;
};

type Box = { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };

/** Colours that stay apart for colour-blind readers (Okabe and Ito). */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000', '#8c6d31'];
const colourOf = (i: number) => colours[i % colours.length] as string;

/**
 * Curves over a common x axis as an SVG picture: axes at round numbers, a grid, a legend. Values that are not finite
 * leave a gap.
 */
export function plotSvg(
  series: readonly Series[],
  { title = '', xLabel = '', yLabel = '', scale = 'linear', width = 960, height = 540 }: PlotOptions = {},
): string {
  const usable = ([x, y]: CurvePoint) => Number.isFinite(x) && Number.isFinite(y) && (scale === 'linear' || y > 0);
  const all = series.flatMap((one) => one.points.filter(usable));
  const box: Box = { left: 76, right: width - 24, top: title ? 52 : 24, bottom: height - 58 };
  const xAxis = createAxis(
    all.map(([x]) => x),
    { scale: 'linear', pixels: [box.left, box.right], about: 8 },
  );
  const yAxis = createAxis(
    all.map(([, y]) => y),
    { scale, pixels: [box.bottom, box.top], about: 6 },
  );
  const at = ([x, y]: CurvePoint) => [xAxis.at(x), yAxis.at(y)] as const;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" `,
    `font-family="Helvetica, Arial, 'DejaVu Sans', sans-serif" font-size="13" fill="#1f2937">`,
    title && `<title>${escapeText(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    title && `<text x="${box.left}" y="30" font-size="19" font-weight="600">${escapeText(title)}</text>`,
    ...drawAxes(box, xAxis, yAxis),
    ...drawLabels(box, height, xLabel, yLabel),
    ...series.flatMap((one, i) => drawSeries(one, colourOf(i), (points) => curvePath(points, usable, at))),
    ...drawLegend(series, box),
    '</svg>',
  ].join('');
}

function drawAxes(box: Box, xAxis: Axis, yAxis: Axis): string[] {
  return [
    ...yAxis.ticks.flatMap(({ value, label }) => {
      const y = yAxis.at(value);
      return [
        `<line x1="${box.left}" y1="${y}" x2="${box.right}" y2="${y}" stroke="#e3e6ea"/>`,
        `<text x="${box.left - 10}" y="${y + 4.5}" text-anchor="end">${label}</text>`,
      ];
    }),
    ...xAxis.ticks.flatMap(({ value, label }) => {
      const x = xAxis.at(value);
      return [
        `<line x1="${x}" y1="${box.top}" x2="${x}" y2="${box.bottom}" stroke="#f0f2f4"/>`,
        `<text x="${x}" y="${box.bottom + 22}" text-anchor="middle">${label}</text>`,
      ];
    }),
    `<path d="M${box.left} ${box.top}V${box.bottom}H${box.right}" fill="none" stroke="#6b7280"/>`,
  ];
}

function drawLabels(box: Box, height: number, xLabel: string, yLabel: string): string[] {
  const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  return [
    xLabel && `<text x="${x}" y="${height - 14}" text-anchor="middle">${escapeText(xLabel)}</text>`,
    yLabel && `<text x="18" y="${y}" text-anchor="middle" transform="rotate(-90 18 ${y})">${escapeText(yLabel)}</text>`,
  ];
}

function drawSeries(
  { points, smooth }: Series,
  colour: string,
  path: (points: readonly CurvePoint[]) => string,
): string[] {
  const stroke = (d: string, more: string) => `<path d="${d}" fill="none" stroke="${colour}" ${more}/>`;
  if (!smooth) return [stroke(path(points), 'stroke-width="2" stroke-linejoin="round"')];
  return [
    stroke(path(points), 'stroke-opacity="0.25" stroke-width="1"'),
    stroke(path(runningMean(points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y)))), 'stroke-width="2"'),
  ];
}

function drawLegend(series: readonly Series[], box: Box): string[] {
  const named = series.flatMap(({ name }, i) => (name ? [{ name, colour: colourOf(i) }] : []));
  if (named.length === 0) return [];
  const width = 46 + 8 * Math.max(...named.map(({ name }) => name.length));
  const left = box.right - width - 8;
  const frame = `x="${left}" y="${box.top + 8}" width="${width}" height="${named.length * 22 + 10}" rx="4"`;
  return [
    `<rect ${frame} fill="#fff" fill-opacity="0.88" stroke="#e3e6ea"/>`,
    ...named.flatMap(({ name, colour }, i) => {
      const y = box.top + 25 + i * 22;
      return [
        `<line x1="${left + 10}" y1="${y - 4}" x2="${left + 32}" y2="${y - 4}" stroke="${colour}" stroke-width="3"/>`,
        `<text x="${left + 40}" y="${y}">${escapeText(name)}</text>`,
      ];
    }),
  ];
}

function escapeText(text: string): string {
  return text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] as string);
}
