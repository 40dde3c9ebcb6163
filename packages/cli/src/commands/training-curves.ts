import { join } from 'node:path';
import type { MetricsRow } from '@autodrag/nn/training';
import { encodeSvg } from '../node/images.js';
import { writeFileWhole } from '../node/write-file.js';
import { plotSvg, type Series } from '../plot/plot-svg.js';

/** Not drawn: they are no measure of success and would stretch the scale. */
export const hiddenMetrics: ReadonlySet<string> = new Set(['step', 'gradNorm', 'skipped']);

/** Writes `metrics.json`, a row a line. */
export async function writeMetrics(folder: string, rows: readonly MetricsRow[]): Promise<void> {
  await writeFileWhole(join(folder, 'metrics.json'), `[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`);
}

/** Writes the learning curves as SVG and PNG. */
export async function drawCurves(folder: string, title: string, rows: readonly MetricsRow[]): Promise<void> {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter(
    (key) => !hiddenMetrics.has(key) && rows.some((row) => (row[key] as number) > 0),
  );
  if (!names.length) return;
  const series = names.map((key): Series => {
    const points = rows.flatMap((row): [number, number][] => (row[key] === undefined ? [] : [[row.step, row[key]]]));
    return { name: key, points, smooth: points.length > 100 };
  });
  const svg = plotSvg(series, { title, xLabel: 'step', scale: 'log' });
  await writeFileWhole(join(folder, 'curves.svg'), svg);
  await writeFileWhole(join(folder, 'curves.png'), await encodeSvg(svg));
}
