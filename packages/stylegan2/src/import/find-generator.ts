import { quote } from '@autodrag/nn';
import { CheckpointError } from './checkpoint-error.js';
import { childrenOf, MOST_TENSORS } from './module-tree.js';
import {
  describeValue,
  PickleArray,
  PickleDict,
  PickleList,
  PickleModule,
  PickleObject,
  PickleOpaque,
  PickleTensor,
  PickleTuple,
  type PickleValue,
} from './pickle-values.js';
import { familyOfNames, type RecognisedNames, rankOfName, recogniseNames } from './weight-names.js';

/** A generator inside a pickle. */
export type FoundGenerator = {
  /** The module itself, or a dict of its weights with what their names say. */
  readonly value: PickleModule | (RecognisedNames & { readonly weights: PickleDict });
  /** The dicts around it, the nearest first, and its own. */
  readonly around: readonly PickleDict[];
  readonly warnings: readonly string[];
};

type Candidate = FoundGenerator & { path: readonly string[]; rank: number };

/** Keys behind which programs keep a generator, or a dict that has one. */
const WRAPPERS =
  /^(g_ema|g_running|gs|g|generator(_ema)?|gen(_ema)?|netg(_ema)?|net_g(_ema)?|ema|ema_model|ema_state_dict|model(_ema)?|model_state_dict|state_dict|state|weights|params(_ema)?|decoder|network|module|checkpoint|stylegan2?|average_model|shadow)$/i;
const DEEPEST = 4;
const MOST_VALUES = 256;
/** Keys that are looked at in one dict. */
const MOST_KEYS = 4 * MOST_TENSORS;

/**
 * Finds the generator in what a pickle holds: a module or a dict of weights, by itself or behind the keys that programs
 * give it. Of several the average over the training (`g_ema`) is taken; where there is only the one of the last step, a
 * warning says so.
 *
 * @throws CheckpointError that says what the file is instead
 */
export function findGenerator(root: PickleValue): FoundGenerator {
  const candidates: Candidate[] = [];
  const looked: PickleValue[] = [];
  let queue: { value: PickleValue; path: readonly string[]; around: readonly PickleDict[] }[] = [
    { value: root, path: [], around: [] },
  ];
  for (let depth = 0; depth <= DEEPEST && queue.length > 0; depth++) {
    const next: typeof queue = [];
    for (const { value, path, around } of queue) {
      if (looked.includes(value) || looked.length >= MOST_VALUES) continue;
      looked.push(value);
      const candidate = candidateOf(value, path, around);
      if (candidate !== null) {
        candidates.push(candidate);
        continue;
      }
      for (const [key, inner] of wrapped(value)) {
        const dict = value instanceof PickleDict ? [value] : [];
        next.push({ value: inner, path: [...path, key], around: [...dict, ...around] });
      }
    }
    queue = next;
  }
  return choose(candidates, root);
}

function choose(candidates: readonly Candidate[], root: PickleValue): FoundGenerator {
  const best = Math.min(...candidates.map(({ rank }) => rank));
  const [chosen, ...others] = candidates.filter(({ rank }) => rank === best);
  if (chosen === undefined) throw notFound(root);
  if (others.length > 0) {
    throw new CheckpointError('CHECKPOINT_UNRECOGNISED', 'the file holds one generator', {
      found: [chosen, ...others]
        .slice(0, 6)
        .map(({ path }) => quote(path.join('.')))
        .join(' and '),
      wayOut: 'Save the one that is meant alone, as {"g_ema": …}.',
    });
  }
  if (chosen.rank < 2) return chosen;
  const name = quote(chosen.path.join('.') || (chosen.value instanceof PickleModule ? '' : chosen.value.prefix));
  return {
    ...chosen,
    warnings: [`the file has no average of the generator (g_ema): ${name}, its last step, was read`],
  };
}

