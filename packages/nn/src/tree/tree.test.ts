import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InvalidArgumentError, ShapeError, WeightFileError } from '../errors/errors.js';
import { expectClose, expectNoLeak } from '../testing/index.js';
import { loadSafetensors } from '../weights/load-safetensors.js';
import { saveSafetensors } from '../weights/save-safetensors.js';
import { countParameters } from './count-parameters.js';
import { disposeParameters } from './dispose-parameters.js';
import { flattenParameters } from './flatten-parameters.js';
import { mapParameters } from './map-parameters.js';
import type { ParameterTree } from './parameter-tree.js';
import { unflattenParameters } from './unflatten-parameters.js';

type Model = {
  readonly head: { readonly weight: tf.Tensor2D; readonly bias?: tf.Tensor1D };
  readonly blocks: readonly { readonly gain: tf.Tensor1D }[];
};

const model = (): Model => ({
  head: { weight: tf.tensor2d([[1, 2]]), bias: undefined },
  blocks: Array.from({ length: 11 }, (_, i) => ({ gain: tf.tensor1d([i]) })),
});

test('names are dotted, sorted by key, arrays by index', () => {
  const tree = model();
  const names = Object.keys(flattenParameters(tree));
  expect(names).toEqual([...Array.from({ length: 11 }, (_, i) => `blocks.${i}.gain`), 'head.weight']);
  const reordered: Model = { blocks: tree.blocks, head: tree.head };
  expect(Object.keys(flattenParameters(reordered))).toEqual(names);
  expect(countParameters(tree)).toBe(13);
  disposeParameters(tree);
});

test('counts a file as it counts the tree that it was saved from', async () => {
  const tree = model();
  const { tensors } = await loadSafetensors(await saveSafetensors(flattenParameters(tree)));
  expect(countParameters(tensors)).toBe(13);
  expect(countParameters({})).toBe(0);
  disposeParameters(tree);
});

test('unflatten is the inverse of flatten and keeps the type', () => {
  const template = model();
  const other = mapParameters(template, (tensor) => tf.add(tensor, 1));
  const back: Model = unflattenParameters(template, flattenParameters(other));
  expect(back.blocks[10]!.gain).toBe(other.blocks[10]!.gain);
  expect(back.head.bias).toBeUndefined();
  expectClose(back.head.weight, [2, 3]);
  disposeParameters(template);
  disposeParameters(other);
});

test('mapParameters passes names', () => {
  const tree = model();
  const names: string[] = [];
  mapParameters(tree, (tensor, name) => {
    names.push(name);
    return tensor;
  });
  expect(names).toEqual(Object.keys(flattenParameters(tree)));
  disposeParameters(tree);
});

test('unflatten says what is missing, left over, or of another shape', () => {
  const template: ParameterTree = { a: tf.scalar(0), b: tf.zeros([2]) };
  const x = tf.scalar(1);
  expect(() => unflattenParameters(template, { a: x, c: x })).toThrow(
    new WeightFileError(
      "unflattenParameters: the names do not fit the model: missing 'b'; unknown 'c'. Load weights that were saved for the same configuration.",
    ),
  );
  expect(() => unflattenParameters(template, { a: x, b: x })).toThrow(
    new ShapeError('unflattenParameters: b: expected [2], got []'),
  );
  // Inherited names are not names.
  expect(() => unflattenParameters({ toString: x }, {})).toThrow("missing 'toString'");
});

test('keys with dots and leaves that are no tensors are refused', () => {
  const x = tf.scalar(1);
  expect(() => flattenParameters({ 'a.b': x })).toThrow(InvalidArgumentError);
  expect(() => flattenParameters({ a: { heads: 3 } } as never)).toThrow("'a.heads': expected a tensor");
  expect(() => flattenParameters({ a: null } as never)).toThrow('got null');
  expect(() => flattenParameters({ a: new Map() } as never)).toThrow('got Map');
  x.dispose();
});

test('dispose frees everything, twice is once', () => {
  expectNoLeak(() => {
    const tree = model();
    disposeParameters(tree);
    disposeParameters(tree);
  });
});

/** Trees of numbers, which become scalars; keys may mean something to JavaScript. */
const key = fc.oneof(
  fc.constantFrom('weight', '0', '10', '2', 'constructor', 'toString', '__proto__', 'ä', '-', ' '),
  fc.string({ minLength: 1, maxLength: 6 }).filter((name) => !name.includes('.')),
);
type NumberTree = { [name: string]: number | NumberTree | NumberTree[] };
const numberTree = fc.letrec<{ tree: NumberTree; node: NumberTree[string] }>((tie) => ({
  tree: fc.dictionary(key, tie('node'), { maxKeys: 5 }),
  node: fc.oneof({ depthSize: 'small' }, fc.integer(), tie('tree'), fc.array(tie('tree'), { maxLength: 3 })),
})).tree;

function withTensors(tree: NumberTree): ParameterTree {
  const convert = (node: NumberTree[string]): ParameterTree[string] =>
    typeof node === 'number'
      ? tf.scalar(node)
      : Array.isArray(node)
        ? node.map((inner) => withTensors(inner))
        : withTensors(node);
  return Object.fromEntries(Object.entries(tree).map(([name, node]) => [name, convert(node)]));
}

const numbersOf = (tree: ParameterTree) =>
  Object.entries(flattenParameters(tree)).map(([name, tensor]) => [name, tensor.dataSync()[0]]);

test('1000 random trees come apart and together again', () => {
  fc.assert(
    fc.property(numberTree, (numbers) => {
      const tree = withTensors(numbers);
      const flat = flattenParameters(tree);
      const back = unflattenParameters(tree, flat);
      expect(flattenParameters(back)).toEqual(flat);
      for (const [name, tensor] of Object.entries(flattenParameters(back))) expect(tensor).toBe(flat[name]);
      expect(countParameters(back)).toBe(Object.keys(flat).length);
      const doubled = mapParameters(tree, (tensor) => tf.mul(tensor, 2));
      expect(numbersOf(doubled)).toEqual(
        numbersOf(tree).map(([name, value]) => [name, Math.fround(2 * Number(value))]),
      );
      // Another order of keys is the same tree.
      const turned = (node: NumberTree): NumberTree =>
        Object.fromEntries(
          Object.entries(node)
            .reverse()
            .map(([name, inner]) => [name, typeof inner === 'object' && !Array.isArray(inner) ? turned(inner) : inner]),
        );
      const other = withTensors(turned(numbers));
      expect(Object.keys(flattenParameters(other))).toEqual(Object.keys(flat));
      disposeParameters(tree);
      disposeParameters(doubled);
      disposeParameters(other);
    }),
    { numRuns: 1000, seed: 1 },
  );
});
