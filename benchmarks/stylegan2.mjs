// Milliseconds of the generator on one backend:
//   npm run bench -- stylegan2 --backend node|wasm|cpu [--preset NAME] [--resolution 128 --channel-base 2048
//   --channel-max 128] [--batch 8] [--kernels]
// `node` needs @tensorflow/tfjs-node where Node finds it; --node-from FILE looks for it from there.
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';

const { values: args } = parseArgs({
  options: {
    backend: { type: 'string', default: 'wasm' },
    'node-from': { type: 'string', default: import.meta.url },
    preset: { type: 'string' },
    resolution: { type: 'string', default: '128' },
    'channel-base': { type: 'string', default: '2048' },
    'channel-max': { type: 'string', default: '128' },
    'w-dim': { type: 'string', default: '128' },
    batch: { type: 'string', default: '1' },
    noise: { type: 'string', default: 'none' },
    seconds: { type: 'string', default: '3' },
    'no-gradients': { type: 'boolean', default: false },
    upsampling: { type: 'string' }, // folded or filtered, instead of what suits the backend
    kernels: { type: 'boolean', default: false },
    plain: { type: 'boolean', default: false }, // wasm without the kernels of @autodrag/wasm-gradients
  },
});

if (args.backend === 'node') {
  createRequire(args['node-from'])('@tensorflow/tfjs-node');
  await tf.setBackend('tensorflow');
} else {
  await import('@tensorflow/tfjs');
  if (args.backend === 'wasm') {
    await import('@tensorflow/tfjs-backend-wasm');
    if (!args.plain)
      await import('@autodrag/wasm-gradients').then((m) => m.registerWasmGradients()).catch(() => undefined);
  }
  await tf.setBackend(args.backend);
}
await tf.ready();
const { createRandom, valueAndGrads } = await import('@autodrag/nn');
const { createStyleGan2Parameters, mapping, prepareSynthesis, styleGan2Config, synthesis } = await import(
  '@autodrag/stylegan2'
);

const config = styleGan2Config(
  args.preset ?? {
    resolution: Number(args.resolution),
    channelBase: Number(args['channel-base']),
    channelMax: Number(args['channel-max']),
    zDim: Number(args['w-dim']),
    wDim: Number(args['w-dim']),
    mappingLayers: 3,
    mappingLrMultiplier: 1,
  },
);
const parameters = createStyleGan2Parameters(createRandom(1), config);
const prepared = prepareSynthesis(parameters.synthesis, { upsampling: args.upsampling });
const batch = Number(args.batch);
const noise = args.noise;
const z = createRandom(2).normalTensor([batch, config.zDim]);
const ws = mapping(parameters, config, z);

/**
 * Medians of `f`, which returns the tensors to wait for: milliseconds, and milliseconds of CPU time (all threads),
 * which others' load disturbs less.
 */
async function median(f) {
  const times = [];
  const cpu = [];
  const start = performance.now();
  for (let i = 0; i < 3 || performance.now() - start < 1000 * Number(args.seconds); i++) {
    const before = performance.now();
    const cpuBefore = process.cpuUsage();
    const tensors = tf.tidy(f);
    await Promise.all(tensors.map((tensor) => tensor.data()));
    tf.dispose(tensors);
    const { user, system } = process.cpuUsage(cpuBefore);
    if (i === 0) continue;
    times.push(performance.now() - before);
    cpu.push((user + system) / 1000);
  }
  const middle = (values) => values.sort((a, b) => a - b)[values.length >> 1];
  return { wall: middle(times), cpu: middle(cpu) };
}

const loss = (image) => tf.mean(tf.square(image));
const cases = {
  forward: () => [synthesis(parameters, config, ws, { noise, prepared }).image],
  ...(args['no-gradients']
    ? {}
    : {
        'forward + gradient in ws': () => [
          tf.grad((w) => loss(synthesis(parameters, config, w, { noise, prepared }).image))(ws),
        ],
        'forward + gradient in parameters': () => {
          const { buffers, ...trainable } = parameters;
          const { grads } = valueAndGrads((p) => {
            const all = { ...p, buffers };
            return loss(synthesis(all, config, mapping(all, config, z), { noise }).image);
          }, trainable);
          return [grads.synthesis.constant, grads.mapping.layers[0].weight];
        },
      }),
};
console.log(
  `${tf.getBackend()}, ${config.resolution} px, channels ${config.channelBase}/${config.channelMax}, batch ${batch}, noise ${noise}`,
);
for (const [name, run] of Object.entries(cases)) {
  try {
    const { wall, cpu } = await median(run);
    console.log(`${name.padEnd(34)} ${wall.toFixed(1)} ms, ${cpu.toFixed(1)} ms of CPU time`);
  } catch (error) {
    console.log(`${name.padEnd(34)} ${error.message.split('\n')[0]}`);
    continue;
  }
  if (!args.kernels) continue;
  const profile = await tf.profile(() => tf.tidy(run));
  const totals = new Map();
  for (const { name: kernel, kernelTimeMs } of profile.kernels) {
    const [time, count] = totals.get(kernel) ?? [0, 0];
    totals.set(kernel, [time + (await kernelTimeMs), count + 1]);
  }
  for (const [kernel, [time, count]] of [...totals].sort((a, b) => b[1][0] - a[1][0]).slice(0, 14)) {
    console.log(`    ${kernel.padEnd(32)} ${String(count).padStart(4)} × ${time.toFixed(1)} ms`);
  }
  tf.dispose(profile.result);
}
