import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { describeOnBackends, useBackend } from '../../test/backends.js';
import { InvalidArgumentError, ShapeError } from '../errors/errors.js';
import { createRandom } from '../random/random.js';
import { checkGradient, expectClose, expectNoLeak } from '../testing/index.js';
import { flattenParameters } from '../tree/flatten-parameters.js';
import { unflattenParameters } from '../tree/unflatten-parameters.js';
import { additiveMask } from './additive-mask.js';
import {
  attention,
  createAttention,
  createSelfAttention,
  type KeysValues,
  projectMemory,
  type SelfAttentionStep,
  selfAttention,
  selfAttentionStep,
} from './attention.js';
import { blockCausalMask } from './block-causal-mask.js';

type Matrix = number[][];

/** `x · W + b` in plain numbers. */
function affine(x: Matrix, weight: Matrix, bias: number[]): Matrix {
  return x.map((row) => bias.map((b, o) => row.reduce((sum, value, i) => sum + value * weight[i]![o]!, b)));
}

/** Multi-head attention of one batch entry with loops, as the paper writes it. */
function reference(q: Matrix, k: Matrix, v: Matrix, heads: number, allowed: (t: number, s: number) => boolean): Matrix {
  const width = q[0]!.length;
  const size = width / heads;
  return q.map((query, t) => {
    const out = new Array<number>(width).fill(0);
    for (let h = 0; h < heads; h++) {
      const scores = k.map((key, s) => {
        let dot = 0;
        for (let i = h * size; i < (h + 1) * size; i++) dot += query[i]! * key[i]!;
        return allowed(t, s) ? Math.exp(dot / Math.sqrt(size)) : 0;
      });
      const total = scores.reduce((sum, score) => sum + score, 0);
      for (let i = h * size; i < (h + 1) * size; i++) {
        out[i] = v.reduce((sum, value, s) => sum + (scores[s]! / total) * value[i]!, 0);
      }
    }
    return out;
  });
}

const rows = (x: tf.Tensor) => x.arraySync() as Matrix;
const batches = (x: tf.Tensor) => x.arraySync() as Matrix[];

