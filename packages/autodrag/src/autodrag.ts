import type { LatentPredictor } from '@autodrag/latent-predictor';
import type { LatentRegularizer } from '@autodrag/latent-regularizer';
import type { Generator } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import { createEngine } from './engine/create-engine.js';
import { createOptimizer } from './engine/create-optimizer.js';
import { SeedError } from './errors.js';
import { checkModels } from './loading/check-models.js';
import { type Display, displayOf } from './picture/pad-picture.js';
import { describe } from './session/describe.js';
import { latentFromSeed } from './session/latent-from-seed.js';
import { createLifetime } from './session/lifetime.js';
import { readCode } from './session/read-codes.js';
import { createSession, type Session } from './session/session.js';

export type SampleOptions = {
  /** Truncation: 1 is the generator's full variety, 0 its mean picture. @default 0.7 */
  truncationPsi?: number;
  /** The class, from 0, of a conditional generator; it has no default there. */
  label?: number;
};

/** The three models, ready to edit with. It owns them. */
export type Autodrag = {
  readonly generator: Generator;
  /** Null where none was given: the predictor's codes are then used as they are. */
  readonly regularizer: LatentRegularizer | null;
  /** Null where none was given: the model drags by optimisation only. */
  readonly predictor: LatentPredictor | null;
  readonly numWs: number;
  readonly wDim: number;
  /** Of a picture, in pixels; points are in these. */
  readonly width: number;
  readonly height: number;
  /** How `toPixels` and `draw` show a picture unless told otherwise: padded to a square. */
  readonly display: Display;
  /** Points and anchors that one drag may have. */
  readonly maxPoints: number;
  /**
   * Begins an edit with the picture of a seed: the same as NVIDIA's and DragGAN's tools show for it.
   *
   * @param seed a whole number from 0 to 2^32 - 1, or z itself, `[zDim]`
   * @throws SeedError
   */
  sample(seed: number | Float32Array, options?: SampleOptions): Promise<Session>;
  /**
   * Begins an edit with a code: one that another session ended with, for example.
   *
   * @param w `[numWs * wDim]`
   * @throws SeedError
   */
  open(w: Float32Array): Promise<Session>;
  /** Frees the models. What is at work with them is stopped, and rejects with SessionError. */
  dispose(): void;
};

export type CreateAutodragOptions = {
  /**
   * Pixels by which one call of the predictor may move a point; a longer way takes several calls. @default 0.35 of the
   * picture's width
   */
  callDistance?: number;
  /**
   * Whether the predictor's codes are settled by the motion field that comes with it. @default true, if it has one
   */
  settling?: boolean;
};

/**
 * Joins models that fit one another. They belong to the result from now on.
 *
 * @throws ModelError if they do not fit
 */
export function createAutodrag(
  models: { generator: Generator; regularizer?: LatentRegularizer | null; predictor?: LatentPredictor | null },
  { callDistance, settling }: CreateAutodragOptions = {},
): Autodrag {
  const { generator, regularizer = null, predictor = null } = models;
  checkModels(generator, regularizer, predictor);
  const optimizer = createOptimizer(generator, regularizer);
  const engine = { ...createEngine({ generator, regularizer, predictor }, { callDistance, settling }), optimizer };
  const life = createLifetime('these models are disposed. Load them again with loadAutodrag().', () => {
    optimizer.dispose();
    generator.dispose();
    regularizer?.dispose();
    predictor?.dispose();
  });
  const begin = (name: string, code: () => Promise<Float32Array>): Promise<Session> =>
    life.during(name, async () => {
      const session = await createSession(engine, await code(), life);
      if (life.ended) session.dispose();
      return session;
    });
  return {
    generator,
    regularizer,
    predictor,
    numWs: engine.numWs,
    wDim: engine.wDim,
    width: engine.width,
    height: engine.height,
    display: displayOf(engine),
    maxPoints: engine.maxPoints,
    sample: (seed, options) =>
      begin('sample', async () => {
        const { truncationPsi, label } = readSampleOptions(options);
        const z = latentFromSeed(seed, generator.config.zDim);
        const condition = oneHot(label, generator.config.cDim);
        const ws = tf.tidy(() => {
          const c = condition ? tf.tensor2d(condition, [1, condition.length]) : undefined;
          return generator.mapping(tf.tensor2d(z, [1, z.length]), { truncationPsi, c });
        });
        try {
          return readCode(await ws.data(), engine, 'sample: the code of this seed');
        } finally {
          ws.dispose();
        }
      }),
    open: (w) => begin('open', async () => readCode(w, engine, 'open: w')),
    dispose: () => life.end(),
  };
}

function readSampleOptions(options: unknown): SampleOptions & { truncationPsi: number } {
  if (options !== undefined && (typeof options !== 'object' || options === null)) {
    throw new SeedError(`sample: options: expected { truncationPsi, label }, got ${describe(options)}.`);
  }
  const { truncationPsi = 0.7, label } = (options ?? {}) as SampleOptions;
  if (!(typeof truncationPsi === 'number' && Math.abs(truncationPsi) <= 10)) {
    throw new SeedError(
      `sample: truncationPsi: expected a number from -10 to 10, 0.7 for example, got ${describe(truncationPsi)}.`,
    );
  }
  return { truncationPsi, label };
}

function oneHot(label: number | undefined, classes: number): Float32Array | null {
  if (classes === 0 && label === undefined) return null;
  if (classes === 0) {
    throw new SeedError(`sample: label: this generator has no classes, got ${describe(label)}. Leave it out.`);
  }
  if (label === undefined || !Number.isInteger(label) || label < 0 || label >= classes) {
    throw new SeedError(
      `sample: label: this generator has ${classes} classes: expected a whole number from 0 to ${classes - 1}, got ${describe(label)}.`,
    );
  }
  const condition = new Float32Array(classes);
  condition[label] = 1;
  return condition;
}
