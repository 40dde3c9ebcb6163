import { createLatentPredictor, loadLatentPredictor } from '@autodrag/latent-predictor';
import { createLatentRegularizer, loadLatentRegularizer } from '@autodrag/latent-regularizer';
import { createGenerator, loadStyleGan2 } from '@autodrag/stylegan2';
import { type Autodrag, type CreateAutodragOptions, createAutodrag } from './autodrag.js';
import { defaultWeights } from './default-weights.js';
import { readSource, type WeightSource } from './read-source.js';

export type LoadAutodragOptions = CreateAutodragOptions & {
  /** @default the avatars that come with the package */
  generator?: WeightSource;
  /** Null: without one. @default the avatars' if the generator is theirs, else none */
  regularizer?: WeightSource | null;
  /** Null: without one, so that the model can sample only. @default the avatars' if the generator is theirs, else none */
  predictor?: WeightSource | null;
  signal?: AbortSignal;
};

/**
 * Loads the models to edit with: the avatars that come with the package, or others. Start a TensorFlow.js backend first.
 *
 * @throws ModelError if a file cannot be had or belongs to another generator; WeightFileError if it is damaged, of another
 *   model or of another version
 */
export async function loadAutodrag(options: LoadAutodragOptions = {}): Promise<Autodrag> {
  const { reach, signal } = options;
  const own = options.generator === undefined ? await defaultWeights() : null;
  const source = {
    ...own,
    ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
  } as LoadAutodragOptions;
  const [generatorBytes, regularizerBytes, predictorBytes] = await Promise.all([
    readSource(source.generator as WeightSource, 'generator', { signal }),
    source.regularizer ? readSource(source.regularizer, 'regularizer', { signal }) : null,
    source.predictor ? readSource(source.predictor, 'predictor', { signal }) : null,
  ]);
  const made: { dispose(): void }[] = [];
  const keep = <T extends { dispose(): void }>(model: T): T => {
    made.push(model);
    return model;
  };
  try {
    const { config, parameters } = await loadStyleGan2(generatorBytes);
    const generator = keep(createGenerator(config, parameters));
    const regularizer = regularizerBytes
      ? await loadLatentRegularizer(regularizerBytes).then(({ config, parameters }) =>
          keep(createLatentRegularizer(config, parameters)),
        )
      : null;
    const predictor = predictorBytes
      ? await loadLatentPredictor(predictorBytes).then(({ config, parameters }) =>
          keep(createLatentPredictor(config, parameters)),
        )
      : null;
    return createAutodrag({ generator, regularizer, predictor }, { reach });
  } catch (error) {
    for (const model of made) model.dispose();
    throw error;
  }
}