describeOnBackends('attention', (backend) => {
  beforeAll(() => useBackend(backend));

  test('as the formula with loops, with and without a mask', () => {
    const random = createRandom(1);
    const [heads, width] = [2, 4];
    const p = createAttention(random, { width, memoryWidth: 3, heads });
    const q = random.normalTensor([2, 3, width]);
    const m = random.normalTensor([2, 5, 3]);
    const real = [5, 2]; // memory tokens that are real, by batch entry
    const mask = tf.tensor(
      real.flatMap((n) => Array.from({ length: 5 }, (_, s) => s < n)),
      [2, 1, 1, 5],
      'bool',
    );
    const expected = (limit: (b: number) => number) =>
      batches(q).map((query, b) => {
        const kv = affine(batches(m)[b]!, rows(p.keyValue.weight), [...p.keyValue.bias!.dataSync()]);
        const mixed = reference(
          affine(query, rows(p.query.weight), [...p.query.bias!.dataSync()]),
          kv.map((row) => row.slice(0, width)),
          kv.map((row) => row.slice(width)),
          heads,
          (_, s) => s < limit(b),
        );
        return affine(mixed, rows(p.output.weight), [...p.output.bias!.dataSync()]);
      });
    expectClose(
      attention(p, q, m, { heads }),
      expected(() => 5),
      1e-4,
    );
    expectClose(
      attention(p, q, m, { heads, mask }),
      expected((b) => real[b]!),
      1e-4,
    );
    expectClose(
      attention(p, q, m, { heads, mask: additiveMask(mask) }),
      expected((b) => real[b]!),
      1e-4,
    );
  });

  test('self-attention with a block-causal mask, as the formula with loops', () => {
    const random = createRandom(2);
    const [heads, width, steps, tokens] = [2, 4, 3, 2];
    const p = createSelfAttention(random, { width, heads });
    const x = random.normalTensor([1, steps * tokens, width]);
    const qkv = affine(batches(x)[0]!, rows(p.queryKeyValue.weight), [...p.queryKeyValue.bias!.dataSync()]);
    const part = (n: number) => qkv.map((row) => row.slice(n * width, (n + 1) * width));
    const mixed = reference(part(0), part(1), part(2), heads, (t, s) => Math.floor(s / 2) <= Math.floor(t / 2));
    const expected = affine(mixed, rows(p.output.weight), [...p.output.bias!.dataSync()]);
    expectClose(selfAttention(p, x, { heads, mask: blockCausalMask(steps, tokens) }), expected, 1e-4);
  });

  test('self-attention in steps gives the same as at once', () => {
    const random = createRandom(8);
    const [heads, steps, tokens] = [2, 3, 2];
    const p = createSelfAttention(random, { width: 4, heads });
    const x = random.normalTensor([2, steps * tokens, 4]);
    const whole = selfAttention(p, x, { heads, mask: blockCausalMask(steps, tokens) });
    const parts = tf.split(x, steps, 1);
    const outputs: tf.Tensor3D[] = [];
    let past: KeysValues | null = null;
    for (const part of parts) {
      const step: SelfAttentionStep = selfAttentionStep(p, part, { heads, past });
      outputs.push(step.output);
      past = step.keysValues;
    }
    expect(past!.keys.shape).toEqual([2, heads, steps * tokens, 2]);
    expectClose(tf.concat(outputs, 1), whole);
    expectNoLeak(() => selfAttentionStep(p, x, { heads, past }));
  });

  test('a projected memory gives the same as the memory', () => {
    const random = createRandom(3);
    const p = createAttention(random, { width: 6, heads: 3 });
    const q = random.normalTensor([2, 2, 6]);
    const m = random.normalTensor([2, 4, 6]);
    const cache = projectMemory(p, m, { heads: 3 });
    expect(cache.keys.shape).toEqual([2, 3, 4, 2]);
    expectClose(attention(p, q, null, { heads: 3, cache }), attention(p, q, m, { heads: 3 }));
    expectNoLeak(() => attention(p, q, null, { heads: 3, cache }));
    expectNoLeak(() => projectMemory(p, m, { heads: 3 }));
  });

  test.runIf(backend !== 'wasm')('gradients of attention', () => {
    const random = createRandom(4);
    const p = createAttention(random, { width: 4, memoryWidth: 3, heads: 2 });
    const flat = flattenParameters(p);
    const names = Object.keys(flat);
    const mask = tf.tensor([1, 1, 1, 0, 1, 1], [2, 1, 1, 3], 'bool');
    const inputs = [random.normalTensor([2, 2, 4]), random.normalTensor([2, 3, 3]), ...Object.values(flat)];
    checkGradient(
      (q, m, ...weights) => {
        const own = unflattenParameters(p, Object.fromEntries(names.map((name, i) => [name, weights[i]!])));
        return attention(own, q!, m!, { heads: 2, mask });
      },
      inputs,
      { entries: 6 },
    );
  });

  test.runIf(backend !== 'wasm')('gradients of self-attention, and of a learned additive mask', () => {
    const random = createRandom(5);
    const p = createSelfAttention(random, { width: 4, heads: 2 });
    const flat = flattenParameters(p);
    const names = Object.keys(flat);
    const inputs = [random.normalTensor([2, 3, 4]), random.normalTensor([2, 2, 3, 3]), ...Object.values(flat)];
    checkGradient(
      (x, mask, ...weights) => {
        const own = unflattenParameters(p, Object.fromEntries(names.map((name, i) => [name, weights[i]!])));
        return selfAttention(own, x!, { heads: 2, mask });
      },
      inputs,
      { entries: 6 },
    );
  });

  test.runIf(backend !== 'wasm')('gradients of self-attention through steps', () => {
    const random = createRandom(9);
    const p = createSelfAttention(random, { width: 4, heads: 2 });
    checkGradient(
      (x, y) => {
        const first = selfAttentionStep(p, x!, { heads: 2 });
        const second = selfAttentionStep(p, y!, { heads: 2, past: first.keysValues });
        return tf.concat([first.output, second.output], 1);
      },
      [random.normalTensor([2, 3, 4]), random.normalTensor([2, 1, 4])],
      { entries: 6 },
    );
  });

  test('a query that may go nowhere stays finite', () => {
    const random = createRandom(6);
    const p = createAttention(random, { width: 4, heads: 1 });
    const q = random.normalTensor([1, 1, 4]);
    const nowhere = tf.zeros([1, 1, 1, 3], 'bool');
    const y = attention(p, q, random.normalTensor([1, 3, 4]), { heads: 1, mask: nowhere });
    expect(y.dataSync().every(Number.isFinite)).toBe(true);
  });

  test('block-causal masks', () => {
    expect(blockCausalMask(2, 2).arraySync()).toEqual([
      [
        [
          [1, 1, 0, 0],
          [1, 1, 0, 0],
          [1, 1, 1, 1],
          [1, 1, 1, 1],
        ],
      ],
    ]);
    expect(blockCausalMask(3, 1, { from: 1 }).arraySync()).toEqual([
      [
        [
          [1, 1, 0],
          [1, 1, 1],
        ],
      ],
    ]);
    expect(() => blockCausalMask(0, 1)).toThrow(InvalidArgumentError);
    expect(() => blockCausalMask(2, 1, { from: 2 })).toThrow('0 <= from < steps');
  });

  test('messages', () => {
    const random = createRandom(7);
    const p = createAttention(random, { width: 4, memoryWidth: 3, heads: 2 });
    const q = tf.zeros([2, 3, 4]);
    const m = tf.zeros([2, 5, 3]);
    expect(() => createAttention(random, { width: 4, heads: 3 })).toThrow(
      'createAttention: heads: expected a divisor of the width 4, got 3',
    );
    expect(() => attention(p, tf.zeros([3, 4]), m, { heads: 2 })).toThrow(
      'attention: query: expected [B, T, 4], got [3, 4]',
    );
    expect(() => attention(p, q, tf.zeros([1, 5, 3]), { heads: 2 })).toThrow(
      'attention: memory: expected [2, S, 3], got [1, 5, 3]',
    );
    expect(() => attention(p, q, m, { heads: 2, mask: tf.zeros([3, 5]) })).toThrow(
      new ShapeError('attention: mask: expected [2 or 1, 2 or 1, 3 or 1, 5], got [3, 5]'),
    );
    expect(() => attention(p, q, null, { heads: 2 })).toThrow('either memory or a cache');
    const self = createSelfAttention(random, { width: 4, heads: 2 });
    expect(() => selfAttention(self, m, { heads: 2 })).toThrow('selfAttention: x: expected [B, T, 4], got [2, 5, 3]');
    const { keysValues } = selfAttentionStep(self, q, { heads: 2 });
    expect(() => selfAttentionStep(self, tf.zeros([1, 1, 4]), { heads: 2, past: keysValues })).toThrow(
      'selfAttentionStep: past.keys: expected [1, 2, S, 2], got [2, 2, 3, 2]',
    );
  });
});
