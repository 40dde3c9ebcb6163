// Kernels and milliseconds of the building blocks of transformers, beside the plain formulas:
//   npm run bench -- nn [cpu|wasm|wasm+gradients|tensorflow]
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import * as nn from '@autodrag/nn';

const [backend, ...extras] = (process.argv[2] ?? 'wasm').split('+');
if (backend === 'tensorflow') await import('@tensorflow/tfjs-node');
await tf.setBackend(backend);
await tf.ready();
if (extras.includes('gradients')) (await import('@autodrag/wasm-gradients')).registerWasmGradients();

/**
 * The fastest of up to 25 runs and the number of kernels. cpu and wasm run on one thread, so their time is the
 * processor's, which other work on the machine disturbs less than a clock's; elsewhere it is the clock's.
 */
async function measure(name, run) {
  const release = (result) => tf.dispose(result);
  const { kernels } = await tf.profile(() => {
    release(run());
    return tf.scalar(0);
  });
  const counted = kernels.filter(({ name }) => !['Identity', 'Reshape', ''].includes(name)).length;
  const times = [];
  const begin = performance.now();
  for (let i = 0; i < 25 && (i < 3 || performance.now() - begin < 2000); i++) {
    const used = process.cpuUsage();
    const start = performance.now();
    release(run());
    const clock = performance.now() - start;
    const { user, system } = process.cpuUsage(used);
    times.push(backend === 'tensorflow' ? clock : (user + system) / 1000);
  }
  times.sort((a, b) => a - b);
  console.log(`${name.padEnd(46)} ${String(counted).padStart(5)} kernels ${times[0].toFixed(2).padStart(9)} ms`);
}

const random = nn.createRandom(1);
const [B, T, width, heads] = [4, 64, 192, 6];
const x = random.normalTensor([B, T, width]);
const memory = random.normalTensor([B, 96, width]);
const loss = (y) => tf.mean(tf.square(y));
const gradient = (f, parameters) => () => {
  const { value, grads } = nn.valueAndGrads(f, parameters);
  return [value, Object.values(nn.flattenParameters(grads))];
};

console.log(`${backend}, batch ${B}, ${T} tokens, width ${width}, ${heads} heads; Reshape and Identity not counted`);
const plainGelu = (x) =>
  tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(tf.mul(tf.add(x, tf.mul(tf.pow(x, 3), 0.044715)), Math.sqrt(2 / Math.PI))), 1));
const erfGelu = (x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
const plainNorm = (p, x) => {
  const { mean, variance } = tf.moments(x, -1, true);
  return tf.add(tf.mul(tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-5))), p.scale), p.offset);
};
const norm = nn.createLayerNorm(width);
await measure('gelu forward', () => nn.gelu(x));
await measure(
  'gelu forward + backward',
  gradient((p) => loss(nn.gelu(p.x)), { x }),
);
await measure(
  '  plain tanh formula',
  gradient((p) => loss(plainGelu(p.x)), { x }),
);
await measure(
  '  plain erf formula',
  gradient((p) => loss(erfGelu(p.x)), { x }),
);
await measure('layerNorm forward', () => nn.layerNorm(norm, x));
await measure(
  'layerNorm forward + backward',
  gradient((p) => loss(nn.layerNorm(p.norm, p.x)), { norm, x }),
);
await measure(
  '  plain formula',
  gradient((p) => loss(plainNorm(p.norm, p.x)), { norm, x }),
);

const encoder = nn.createEncoder(random, { layers: 4, width, heads });
await measure('encoder, 4 layers, forward', () => nn.encoder(encoder, x, { heads }));
await measure(
  'encoder, 4 layers, forward + backward',
  gradient((p) => loss(nn.encoder(p, x, { heads })), encoder),
);
const decoder = nn.createDecoder(random, { layers: 4, width, heads });
await measure('decoder, 4 layers, forward', () => nn.decoder(decoder, x, memory, { heads }));
await measure(
  'decoder, 4 layers, forward + backward',
  gradient((p) => loss(nn.decoder(p, x, memory, { heads })), decoder),
);
const step = tf.slice(x, [0, 0, 0], [1, 6, width]);
const oneMemory = tf.slice(memory, [0, 0, 0], [1, 96, width]);
await measure('decode 5 steps of 6 tokens with a cache, batch 1', () => {
  const cache = nn.createDecoderCache(decoder, oneMemory, { heads });
  const outputs = Array.from({ length: 5 }, () => nn.decoder(decoder, step, null, { heads, cache }));
  cache.dispose();
  return outputs;
});

const adam = nn.createAdam({ clipNorm: 1 });
const { grads } = nn.valueAndGrads((p) => loss(nn.decoder(p, x, memory, { heads })), decoder);
const state = adam.init(decoder);
const count = Object.keys(nn.flattenParameters(decoder)).length;
await measure(`Adam, ${count} tensors, ${(nn.countParameters(decoder) / 1e6).toFixed(2)} M`, () => {
  const { params, state: next, gradNorm } = adam.update(decoder, grads, state, { learningRate: 1e-4 });
  return [Object.values(nn.flattenParameters(params)), next.m, next.v, gradNorm];
});
const optimizer = tf.train.adam(1e-4);
const flat = nn.flattenParameters(decoder);
const variables = Object.entries(flat).map(([name, tensor]) => tf.variable(tensor, true, name));
const named = nn.flattenParameters(grads);
await measure('  tf.train.adam, no clipping', () => {
  optimizer.applyGradients(named);
  variables[0].dataSync();
  return [];
});
