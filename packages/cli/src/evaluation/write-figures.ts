import { join } from 'node:path';
import { landmarkJudge, motionFigure, regularizerFigure, withAndWithoutFigure } from '@autodrag/evaluation';
import { type Context, numberOption, textOption, UsageError } from '../command.js';
import { prepareFolder, writeFileWhole } from '../node/write-file.js';
import { drawFigure } from './draw-figure.js';
import { openEvaluation } from './open-evaluation.js';

/**
 * `autodrag evaluate --figures -o DIR`: the paper's Figures 4 to 6 from this model: `outliers.png`, `motions.png`,
 * `regularizer.png`.
 */
export async function writeFigures(context: Context): Promise<void> {
  const { values, io, json } = context;
  const seed = numberOption(values, 'seed', 0, { min: 0, integer: true });
  const out = textOption(values, 'out');
  if (out === undefined) throw new UsageError('evaluate: --figures needs a folder for its pictures: give -o DIR.');
  await prepareFolder(out);
  const { autodrag, domain, detector } = await openEvaluation(context);
  try {
    if (!autodrag.regularizer || !autodrag.predictor) {
      throw new UsageError('evaluate: the model has no regularizer or no predictor.');
    }
    const judge = landmarkJudge(domain, detector);
    const figures = {
      outliers: await regularizerFigure(autodrag, { seed }),
      motions: await motionFigure(autodrag, { seed }),
      regularizer: await withAndWithoutFigure(autodrag, judge, { seed, signal: io.signal }),
    };
    const files: string[] = [];
    for (const [name, figure] of Object.entries(figures)) {
      const path = join(out, `${name}.png`);
      await writeFileWhole(path, await drawFigure(autodrag, figure));
      files.push(path);
    }
    io.out(json ? `${JSON.stringify({ files })}\n` : `wrote ${files.join(', ')}\n`);
  } finally {
    autodrag.dispose();
  }
}
