import { join } from 'node:path';
import type { Autodrag } from '@autodrag/autodrag';
import { type Judge, qualitativeFigure } from '@autodrag/evaluation';
import { writeFileWhole } from '../node/write-file.js';
import { drawFigure } from './draw-figure.js';
import { methodTitles } from './method-titles.js';
import { parsePoints } from './parse-lists.js';
import type { MadeRecords } from './records-file.js';

/**
 * The pictures of a comparison, `sheet-1.png` for drags of one point and so on: quartiles, and the worst of each
 * method.
 *
 * @returns the files
 */
export async function writeSheets(
  folder: string,
  { autodrag, judge }: { autodrag: Autodrag; judge: Judge },
  { settings: { methods, points, seed }, records }: MadeRecords,
  signal?: AbortSignal,
): Promise<string[]> {
  const files: string[] = [];
  for (const count of parsePoints(points.join())) {
    const options = { points: count, methods, titles: methodTitles, seed, signal };
    const figure = await qualitativeFigure(autodrag, judge, records, options);
    if (!figure) continue;
    const path = join(folder, `sheet-${count}.png`);
    await writeFileWhole(path, await drawFigure(autodrag, figure));
    files.push(path);
  }
  return files;
}
