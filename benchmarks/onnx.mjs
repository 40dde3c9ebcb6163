// A pass of the generator beside the same one, exported, in ONNX Runtime, in turns; processor times and their ratio:
//   npm run bench -- onnx [--backend wasm|node] [--model default|config-f-256|…] [--rounds 15] [--threads 2] [--json]
// wasm is compared with onnxruntime-web on one thread, node with onnxruntime-node on --threads, which is no dependency
// (it is large, and its installer downloads more): npm install --no-save --ignore-scripts onnxruntime-node
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { inTurns } from './statistics/in-turns.mjs';
import { cpuTime } from './statistics/paired.mjs';
import { startBackend } from './statistics/start-backend.mjs';

const { values: args } = parseArgs({
  options: {
    backend: { type: 'string', default: 'wasm' },
    model: { type: 'string', default: 'default' },
    rounds: { type: 'string', default: '15' },
    threads: { type: 'string', default: String(availableParallelism()) },
    json: { type: 'boolean', default: false },
  },
});
const threads = args.backend === 'node' ? Number(args.threads) : 1;
await startBackend(args.backend, threads);
const { createRandom } = await import('@autodrag/nn');
const { createGenerator, createStyleGan2Parameters, styleGan2Config } = await import('@autodrag/stylegan2');
const { exportOnnx } = await import('@autodrag/stylegan2/export');

const generator = await (async () => {
  if (args.model === 'default') return (await (await import('@autodrag/autodrag')).loadAutodrag()).generator;
  const config = styleGan2Config(args.model);
  return createGenerator(config, createStyleGan2Parameters(createRandom(1), config));
})();
const ws = generator.mapping(createRandom(2).normalTensor([1, generator.config.zDim]), { truncationPsi: 0.7 });
const codes = await ws.data();

const ort =
  args.backend === 'node'
    ? (await import('onnxruntime-node')).default
    : await import('onnxruntime-web/wasm').then((web) => {
        web.env.wasm.numThreads = 1;
        return web;
      });
const session = await ort.InferenceSession.create(await exportOnnx(generator.config, generator.parameters), {
  graphOptimizationLevel: 'all',
  ...(args.backend === 'node'
    ? { intraOpNumThreads: threads, interOpNumThreads: 1 }
    : { executionProviders: ['wasm'] }),
});

const ours = async () => {
  const image = generator.synthesis(ws);
  const pixels = await image.data();
  image.dispose();
  return pixels;
};
const theirs = async () => (await session.run({ ws: new ort.Tensor('float32', codes, ws.shape) })).image.data; // channels first
const [a, b] = [await ours(), await theirs()];
const [, , height, width] = [1, 3, generator.config.resolution, a.length / 3 / generator.config.resolution];
let difference = 0;
for (let i = 0; i < a.length; i++) {
  const [pixel, channel] = [Math.floor(i / 3), i % 3];
  difference = Math.max(difference, Math.abs(a[i] - b[channel * height * width + pixel]));
}
// one thread: processor time, which other programs disturb less; several: the wall is what threads are for
const clock = threads === 1 ? 'cpu' : 'wall';
const [base, own] = await inTurns(
  { theirs: async () => void (await theirs()), ours: async () => void (await ours()) },
  { rounds: Number(args.rounds), clock: clock === 'cpu' ? cpuTime : () => performance.now() },
);
const result = {
  backend: args.backend,
  model: args.model,
  threads,
  clock,
  ours: own.milliseconds,
  theirs: base.milliseconds,
  ratio: own.ratio,
  interval: own.interval,
  difference,
};
if (args.json) console.log(JSON.stringify(result));
else {
  const runtime = args.backend === 'node' ? 'onnxruntime-node' : 'onnxruntime-web';
  console.log(
    `${args.model}, ${threads} thread${threads === 1 ? '' : 's'}, ${clock} time: ours on ${args.backend} ${result.ours.toFixed(1)} ms, ${runtime} ${result.theirs.toFixed(1)} ms`,
  );
  console.log(
    `ratio ${result.ratio.toFixed(2)} (95 %: ${result.interval.map((one) => one.toFixed(2)).join(' to ')}); largest difference of a value ${difference.toExponential(1)}`,
  );
}
process.exit(0); // threads of the runtime would keep it
