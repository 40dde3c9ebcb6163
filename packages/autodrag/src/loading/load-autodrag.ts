import { defaultWeights, embeddedWeights } from '@autodrag/avatars';
import { createLatentPredictor, type LatentPredictor, loadLatentPredictor } from '@autodrag/latent-predictor';
import { createLatentRegularizer, type LatentRegularizer, loadLatentRegularizer } from '@autodrag/latent-regularizer';
import { isAutodragError } from '@autodrag/nn';
import { createGenerator, type Generator, loadStyleGan2 } from '@autodrag/stylegan2';
import { type Autodrag, type CreateAutodragOptions, createAutodrag } from '../autodrag.js';
import { ModelError } from '../errors.js';
import { readFileInNode } from '../node/read-file-in-node.js';
import { type ReadSourceOptions, readSource, type WeightSource } from './read-source.js';

type ModelName = 'generator' | 'regularizer' | 'predictor';

/** How far the download of one file is. */
export type LoadProgress = {
  readonly file: ModelName;
  readonly loadedBytes: number;
  /** Of the whole file; null where the server does not say. */
  readonly totalBytes: number | null;
};

export type LoadAutodragOptions = CreateAutodragOptions & {
  /**
   * A loaded generator is taken as it is, and is the new Autodrag's. @default the avatars that come with the package
   */
  generator?: WeightSource | Generator;
  /** Null: without one. @default the avatars' if the generator is theirs, else none */
  regularizer?: WeightSource | LatentRegularizer | null;
  /**
   * Null: without one, so that the model can sample only. @default the avatars' if the generator is theirs, else none
   */
  predictor?: WeightSource | LatentPredictor | null;
  /**
   * Where the files are: a folder with `generator.safetensors`, `regularizer.safetensors` and `predictor.safetensors`,
   * which then take the place of the defaults. Addresses that are texts without a host are relative to it, too.
   */
  baseUrl?: string | URL;
  onProgress?: (progress: LoadProgress) => void;
  cache?: ReadSourceOptions['cache'];
  /** Ends the loading; nothing stays behind. */
  signal?: AbortSignal;
  /**
   * Gives the bytes of a source; `name` is what messages call it. @default readSource, which knows addresses and no
   * paths
   */
  read?: typeof readSource;
};

/**
 * Loads the models to edit with: the avatars that come with the package, or others. Start a TensorFlow.js backend
 * first.
 *
 * @throws ModelError if a file cannot be had, is damaged, is of another model or version, or belongs to another
 * generator; the
 *   signal's reason
 */
export async function loadAutodrag(options: LoadAutodragOptions = {}): Promise<Autodrag> {
  const { callDistance, settling, signal } = options;
  signal?.throwIfAborted();
  const sources = sourcesOf(options);
  const files = await readAll(sources, options);
  return loadModels(sources, files, { callDistance, settling, signal });
}

type Sources = Pick<LoadAutodragOptions, ModelName>;
/** The bytes of a weight file, and what messages call it. */
type NamedBytes = { readonly bytes: Uint8Array; readonly label: string };
type Files = Record<ModelName, NamedBytes | null>;

function sourcesOf({ generator, regularizer, predictor, baseUrl }: LoadAutodragOptions): Sources {
  const given = { generator, regularizer, predictor };
  const base = baseUrl === undefined ? null : folderOf(baseUrl);
  const own = (name: ModelName) => (base ? new URL(`${name}.safetensors`, base) : defaultWeights[name]);
  const defaults = generator === undefined ? names.map((name) => [name, own(name)] as const) : [];
  const chosen = Object.entries(given)
    .filter(([, source]) => source !== undefined)
    .map(([name, source]) => [name, base && typeof source === 'string' ? new URL(source, base) : source] as const);
  return Object.fromEntries([...defaults, ...chosen]) as Sources;
}

const names = ['generator', 'regularizer', 'predictor'] as const;

