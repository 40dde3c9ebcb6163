import { defaultWeights } from '@autodrag/avatars';
import { createLatentPredictor, loadLatentPredictor } from '@autodrag/latent-predictor';
import { createLatentRegularizer, loadLatentRegularizer } from '@autodrag/latent-regularizer';
import { isAutodragError } from '@autodrag/nn';
import { createGenerator, loadStyleGan2 } from '@autodrag/stylegan2';
import { type Autodrag, type CreateAutodragOptions, createAutodrag } from '../autodrag.js';
import { ModelError } from '../errors.js';
import { readSource, type WeightSource } from './read-source.js';

export type LoadAutodragOptions = CreateAutodragOptions & {
  /** @default the avatars that come with the package */
  generator?: WeightSource;
  /** Null: without one. @default the avatars' if the generator is theirs, else none */
  regularizer?: WeightSource | null;
  /** Null: without one, so that the model can sample only. @default the avatars' if the generator is theirs, else none */
  predictor?: WeightSource | null;
  signal?: AbortSignal;
  /** Gives the bytes of a source; `name` is what messages call it. @default readSource, which knows addresses and no paths */
  read?: typeof readSource;
};

/**
 * Loads the models to edit with: the avatars that come with the package, or others. Start a TensorFlow.js backend first.
 *
 * @throws ModelError if a file cannot be had, is damaged, is of another model or version, or belongs to another generator
 */
export async function loadAutodrag({
  callDistance,
  signal,
  read: bytesOf = readSource,
  ...given
}: LoadAutodragOptions = {}): Promise<Autodrag> {
  const sources = given.generator === undefined ? { ...defaultWeights, ...defined(given) } : defined(given);
  const read = async (name: ModelName): Promise<NamedBytes | null> => {
    const source = sources[name];
    if (source === undefined || source === null) return null;
    const label = source instanceof URL || typeof source === 'string' ? `${name} '${source}'` : name;
    return { bytes: await bytesOf(source, name, { signal }), label };
  };
  const [generator, regularizer, predictor] = await Promise.all([
    read('generator'),
    read('regularizer'),
    read('predictor'),
  ]);
  return loadModels({ generator: generator as NamedBytes, regularizer, predictor }, { callDistance });
}

type ModelName = 'generator' | 'regularizer' | 'predictor';

/** The bytes of a weight file, and what messages call it. */
type NamedBytes = { readonly bytes: Uint8Array; readonly label: string };

/** `loadAutodrag` for bytes that are there. */
async function loadModels(
  files: { generator: NamedBytes; regularizer: NamedBytes | null; predictor: NamedBytes | null },
  options: CreateAutodragOptions = {},
): Promise<Autodrag> {
  const made: { dispose(): void }[] = [];
  const load = async <Loaded, Model extends { dispose(): void }>(
    { bytes, label }: NamedBytes,
    parse: (bytes: Uint8Array) => Promise<Loaded>,
    create: (loaded: Loaded) => Model,
  ): Promise<Model> => {
    try {
      const model = create(await parse(bytes));
      made.push(model);
      return model;
    } catch (error) {
      if (!isAutodragError(error)) throw error;
      throw new ModelError(`loadAutodrag: ${label}: ${error.message}`, { cause: error });
    }
  };
  try {
    const generator = await load(files.generator, loadStyleGan2, ({ config, parameters }) =>
      createGenerator(config, parameters),
    );
    const regularizer =
      files.regularizer &&
      (await load(files.regularizer, loadLatentRegularizer, ({ config, parameters }) =>
        createLatentRegularizer(config, parameters),
      ));
    const predictor =
      files.predictor &&
      (await load(files.predictor, loadLatentPredictor, ({ config, parameters }) =>
        createLatentPredictor(config, parameters),
      ));
    return createAutodrag({ generator, regularizer, predictor }, options);
  } catch (error) {
    for (const model of made) model.dispose();
    throw error;
  }
}

function defined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}
