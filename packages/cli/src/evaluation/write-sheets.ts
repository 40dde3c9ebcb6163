import { join } from 'node:path';
import type { Autodrag } from '@autodrag/autodrag';
import { type DragRecord, type Judge, type PointCount, qualitativeFigure } from '@autodrag/evaluation';
import { writeFileWhole } from '../node/write-file.js';
import { drawFigure } from './draw-figure.js';
import { methodTitles } from './method-titles.js';
import type { EvaluationSettings } from './records-file.js';

/**
 * The pictures of a comparison, `sheet-1.png` for drags of one point and so on: quartiles, and the worst of each
 * method.
 *
 * @returns the files
 */
export async function writeSheets(
  folder: string,
  { autodrag, judge }: { autodrag: Autodrag; judge: Judge },
  { methods, points, seed }: EvaluationSettings,
  records: readonly DragRecord[],
  signal?: AbortSignal,
): Promise<string[]> {
  const files: string[] = [];
  for (const text of points) {
    const count = (text === 'all' ? 'all' : Number(text)) as PointCount;
    const options = { points: count, methods, titles: methodTitles, seed, signal };
    const figure = await qualitativeFigure(autodrag, judge, records, options);
    if (!figure) continue;
    const path = join(folder, `sheet-${text}.png`);
    await writeFileWhole(path, await drawFigure(autodrag, figure));
    files.push(path);
  }
  return files;
}
