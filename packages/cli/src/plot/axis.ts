import { type ScaleContinuousNumeric, scaleLinear, scaleLog } from 'd3-scale';

export type Axis = {
  /** Where a value stands, in pixels. */
  readonly at: (value: number) => number;
  /** Round numbers; the first and the last enclose the data. */
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
};

export type AxisOptions = {
  scale: 'linear' | 'log';
  /** Pixels of the lowest and of the highest value. */
  pixels: readonly [low: number, high: number];
  /** How many ticks there should be, about. */
  about: number;
};

/** An axis that encloses values; the one from 0 to 1 where there are none. A logarithm takes positive values alone. */
export function createAxis(values: readonly number[], { scale, pixels, about }: AxisOptions): Axis {
  const axis = (scale === 'log' ? scaleLog() : scaleLinear()).domain(enclose(values, scale)).nice(about).range(pixels);
  return {
    at: (value) => Math.round(axis(value) * 10) / 10,
    ticks: labelled(axis, scale, about).map((value) => ({ value, label: formatTick(value) })),
  };
}

/**
 * Ticks that are labelled: on a logarithmic axis of many decades their powers of ten alone, else 1, 2 and 5 times
 * those.
 */
function labelled(axis: ScaleContinuousNumeric<number, number>, scale: 'linear' | 'log', about: number): number[] {
  const ticks = axis.ticks(about);
  if (scale === 'linear') return ticks;
  const digit = (value: number) => Math.round(value / 10 ** Math.floor(Math.log10(value) + 1e-9));
  const powers = ticks.filter((value) => digit(value) === 1);
  return powers.length > 4 ? powers : ticks.filter((value) => [1, 2, 5].includes(digit(value)));
}

function enclose(values: readonly number[], scale: 'linear' | 'log'): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return scale === 'log' ? [1, 10] : [0, 1];
  if (low < high) return [low, high];
  return scale === 'log' ? [low / 2, high * 2] : [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2];
}

function formatTick(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(4))}M`;
  if (size >= 1e4) return `${Number((value / 1e3).toPrecision(4))}k`;
  if (size !== 0 && size < 1e-3) return value.toExponential(0);
  return String(Number(value.toPrecision(4)));
}
