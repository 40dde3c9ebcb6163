import type { Autodrag } from '@autodrag/autodrag';
import { avatarDomain } from '@autodrag/avatars';
import { median } from '@autodrag/nn';
import type { RenderedDomain } from '@autodrag/rendered-domain';
import { type LandmarkDetectorParameters, landmarkDetector } from '@autodrag/rendered-domain/detector';
import * as tf from '@tensorflow/tfjs-core';
import { paintCode } from '../tasks/paint-code.js';
import { drawLocalTasks } from './draw-local-tasks.js';
import { domainGeometry } from './geometry-model.js';
import type { LocalTask } from './local-task.js';

export type LocalDragsOptions = {
  /** The renderer that the generator was distilled from. @default the avatars */
  domain?: RenderedDomain;
  detector: LandmarkDetectorParameters;
  /** Landmarks that should stay. @default 0 */
  anchors?: number;
  /** @default 100 */
  drags?: number;
  /** How far the landmark should move, in shares of the picture's longer side. @default 0.08 */
  length?: number;
  /** @default 4 */
  calls?: number;
  /** @default 0 */
  seed?: number;
  /** @default 0.7 */
  truncationPsi?: number;
  signal?: AbortSignal;
};

/** One drag, in shares of the picture's longer side, as the detector sees it. */
export type LocalDrag = {
  /** From the landmark to its target: before and after. */
  readonly before: number;
  readonly after: number;
  /** Mean over the anchors of how far they slipped; 0 without anchors. */
  readonly slip: number;
  /** Mean motion of the other landmarks that can be seen. */
  readonly rest: number;
  /** The same for the least change that solves the task. */
  readonly optimum: LocalTask['optimum'];
};

export type LocalDragSummary = {
  readonly drags: number;
  readonly anchors: number;
  /** Tasks drawn for each one that has a solution. */
  readonly drawn: number;
  /** Medians. */
  readonly remaining: number;
  readonly slip: number;
  readonly rest: number;
  readonly optimum: LocalTask['optimum'];
};

/**
 * Drags that have a solution in the renderer's domain: one landmark goes a short way in any direction, others stay. The
 * renderer's own geometry, fitted to the picture, tells whether there is a solution, and how little it has to change.
 *
 * @yields each drag, and how many tasks were drawn until there was one with a solution
 */
export async function* localDrags(
  autodrag: Autodrag,
  {
    domain = avatarDomain,
    detector,
    anchors = 0,
    drags = 100,
    length = 0.08,
    calls = 4,
    seed = 0,
    truncationPsi = 0.7,
    signal,
  }: LocalDragsOptions,
): AsyncGenerator<LocalDrag & { readonly drawn: number }> {
  const size = Math.max(autodrag.width, autodrag.height);
  const locate = (code: Float32Array) => find(autodrag, detector, code);
  const options = { anchors, drags, length, seed, truncationPsi, signal };
  for await (const drawn of drawLocalTasks(autodrag, locate, domainGeometry(domain, size), options)) {
    const { w, found, task, handle, target, stay } = drawn;
    const session = await autodrag.open(w);
    const result = await session.drag([{ handle, target }], { anchors: stay, calls, signal });
    session.dispose();
    const after = await locate(result.w);
    const moved = (i: number) => Math.hypot(after[2 * i]! - found[2 * i]!, after[2 * i + 1]! - found[2 * i + 1]!);
    const reached = { x: after[2 * task.landmark]!, y: after[2 * task.landmark + 1]! };
    yield {
      before: length,
      after: Math.hypot(reached.x - target.x, reached.y - target.y) / size,
      slip: mean(task.anchors.map(moved)) / size,
      rest: mean(task.rest.map(moved)) / size,
      optimum: {
        remaining: task.optimum.remaining / size,
        slip: task.optimum.slip / size,
        rest: task.optimum.rest / size,
      },
      drawn: drawn.drawn,
    };
  }
}

/** Medians of many drags with the same number of anchors. */
export function summarizeLocalDrags(
  drags: readonly (LocalDrag & { readonly drawn: number })[],
  anchors: number,
): LocalDragSummary {
  const of = (value: (drag: LocalDrag) => number) => median(drags.map(value));
  return {
    drags: drags.length,
    anchors,
    drawn: mean(drags.map(({ drawn }) => drawn)),
    remaining: of(({ before, after }) => after / before),
    slip: of(({ slip }) => slip),
    rest: of(({ rest }) => rest),
    optimum: {
      remaining: of(({ before, optimum }) => optimum.remaining / before),
      slip: of(({ optimum }) => optimum.slip),
      rest: of(({ optimum }) => optimum.rest),
    },
  };
}

async function find(
  { generator }: Autodrag,
  detector: LandmarkDetectorParameters,
  code: Float32Array,
): Promise<Float32Array> {
  const points = tf.tidy(() => landmarkDetector(detector, paintCode(generator, code)));
  try {
    return Float32Array.from(await points.data());
  } finally {
    points.dispose();
  }
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
