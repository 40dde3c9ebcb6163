import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { describeOnBackends, useBackend } from '../../test/backends.js';
import { InvalidArgumentError } from '../errors/errors.js';
import { valueAndGrads } from '../gradients/value-and-grads.js';
import { createRandom } from '../random/random.js';
import { checkGradient, expectClose, expectNoLeak } from '../testing/index.js';
import { countParameters } from '../tree/count-parameters.js';
import { disposeParameters } from '../tree/dispose-parameters.js';
import { flattenParameters } from '../tree/flatten-parameters.js';
import type { ParameterTree } from '../tree/parameter-tree.js';
import { unflattenParameters } from '../tree/unflatten-parameters.js';
import { blockCausalMask } from './block-causal-mask.js';
import {
  createDecoder,
  createDecoderBlock,
  createDecoderCache,
  type DecoderCache,
  decoder,
  decoderBlock,
} from './decoder.js';
import { createEncoder, createEncoderBlock, encoder, encoderBlock } from './encoder.js';

const heads = 2;

/** Checks the gradient with respect to the inputs and every parameter. */
function checkModel<P extends ParameterTree>(
  parameters: P,
  inputs: tf.Tensor[],
  f: (p: P, ...x: tf.Tensor[]) => tf.Tensor,
) {
  const flat = flattenParameters(parameters);
  const names = Object.keys(flat);
  checkGradient(
    (...all) => {
      const weights = all.slice(inputs.length);
      const own = unflattenParameters(parameters, Object.fromEntries(names.map((name, i) => [name, weights[i]!])));
      return f(own, ...all.slice(0, inputs.length));
    },
    [...inputs, ...Object.values(flat)],
    { entries: 3 },
  );
}

