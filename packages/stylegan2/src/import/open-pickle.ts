import { CheckpointError } from './checkpoint-error.js';
import { type FoundGenerator, findGenerator } from './find-generator.js';
import type { LazyArray } from './lazy-array.js';
import { childrenOf, MOST_TENSORS, readModuleTree } from './module-tree.js';
import { readNvidiaModule, readNvidiaWeights, refuseRelatives } from './nvidia-generator.js';
import { PickleArray, PickleModule, PickleTensor } from './pickle-values.js';
import type { RawGenerator } from './raw-generator.js';
import { readRosinalityWeights } from './rosinality-generator.js';
import { type ArrayMaker, createArrayMaker } from './tensor-array.js';
import { isTensorflowPickle, readTensorflowGenerator } from './tensorflow-generator.js';
import type { TorchArchive } from './torch-archive.js';
import type { UnpickleOptions } from './unpickle.js';
import { recogniseNames, type WeightLayout } from './weight-names.js';

/** Keys of the mean w beside a generator's weights. */
const AVERAGES = ['latent_avg', 'mean_latent', 'w_avg'];

/** The generator in what a pickle holds, whichever program wrote it and whatever it is wrapped in. */
export function readPickledGenerator({ root, locate }: TorchArchive, options: UnpickleOptions): RawGenerator {
  if (isTensorflowPickle(root)) return readTensorflowGenerator(root, options);
  const makeArray = createArrayMaker(locate, options);
  const found = findGenerator(root);
  const raw =
    found.value instanceof PickleModule ? fromModule(found, found.value, makeArray) : fromWeights(found, makeArray);
  return { ...raw, warnings: [...found.warnings, ...raw.warnings] };
}

function fromModule(found: FoundGenerator, module: PickleModule, makeArray: ArrayMaker): RawGenerator {
  const children = childrenOf(module);
  const isRosinality = ['style', 'input', 'conv1'].every((name) => children.has(name));
  if (!isRosinality) refuseRelatives(module);
  const tree = readModuleTree(module, makeArray);
  if (!isRosinality) return readNvidiaModule(module, tree);
  return readRosinalityWeights(tree.arrays, averageOf(found, makeArray));
}

function fromWeights(found: FoundGenerator, makeArray: ArrayMaker): RawGenerator {
  const { weights, layout, prefix } = found.value as Exclude<FoundGenerator['value'], PickleModule>;
  const arrays = new Map<string, LazyArray>();
  for (const [key, value] of weights.entries ?? []) {
    if (typeof key !== 'string' || !key.startsWith(prefix)) continue;
    // Beside the weights of a generator without a prefix stands what belongs to the file.
    if (prefix === '' && (AVERAGES.includes(key) || !(isTensor(value) || key.includes('.')))) continue;
    if (arrays.size >= MOST_TENSORS) {
      throw new CheckpointError('CHECKPOINT_LIMIT', `a generator has at most ${MOST_TENSORS} tensors`, {
        found: 'more',
      });
    }
    arrays.set(key.slice(prefix.length), makeArray(value, key));
  }
  return rawOf(layout, arrays, averageOf(found, makeArray));
}

function isTensor(value: unknown): boolean {
  return value instanceof PickleTensor || value instanceof PickleArray;
}

function averageOf({ around }: FoundGenerator, makeArray: ArrayMaker): LazyArray | null {
  for (const dict of around) {
    for (const key of AVERAGES) {
      const value = dict.get(key);
      if (isTensor(value)) return makeArray(value, key);
    }
  }
  return null;
}

function rawOf(layout: WeightLayout, arrays: Map<string, LazyArray>, average: LazyArray | null): RawGenerator {
  return layout === 'nvidia' ? readNvidiaWeights(arrays) : readRosinalityWeights(arrays, average);
}

/**
 * The generator in a set of weights that have nothing but names, as a safetensors file holds it. Null for other
 * networks.
 */
export function readNamedWeights(all: ReadonlyMap<string, LazyArray>): RawGenerator | null {
  const recognised = recogniseNames([...all.keys()]);
  if (recognised === null) return null;
  const { layout, prefix } = recognised;
  const average = AVERAGES.map((key) => all.get(key)).find((array) => array !== undefined) ?? null;
  const arrays = new Map<string, LazyArray>();
  for (const [name, array] of all) {
    if (name.startsWith(prefix) && !AVERAGES.includes(name)) arrays.set(name.slice(prefix.length), array);
  }
  return rawOf(layout, arrays, average);
}
