import { quote } from '@autodrag/nn';
import { CheckpointError } from './checkpoint-error.js';
import type { LazyArray } from './lazy-array.js';
import { PickleDict, PickleModule, type PickleValue } from './pickle-values.js';
import type { ArrayMaker } from './tensor-array.js';

const DEEPEST_MODULE = 8;
const MOST_MODULES = 1024;
/** A generator of 4096 pixels has some four hundred. */
export const MOST_TENSORS = 4096;

export type ModuleTree = {
  /** Parameters and buffers by their dotted names. */
  readonly arrays: Map<string, LazyArray>;
  /** Modules by theirs; the root's is empty. */
  readonly modules: Map<string, PickleModule>;
};

/** Everything in a module of PyTorch, by dotted names, as its `state_dict()` would give it. */
export function readModuleTree(root: PickleModule, makeArray: ArrayMaker): ModuleTree {
  const arrays = new Map<string, LazyArray>();
  const modules = new Map<string, PickleModule>();
  const collect = (module: PickleModule, prefix: string, depth: number): void => {
    if (depth > DEEPEST_MODULE) throw limit(`modules nest at most ${DEEPEST_MODULE} deep`, quote(prefix));
    if (modules.size >= MOST_MODULES) throw limit(`a generator has at most ${MOST_MODULES} modules`, 'more');
    modules.set(prefix.slice(0, -1), module);
    for (const group of ['_parameters', '_buffers']) {
      for (const [name, value] of entriesOf(module, group)) {
        if (value === null) continue;
        if (arrays.size >= MOST_TENSORS) throw limit(`a generator has at most ${MOST_TENSORS} tensors`, 'more');
        arrays.set(prefix + name, makeArray(value, prefix + name));
      }
    }
    for (const [name, child] of childrenOf(module)) collect(child, `${prefix}${name}.`, depth + 1);
  };
  collect(root, '', 0);
  return { arrays, modules };
}

/** The modules right inside one. */
export function childrenOf(module: PickleModule): Map<string, PickleModule> {
  const result = new Map<string, PickleModule>();
  for (const [name, child] of entriesOf(module, '_modules')) {
    if (child instanceof PickleModule) result.set(name, child);
    if (result.size > MOST_MODULES) throw limit(`a generator has at most ${MOST_MODULES} modules`, 'more');
  }
  return result;
}

function* entriesOf(module: PickleModule, group: string): Generator<[string, PickleValue]> {
  const dict = module.state.get(group);
  if (!(dict instanceof PickleDict)) return;
  let left = 4 * MOST_TENSORS;
  for (const [name, value] of dict.entries ?? []) {
    if (left-- === 0) throw limit(`a module has at most ${4 * MOST_TENSORS} entries`, 'more');
    if (typeof name === 'string') yield [name, value];
  }
}

function limit(rule: string, found: string): CheckpointError {
  return new CheckpointError('CHECKPOINT_LIMIT', rule, { found });
}