function folderOf(baseUrl: string | URL): URL {
  const page =
    typeof document !== 'undefined' ? document.baseURI : typeof location !== 'undefined' ? location.href : undefined;
  const text = String(baseUrl);
  if (!URL.canParse(text, page)) {
    throw new ModelError(`loadAutodrag: baseUrl: expected the address of a folder, got '${text}'.`);
  }
  const url = new URL(text, page);
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

/** The bytes of all sources that are files, at once; where one fails, the others are stopped. */
async function readAll(sources: Sources, options: LoadAutodragOptions): Promise<Files> {
  const { signal, onProgress, cache, read = readSource } = options;
  const others = new AbortController();
  const stop = () => others.abort(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  const readOne = async (file: ModelName): Promise<NamedBytes | null> => {
    const source = sources[file];
    if (source === undefined || source === null || isModel(source)) return null;
    const label = source instanceof URL || typeof source === 'string' ? `${file} '${source}'` : file;
    const progress = (loadedBytes: number, totalBytes: number | null) =>
      onProgress?.({ file, loadedBytes, totalBytes });
    try {
      return { bytes: await read(source, file, { signal: others.signal, onProgress: progress, cache }), label };
    } catch (error) {
      // Node, whose fetch reads no files, or a bundler that moves none
      const spare = source === defaultWeights[file] && !others.signal.aborted && (await ownBytes(file));
      if (spare) {
        progress(spare.length, spare.length);
        return { bytes: spare, label };
      }
      others.abort(error);
      throw error;
    }
  };
  try {
    const [generator, regularizer, predictor] = await Promise.all(names.map(readOne));
    return { generator: generator ?? null, regularizer: regularizer ?? null, predictor: predictor ?? null };
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

async function ownBytes(name: ModelName): Promise<Uint8Array | null> {
  return (await readFileInNode(defaultWeights[name])) ?? embeddedWeights(name).catch(() => null);
}

/** `loadAutodrag` for bytes that are there. Models that were given are taken, and left alone if another one fails. */
async function loadModels(
  sources: Sources,
  files: Files,
  { signal, ...options }: CreateAutodragOptions & { signal?: AbortSignal },
): Promise<Autodrag> {
  const made: { dispose(): void }[] = [];
  const load = async <Loaded, Model extends { dispose(): void }>(
    name: ModelName,
    parse: (bytes: Uint8Array) => Promise<Loaded>,
    create: (loaded: Loaded) => Model,
  ): Promise<Model | null> => {
    const source = sources[name];
    if (isModel(source)) return source as unknown as Model;
    const file = files[name];
    if (!file) return null;
    try {
      const model = create(await parse(file.bytes));
      made.push(model);
      signal?.throwIfAborted();
      return model;
    } catch (error) {
      if (!isAutodragError(error)) throw error;
      throw new ModelError(`loadAutodrag: ${file.label}: ${error.message}`, { cause: error });
    }
  };
  try {
    const generator = await load<Awaited<ReturnType<typeof loadStyleGan2>>, Generator>(
      'generator',
      loadStyleGan2,
      (loaded) => createGenerator(loaded.config, loaded.parameters),
    );
    const regularizer = await load<Awaited<ReturnType<typeof loadLatentRegularizer>>, LatentRegularizer>(
      'regularizer',
      loadLatentRegularizer,
      (loaded) => createLatentRegularizer(loaded.config, loaded.parameters),
    );
    const predictor = await load<Awaited<ReturnType<typeof loadLatentPredictor>>, LatentPredictor>(
      'predictor',
      loadLatentPredictor,
      (loaded) => createLatentPredictor(loaded.config, loaded.parameters),
    );
    if (!generator)
      throw new ModelError(
        'loadAutodrag: generator: expected a file or a model, got none. Leave it out for the avatars.',
      );
    return createAutodrag({ generator, regularizer, predictor }, options);
  } catch (error) {
    for (const model of made) model.dispose();
    throw error;
  }
}

/** Whether a source is a model that is loaded already. */
function isModel(source: unknown): source is { config: object; dispose(): void } {
  return typeof source === 'object' && source !== null && 'config' in source && 'dispose' in source;
}
