import { printable } from '@autodrag/nn';
import { StyleGan2ConfigError } from './errors.js';
import { LARGEST_WIDTH } from './style-gan2-config.js';

/** Mersenne Twister MT19937, seeded with one 32-bit number (Matsumoto and Nishimura 1998). Yields 32-bit words. */
function mersenneTwister(seed: number): () => number {
  const size = 624;
  const state = new Uint32Array(size);
  state[0] = seed;
  for (let i = 1; i < size; i++) {
    const previous = state[i - 1]! ^ (state[i - 1]! >>> 30);
    state[i] = Math.imul(1812433253, previous) + i;
  }
  let position = size;
  return () => {
    if (position === size) {
      for (let i = 0; i < size; i++) {
        const bits = (state[i]! & 0x80000000) | (state[(i + 1) % size]! & 0x7fffffff);
        state[i] = state[(i + 397) % size]! ^ (bits >>> 1) ^ (bits & 1 ? 0x9908b0df : 0);
      }
      position = 0;
    }
    let word = state[position++]!;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  };
}

/**
 * The latent code that DragGAN and the Python tools of StyleGAN make of a seed: the first `zDim` numbers of
 * `numpy.random.RandomState(seed).randn(1, zDim)`, rounded to float32. The same seed gives the same picture there and
 * here.
 *
 * @param seed integer in 0 … 2³² − 1
 * @param zDim length of z, as `config.zDim` says
 * @throws StyleGan2ConfigError if the seed or the length is none
 */
export function seedToZ(seed: number, zDim: number): Float32Array {
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
    throw new StyleGan2ConfigError(`seedToZ: seed: expected an integer from 0 to 4294967295, got ${printable(seed)}`);
  }
  if (!Number.isInteger(zDim) || zDim < 1 || zDim > LARGEST_WIDTH) {
    throw new StyleGan2ConfigError(
      `seedToZ: zDim: expected an integer from 1 to ${LARGEST_WIDTH}, got ${printable(zDim)}. Pass config.zDim.`,
    );
  }
  const word = mersenneTwister(seed);
  const uniform = () => ((word() >>> 5) * 67108864 + (word() >>> 6)) / 9007199254740992; // 53 bits in [0, 1)
  const z = new Float32Array(zDim);
  for (let i = 0; i < zDim; i += 2) {
    let a: number;
    let b: number;
    let square: number;
    do {
      a = 2 * uniform() - 1;
      b = 2 * uniform() - 1;
      square = a * a + b * b;
    } while (square >= 1 || square === 0);
    const factor = Math.sqrt((-2 * Math.log(square)) / square);
    z[i] = factor * b;
    if (i + 1 < zDim) z[i + 1] = factor * a;
  }
  return z;
}
