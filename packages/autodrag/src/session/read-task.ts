import type { Engine } from '../engine/engine.js';
import { ModelError } from '../errors.js';
import { type ReadDragOptions, readDragOptions } from './drag-options.js';
import type { DragTask } from './drag-task.js';
import { readPoints } from './read-points.js';

/** What a drag or a preview was asked to do, checked and copied. */
export type ReadTask = { readonly task: DragTask; readonly settings: Omit<ReadDragOptions, 'anchors'> };

/**
 * Reads points and options before anything is waited for: what becomes of them afterwards does not matter.
 *
 * @param size of the picture, in pixels
 * @throws PointError, SessionError, or ModelError if the model has no predictor and one is needed
 */
export function readTask(
  name: 'drag' | 'preview',
  given: unknown,
  options: unknown,
  { maxPoints: most }: Pick<Engine, 'maxPoints'>,
  size: { readonly width: number; readonly height: number },
): ReadTask {
  const usual = name === 'preview' || most > 0 ? 'predictor' : 'draggan';
  const { anchors, ...settings } = readDragOptions(options, size, usual);
  if (settings.method === 'predictor' && most === 0) {
    const way =
      name === 'preview' ? '' : "Leave method out, or give 'draggan' or 'freedrag', to drag by optimisation; or load";
    throw new ModelError(
      `${name}: this model has no predictor. ${way || 'Load'} a predictor, made by autodrag train predictor.`,
    );
  }
  const maxPoints = settings.method === 'predictor' ? most : Number.POSITIVE_INFINITY;
  return { task: readPoints(given, anchors, { where: name, ...size, maxPoints }), settings };
}
