export type Series = {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
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

/** Colours that stay apart for colour-blind readers (Okabe and Ito). */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000', '#8c6d31'];

/**
 * Curves over a common x axis as an SVG picture: axes at round numbers, a grid, a legend. Values that are not finite
 * leave a gap.
 */
export function plotSvg(
  series: readonly Series[],
  { title = '', xLabel = '', yLabel = '', scale = 'linear', width = 960, height = 540 }: PlotOptions = {},
): string {
  const usable = ([x, y]: readonly [number, number]) =>
    Number.isFinite(x) && Number.isFinite(y) && (scale === 'linear' || y > 0);
  const all = series.flatMap((one) => one.points.filter(usable));
  const map = scale === 'log' ? Math.log10 : (value: number) => value;
  const xTicks = linearTicks(...range(all.map(([x]) => x)), 8);
  const yTicks =
    scale === 'log' ? logTicks(...range(all.map(([, y]) => y))) : linearTicks(...range(all.map(([, y]) => y)), 6);
  const [x0, x1] = [Math.min(...xTicks), Math.max(...xTicks)];
  const [y0, y1] = [map(Math.min(...yTicks)), map(Math.max(...yTicks))];
  const box = { left: 76, right: width - 24, top: title ? 52 : 24, bottom: height - 58 };
  const px = (x: number) => round(box.left + ((x - x0) / (x1 - x0 || 1)) * (box.right - box.left));
  const py = (y: number) => round(box.bottom - ((map(y) - y0) / (y1 - y0 || 1)) * (box.bottom - box.top));

  const parts: string[] = [`<rect width="${width}" height="${height}" fill="#fff"/>`];
  if (title) parts.push(`<text x="${box.left}" y="30" font-size="19" font-weight="600">${escapeText(title)}</text>`);
  for (const tick of yTicks) {
    const y = py(tick);
    parts.push(
      `<line x1="${box.left}" y1="${y}" x2="${box.right}" y2="${y}" stroke="#e3e6ea"/>`,
      `<text x="${box.left - 10}" y="${y + 4.5}" text-anchor="end">${formatTick(tick)}</text>`,
    );
  }
  for (const tick of xTicks) {
    const x = px(tick);
    parts.push(
      `<line x1="${x}" y1="${box.top}" x2="${x}" y2="${box.bottom}" stroke="#f0f2f4"/>`,
      `<text x="${x}" y="${box.bottom + 22}" text-anchor="middle">${formatTick(tick)}</text>`,
    );
  }
  parts.push(`<path d="M${box.left} ${box.top}V${box.bottom}H${box.right}" fill="none" stroke="#6b7280"/>`);
  if (xLabel)
    parts.push(
      `<text x="${(box.left + box.right) / 2}" y="${height - 14}" text-anchor="middle">${escapeText(xLabel)}</text>`,
    );
  if (yLabel) {
    const y = (box.top + box.bottom) / 2;
    parts.push(
      `<text x="18" y="${y}" text-anchor="middle" transform="rotate(-90 18 ${y})">${escapeText(yLabel)}</text>`,
    );
  }
  series.forEach((one, i) => {
    const colour = colours[i % colours.length] as string;
    const path = (points: Series['points']) => polyline(points, usable, px, py);
    if (one.smooth) {
      parts.push(
        `<path d="${path(one.points)}" fill="none" stroke="${colour}" stroke-opacity="0.25" stroke-width="1"/>`,
      );
      parts.push(
        `<path d="${path(runningMean(one.points.filter(usable)))}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      );
    } else {
      parts.push(
        `<path d="${path(one.points)}" fill="none" stroke="${colour}" stroke-width="2" stroke-linejoin="round"/>`,
      );
    }
  });
  const named = series.filter((one) => one.name);
  if (named.length) {
    const wide = 46 + 8 * Math.max(...named.map((one) => one.name.length));
    const left = box.right - wide - 8;
    parts.push(
      `<rect x="${left}" y="${box.top + 8}" width="${wide}" height="${named.length * 22 + 10}" rx="4" fill="#fff" fill-opacity="0.88" stroke="#e3e6ea"/>`,
    );
    named.forEach((one, i) => {
      const y = box.top + 25 + i * 22;
      const colour = colours[series.indexOf(one) % colours.length] as string;
      parts.push(
        `<line x1="${left + 10}" y1="${y - 4}" x2="${left + 32}" y2="${y - 4}" stroke="${colour}" stroke-width="3"/>`,
        `<text x="${left + 40}" y="${y}">${escapeText(one.name)}</text>`,
      );
    });
  }
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `font-family="Helvetica, Arial, 'DejaVu Sans', sans-serif" font-size="13" fill="#1f2937">${parts.join('')}</svg>`
  );
}

function polyline(
  points: Series['points'],
  usable: (point: readonly [number, number]) => boolean,
  px: (x: number) => number,
  py: (y: number) => number,
): string {
  let path = '';
  let open = false;
  for (const point of thin(points)) {
    if (!usable(point)) {
      open = false;
      continue;
    }
    path += `${open ? 'L' : 'M'}${px(point[0])} ${py(point[1])}`;
    open = true;
  }
  return path;
}

/** At most 2000 points are drawn: every k-th, and the last. */
function thin(points: Series['points']): Series['points'] {
  const every = Math.ceil(points.length / 2000);
  return every <= 1 ? points : points.filter((_, i) => i % every === 0 || i === points.length - 1);
}

/** Mean over a window of a fortieth of the curve. */
function runningMean(points: Series['points']): Series['points'] {
  const half = Math.max(1, Math.floor(points.length / 80));
  const sums = [0];
  for (const [, y] of points) sums.push((sums[sums.length - 1] as number) + y);
  return points.map(([x], i) => {
    const from = Math.max(0, i - half);
    const to = Math.min(points.length, i + half + 1);
    return [x, ((sums[to] as number) - (sums[from] as number)) / (to - from)] as const;
  });
}

function range(values: readonly number[]): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 1];
}

/** Round numbers (1, 2, 5 times a power of ten) that enclose [low, high]. */
function linearTicks(low: number, high: number, about: number): number[] {
  const span = high - low || Math.abs(high) || 1;
  const power = 10 ** Math.floor(Math.log10(span / about));
  const step =
    [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => span / candidate <= about) ?? power * 10;
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(Math.ceil(high / step - 1e-9), first + 1);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** Powers of ten that enclose [low, high], with 2 and 5 between where there are few. */
function logTicks(low: number, high: number): number[] {
  const first = Math.floor(Math.log10(low > 0 ? low : 1) + 1e-9);
  const last = Math.max(Math.ceil(Math.log10(high > 0 ? high : 10) - 1e-9), first + 1);
  const factors = last - first <= 3 ? [1, 2, 5] : [1];
  const ticks = [];
  for (let power = first; power < last; power++) for (const factor of factors) ticks.push(factor * 10 ** power);
  ticks.push(10 ** last);
  const below = ticks.filter((tick) => tick <= low * 1.0001);
  const above = ticks.filter((tick) => tick >= high * 0.9999);
  return ticks.filter((tick) => tick >= (below.at(-1) ?? tick) && tick <= (above[0] ?? tick));
}

function formatTick(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(4))}M`;
  if (size >= 1e4) return `${Number((value / 1e3).toPrecision(4))}k`;
  if (size !== 0 && size < 1e-3) return value.toExponential(0);
  return String(Number(value.toPrecision(4)));
}

function escapeText(text: string): string {
  return text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] as string);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