describeOnBackends('transformer', (backend) => {
  beforeAll(() => useBackend(backend));

  test('encoder: names, size, gradient, leaks', () => {
    const random = createRandom(1);
    const p = createEncoder(random, { layers: 2, width: 4, heads, feedForward: 6 });
    expect(Object.keys(flattenParameters(p)).slice(0, 8)).toEqual([
      'blocks.0.attention.output.bias',
      'blocks.0.attention.output.weight',
      'blocks.0.attention.queryKeyValue.bias',
      'blocks.0.attention.queryKeyValue.weight',
      'blocks.0.attentionNorm.offset',
      'blocks.0.attentionNorm.scale',
      'blocks.0.feedForward.layers.0.bias',
      'blocks.0.feedForward.layers.0.weight',
    ]);
    // A block: 4·12+12 + 4·4+4 + 4·6+6 + 6·4+4 + 16; the last norm 8.
    expect(countParameters(p)).toBe(2 * (60 + 20 + 30 + 28 + 16) + 8);
    const x = random.normalTensor([2, 3, 4]);
    const mask = tf.tensor([1, 1, 0, 1, 1, 1], [2, 1, 1, 3], 'bool');
    expectNoLeak(() => encoder(p, x, { heads, mask }));
    if (backend !== 'wasm') checkModel(p, [x], (p, x) => encoder(p, x!, { heads, mask }));
    expectNoLeak(() => {
      const { value, grads } = valueAndGrads((p) => tf.mean(tf.square(encoder(p, x, { heads, mask }))), p);
      value.dispose();
      disposeParameters(grads);
    });
  });

  test('blocks change shape nothing, and are pre-LN: zero projections leave x as it is', () => {
    const random = createRandom(2);
    const x = random.normalTensor([1, 3, 4]);
    const memory = random.normalTensor([1, 2, 5]);
    const e = createEncoderBlock(random, { width: 4, heads, residualScale: 0 });
    expectClose(encoderBlock(e, x, { heads }), x);
    const d = createDecoderBlock(random, { width: 4, memoryWidth: 5, heads, residualScale: 0 });
    expectClose(decoderBlock(d, x, memory, { heads }), x);
  });

  test('decoder: gradient and leaks', () => {
    const random = createRandom(3);
    const p = createDecoder(random, { layers: 1, width: 4, memoryWidth: 3, heads, feedForward: 6 });
    const x = random.normalTensor([2, 4, 4]);
    const memory = random.normalTensor([2, 3, 3]);
    const selfMask = blockCausalMask(2, 2);
    const memoryMask = tf.tensor([1, 1, 0, 1, 1, 1], [2, 1, 1, 3], 'bool');
    if (backend !== 'wasm')
      checkModel(p, [x, memory], (p, x, m) => decoder(p, x!, m!, { heads, selfMask, memoryMask }));
    expectNoLeak(() => decoder(p, x, memory, { heads, selfMask, memoryMask }));
  });

  test('masked memory tokens and later steps have no influence', () => {
    const random = createRandom(4);
    const p = createDecoder(random, { layers: 2, width: 4, heads });
    const x = random.normalTensor([1, 4, 4]);
    const memory = random.normalTensor([1, 3, 4]);
    const options = { heads, selfMask: blockCausalMask(2, 2), memoryMask: tf.tensor([1, 1, 0], [1, 1, 1, 3], 'bool') };
    const y = decoder(p, x, memory, options);
    const other = decoder(
      p,
      tf.add(x, tf.mul(random.normalTensor([1, 4, 4]), tf.tensor([0, 0, 5, 5], [1, 4, 1]))),
      tf.add(memory, tf.tensor([0, 0, 9], [1, 3, 1])),
      options,
    );
    const first = (t: tf.Tensor) => tf.slice(t, [0, 0, 0], [1, 2, 4]);
    expectClose(first(other), first(y));
    expect(() => expectClose(other, y)).toThrow();
  });

  test('step by step with a cache is the same as all at once', () => {
    const random = createRandom(5);
    const [steps, tokens] = [4, 3];
    const p = createDecoder(random, { layers: 3, width: 8, memoryWidth: 5, heads });
    const x = random.normalTensor([2, steps * tokens, 8]);
    const memory = random.normalTensor([2, 6, 5]);
    const memoryMask = tf.tensor([1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1], [2, 1, 1, 6], 'bool');
    const whole = decoder(p, x, memory, { heads, selfMask: blockCausalMask(steps, tokens), memoryMask });
    expectNoLeak(() => {
      const cache = createDecoderCache(p, memory, { heads });
      const parts = [0, 1].map((step) => {
        const part = tf.slice(x, [0, step * tokens, 0], [2, tokens, 8]);
        const y = decoder(p, part, null, { heads, memoryMask, cache });
        part.dispose();
        return y;
      });
      expect(cache.length).toBe(2 * tokens);
      // The last two steps in one call, with a mask of their own.
      const rest = tf.slice(x, [0, 2 * tokens, 0], [2, 2 * tokens, 8]);
      const selfMask = blockCausalMask(steps, tokens, { from: 2 });
      parts.push(decoder(p, rest, null, { heads, selfMask, memoryMask, cache }));
      tf.tidy(() => expectClose(tf.concat(parts, 1), whole, 1e-4));
      tf.dispose([parts, rest, selfMask]);
      cache.dispose();
      expect(cache.length).toBe(0);
    });
  });

  test('a cache survives tidies, and a failed call leaves it as it was', () => {
    const random = createRandom(6);
    const p = createDecoder(random, { layers: 2, width: 4, heads });
    const memory = random.normalTensor([1, 2, 4]);
    const x = random.normalTensor([1, 1, 4]);
    expectNoLeak(() => {
      let made: DecoderCache | undefined;
      tf.tidy(() => {
        made = createDecoderCache(p, memory, { heads });
      });
      const cache = made!;
      tf.tidy(() => decoder(p, x, null, { heads, cache }).dataSync());
      tf.tidy(() => decoder(p, x, null, { heads, cache }).dataSync());
      expect(cache.length).toBe(2);
      const wrong = tf.zeros([1, 1, 1, 9]);
      expect(() => decoder(p, x, null, { heads, cache, selfMask: wrong })).toThrow(
        'selfAttention: mask: expected [1 or 1, 2 or 1, 1 or 1, 3], got [1, 1, 1, 9]',
      );
      wrong.dispose();
      expect(cache.length).toBe(2);
      cache.dispose();
      expect(() => decoder(p, x, null, { heads, cache })).toThrow(InvalidArgumentError);
      cache.dispose();
    });
    expect(() => decoder(p, x, null, { heads })).toThrow('decoder: expected either memory or a cache');
    // A batch of 2 must not pass for twice as many tokens.
    expect(() => decoder(p, tf.zeros([2, 1, 4]), memory, { heads })).toThrow(
      'decoder: memory: expected [2, S, width], got [1, 2, 4]',
    );
    const cache = createDecoderCache(p, memory, { heads });
    expect(() => decoder(p, tf.zeros([2, 1, 4]), null, { heads, cache })).toThrow(
      'decoder: cache: expected [2, heads, S, size]',
    );
    expect(() => decoder(p, x, memory, { heads: 3 })).toThrow('heads: expected a divisor of the width 4, got 3');
    expect(() => encoder(createEncoder(random, { layers: 1, width: 4, heads }), x, { heads: 3 })).toThrow(
      'heads: expected a divisor',
    );
  });

  test('the first output of an untrained deep model is of ordinary size', () => {
    const random = createRandom(7);
    const p = createEncoder(random, { layers: 12, width: 16, heads: 4 });
    const x = random.normalTensor([1, 4, 16]);
    const branch = tf.tidy(() => {
      let value: tf.Tensor = x;
      for (const block of p.blocks) value = encoderBlock(block, value, { heads: 4 });
      return tf.moments(value).variance.dataSync()[0]!;
    });
    expect(branch).toBeLessThan(3);
  });
});
