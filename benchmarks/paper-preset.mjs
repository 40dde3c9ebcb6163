// Steps of both stages exactly as the paper prints them, on a config-f generator with random weights: time and memory
//   npm run bench -- paper-preset [--backend node|wasm] [--resolution 512] [--steps 3] [--batch 16] [--json]
// The first step of stage 2 waits for its motions, eight for each of a batch, which are drawn and matched by ORB and
// GMS: at 512 pixels minutes on two cores, hours beside other programs. Each step is told as it ends; --batch 1 needs a
// sixteenth.
import { parseArgs } from 'node:util';
import { quantile } from './statistics/paired.mjs';
import { startBackend } from './statistics/start-backend.mjs';

const { values: args } = parseArgs({
  options: {
    backend: { type: 'string', default: 'node' },
    resolution: { type: 'string', default: '512' },
    steps: { type: 'string', default: '3' },
    batch: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const { clock, kind } = await startBackend(args.backend);
const { paperPreset, trainPredictor, trainRegularizer } = await import('@autodrag/autodrag/training');
const { createRandom, disposeParameters } = await import('@autodrag/nn');
const { createGenerator, createStyleGan2Parameters, styleGan2Config } = await import('@autodrag/stylegan2');

const config = styleGan2Config({ resolution: Number(args.resolution), zDim: 512, wDim: 512, mappingLayers: 8 });
const generator = createGenerator(config, createStyleGan2Parameters(createRandom(1), config));
const steps = Number(args.steps);
const batch = Number(args.batch ?? 0); // 0: as the preset has it

/** Seconds of the first step and of those after it, and the most memory that was seen after one. */
async function measure(name, start) {
  const times = [];
  console.error(`${name}: the first step …`);
  let megabytes = 0;
  let before = clock();
  const run = start();
  for await (const { event } of run.progress) {
    if (event !== 'train') continue;
    times.push((clock() - before) / 1000);
    megabytes = Math.max(megabytes, process.memoryUsage().rss / 2 ** 20);
    console.error(
      `${name}: step ${times.length} of ${steps}, ${times.at(-1).toFixed(1)} s, ${megabytes.toFixed(0)} MB`,
    );
    before = clock();
  }
  const seconds = times.length > 1 ? quantile(times.slice(1), 0.5) : null;
  return { result: await run.result, row: { firstSeconds: times[0] ?? null, seconds, megabytes } };
}

const each = { generator, steps, reportEvery: 1, seed: 1 };
const { regularizer, predictor } = paperPreset;
const one = await measure('stage 1', () =>
  trainRegularizer({
    ...regularizer.settings,
    ...each,
    ...(batch ? { batchSize: batch } : {}),
    config: regularizer.sizes,
  }),
);
const two = await measure('stage 2', () =>
  trainPredictor({
    ...predictor.settings,
    ...each,
    ...(batch ? { motions: batch, dragLossMotions: batch } : {}),
    config: predictor.sizes,
    regularizer: one.result,
  }),
);
for (const { result } of [one, two]) disposeParameters(result.parameters);
const rows = { 'stage 1, regularizer': one.row, 'stage 2, predictor': two.row };
if (args.json) console.log(JSON.stringify({ backend: args.backend, clock: kind, resolution: config.resolution, rows }));
else {
  for (const [name, { firstSeconds, seconds, megabytes }] of Object.entries(rows)) {
    const shown = (value) => (value === null ? '–' : value.toFixed(2));
    console.log(
      `${name.padEnd(24)}first step ${shown(firstSeconds)} s, then ${shown(seconds)} s of ${kind} a step, ${megabytes.toFixed(0)} MB resident`,
    );
  }
}
process.exit(0);