function candidateOf(value: PickleValue, path: readonly string[], around: readonly PickleDict[]): Candidate | null {
  if (value instanceof PickleModule) {
    const inner = childrenOf(value).get('module');
    const module = inner !== undefined && childrenOf(value).size === 1 ? inner : value; // DataParallel
    const rank = rankOf(path);
    if (rank === 2 && !isComplete(module)) return null;
    return { value: module, path, around, rank, warnings: [] };
  }
  if (!(value instanceof PickleDict)) return null;
  const names = namesOfTensors(value);
  const recognised = recogniseNames(names);
  if (recognised === null) return null;
  const rank = rankOf([...path, ...recognised.prefix.split('.')]);
  return { value: { ...recognised, weights: value }, path, around: [value, ...around], rank, warnings: [] };
}

/** An average anywhere on the way is one; else a last step anywhere. */
function rankOf(names: readonly string[]): number {
  const ranks = names.map(rankOfName);
  return ranks.includes(0) ? 0 : Math.max(1, ...ranks);
}

/** Whether a module has the parts of a generator that we know. */
function isComplete(module: PickleModule): boolean {
  const children = childrenOf(module);
  return (children.has('synthesis') && children.has('mapping')) || (children.has('style') && children.has('input'));
}

function namesOfTensors(dict: PickleDict): string[] {
  const names: string[] = [];
  let left = MOST_KEYS;
  for (const [key, value] of dict.entries ?? []) {
    if (left-- === 0) break;
    const holdsNumbers = value instanceof PickleTensor || value instanceof PickleArray || value instanceof PickleOpaque;
    if (typeof key === 'string' && holdsNumbers) names.push(key);
  }
  return names;
}

function* wrapped(value: PickleValue): Generator<readonly [string, PickleValue]> {
  if (value instanceof PickleDict) {
    for (const key of value.keys(MOST_KEYS)) {
      if (WRAPPERS.test(key)) yield [key, value.get(key) as PickleValue];
    }
  } else if (value instanceof PickleObject) {
    yield ['', value.state];
  } else if ((value instanceof PickleList || value instanceof PickleTuple) && value.items.length <= 8) {
    for (const item of value.items) yield ['', item];
  }
}

/** What the file holds instead, as far as can be told. */
function notFound(root: PickleValue): CheckpointError {
  const names: string[] = [];
  const collect = (value: PickleValue, depth: number): void => {
    if (!(value instanceof PickleDict) || names.length > MOST_KEYS) return;
    for (const key of value.keys(MOST_TENSORS)) {
      names.push(key);
      if (depth < 2) collect(value.get(key) as PickleValue, depth + 1);
    }
  };
  collect(root, 0);
  const family = familyOfNames(names);
  if (family !== null) {
    return new CheckpointError('CHECKPOINT_UNSUPPORTED', 'only StyleGAN2 generators are read', {
      found: family,
      wayOut: "Known layouts are NVIDIA's and rosinality's: convert the weights to one of them.",
    });
  }
  const state = root instanceof PickleDict ? root.get('state') : undefined;
  if (names.includes('shadow_params') || (state instanceof PickleDict && state.get('shadow_params') !== undefined)) {
    return new CheckpointError('CHECKPOINT_UNSUPPORTED', 'weights have names', {
      found: "a list of averages without names ('shadow_params')",
      wayOut: 'Copy the averages into the generator (ema.copy_to) and save its state_dict().',
    });
  }
  const keys = root instanceof PickleDict ? root.keys(12) : [];
  return new CheckpointError('CHECKPOINT_UNRECOGNISED', "the file has a generator ('G_ema' or 'g_ema')", {
    found:
      root instanceof PickleDict
        ? `the keys ${keys.map((key) => quote(key)).join(', ') || '(none)'}`
        : describeValue(root),
    wayOut:
      "Give a network-snapshot .pkl of NVIDIA's programs or a .pt of rosinality's; training states and feature files hold no generator.",
  });
}
