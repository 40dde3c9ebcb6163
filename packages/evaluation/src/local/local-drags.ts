import type { Autodrag } from '@autodrag/autodrag';
import { drawCodes } from '@autodrag/autodrag/training';
import { avatarDomain } from '@autodrag/avatars';
import { createRandom, median, type Random } from '@autodrag/nn';
import type { RenderedDomain } from '@autodrag/rendered-domain';
import { type LandmarkDetectorParameters, landmarkDetector } from '@autodrag/rendered-domain/detector';
import * as tf from '@tensorflow/tfjs-core';
import { domainGeometry, type GeometryModel } from './geometry-model.js';
import { leastChange } from './least-change.js';
import { type LocalTask, localTask } from './local-task.js';

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

/** Anchors are at least so far from the landmark, in shares of the longer side. */
const anchorDistance = 0.16;
/** Pixels by which a detector may be off, in shares of the size: how closely a geometry is fitted to what it finds. */
const detectorError = 0.004;

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
  const { generator, width, height } = autodrag;
  const size = Math.max(width, height);
  const model = domainGeometry(domain, size);
  const random = createRandom(seed).fork('local drags').fork(anchors);
  const locate = (code: Float32Array) => find(autodrag, detector, code);
  for (let picture = 0, done = 0, drawn = 0; done < drags; picture++) {
    signal?.throwIfAborted();
    const draw = random.fork(picture);
    drawn++;
    const codes = drawCodes(draw, generator, 1, { truncationPsi });
    const w = Float32Array.from(await codes.data());
    codes.dispose();
    const found = await locate(w);
    const task = taskIn(draw, model, found, { anchors, length: length * size, size });
    if (!task) continue;

    const at = (points: Float32Array, i: number) => ({ x: points[2 * i]!, y: points[2 * i + 1]! });
    const handle = at(found, task.landmark);
    const target = { x: handle.x + task.dx, y: handle.y + task.dy };
    const inside = ({ x, y }: { x: number; y: number }) => x >= 0 && y >= 0 && x <= width - 1 && y <= height - 1;
    const stay = task.anchors.map((i) => at(found, i));
    if (![handle, target, ...stay].every(inside)) continue;
    const session = await autodrag.open(w);
    const result = await session.drag([{ handle, target }], { anchors: stay, calls, signal });
    session.dispose();
    const after = await locate(result.w);
    const moved = (i: number) => Math.hypot(after[2 * i]! - found[2 * i]!, after[2 * i + 1]! - found[2 * i + 1]!);
    const reached = at(after, task.landmark);
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
      drawn,
    };
    done += 1;
    drawn = 0;
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

/** A task in the picture whose landmarks were found at `found`, by the geometry that fits them best. */
function taskIn(
  draw: Random,
  model: GeometryModel,
  found: Float32Array,
  { anchors, length, size }: { anchors: number; length: number; size: number },
): (LocalTask & { rest: number[] }) | null {
  const plain = new Float64Array(model.dimensions);
  const weight = 1 / (detectorError * size) ** 2;
  const wishes = Array.from({ length: model.count }, (_, i) => ({
    landmark: i,
    x: found[2 * i]!,
    y: found[2 * i + 1]!,
    weight,
  }));
  const { z } = leastChange(model, plain, plain, wishes);
  const task = localTask(draw, model, z, { anchors, length, anchorDistance: anchorDistance * size, size });
  if (!task) return null;
  const { visible } = model.locate(z);
  const rest = wishes
    .map(({ landmark }) => landmark)
    .filter((i) => visible[i] && i !== task.landmark && !task.anchors.includes(i));
  return { ...task, rest };
}

async function find(
  { generator, numWs, wDim }: Autodrag,
  detector: LandmarkDetectorParameters,
  code: Float32Array,
): Promise<Float32Array> {
  const points = tf.tidy(() => landmarkDetector(detector, generator.synthesis(tf.tensor3d(code, [1, numWs, wDim]))));
  try {
    return Float32Array.from(await points.data());
  } finally {
    points.dispose();
  }
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
