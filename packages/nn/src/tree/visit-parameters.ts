import type * as tf from '@tensorflow/tfjs-core';
import { InvalidArgumentError } from '../errors/errors.js';
import { isTensor, type ParameterNode, type ParameterTree } from './parameter-tree.js';

/** Calls `visit(name, tensor)` for every leaf: keys sorted by code unit, array entries in their order. */
export function visitParameters(tree: ParameterTree, visit: (name: string, tensor: tf.Tensor) => void): void {
  walk(tree, '', visit);
}

function walk(node: ParameterNode, path: string, visit: (name: string, tensor: tf.Tensor) => void): void {
  if (node === undefined) return;
  if (isTensor(node)) {
    visit(path, node);
  } else if (Array.isArray(node)) {
    node.forEach((child: ParameterTree, index) => {
      walk(child, join(path, String(index)), visit);
    });
  } else if (isPlainObject(node)) {
    for (const key of Object.keys(node).sort()) {
      if (key === '' || key.includes('.')) {
        throw new InvalidArgumentError(
          `flattenParameters: '${join(path, key)}': names must not be empty or contain a dot, which separates levels. Rename '${key}'.`,
        );
      }
      walk((node as ParameterTree)[key], join(path, key), visit);
    }
  } else {
    throw new InvalidArgumentError(
      `flattenParameters: '${path}': expected a tensor, an object or an array of objects, got ${describe(node)}. Keep configuration outside of the parameters.`,
    );
  }
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function isPlainObject(node: unknown): node is object {
  if (typeof node !== 'object' || node === null) return false;
  const prototype = Object.getPrototypeOf(node) as unknown;
  return prototype === null || prototype === Object.prototype;
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return `${typeof value} ${String(value)}`;
  return value.constructor?.name ?? 'an object';
}
