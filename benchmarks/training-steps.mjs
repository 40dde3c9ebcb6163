// Seconds of a step of either stage of the training, at its own settings, with the default generator:
//   npm run bench -- training-steps [--backend node|wasm] [--steps 6] [--json]
import { parseArgs } from 'node:util';
import { inTurns } from './statistics/in-turns.mjs';
import { quantile } from './statistics/paired.mjs';
import { startBackend } from './statistics/start-backend.mjs';

const { values: args } = parseArgs({
  options: {
    backend: { type: 'string', default: 'node' },
    steps: { type: 'string', default: '6' },
    json: { type: 'boolean', default: false },
  },
});
const { clock, kind } = await startBackend(args.backend);
const { loadAutodrag } = await import('@autodrag/autodrag');
const { trainPredictor, trainRegularizer } = await import('@autodrag/autodrag/training');
const { disposeParameters } = await import('@autodrag/nn');
const { generator } = await loadAutodrag();
const steps = Number(args.steps);

/** Times between reports; the first ones make what later ones use again. */
async function stepsOf(run) {
  const times = [];
  let before = clock();
  for await (const _ of run.progress) {
    times.push(clock() - before);
    before = clock();
  }
  return { result: await run.result, milliseconds: quantile(times.slice(1), 0.5) };
}

const pass = await inTurns(
  {
    pass: async () => {
      const ws = (await import('@tensorflow/tfjs')).zeros([
        1,
        2 * Math.log2(generator.config.resolution / 4) + 2,
        generator.config.wDim,
      ]);
      const image = generator.synthesis(ws);
      await image.data();
      image.dispose();
      ws.dispose();
    },
  },
  { rounds: 9, clock },
);
const one = await stepsOf(trainRegularizer({ generator, steps, reportEvery: 1, seed: 1 }));
const two = await stepsOf(trainPredictor({ generator, regularizer: one.result, steps, reportEvery: 1, seed: 1 }));
for (const { parameters } of [one.result, two.result]) disposeParameters(parameters);
const rows = [
  { name: 'stage 1, regularizer', milliseconds: one.milliseconds },
  { name: 'stage 2, predictor, single steps', milliseconds: two.milliseconds },
].map((row) => ({ ...row, ratio: row.milliseconds / pass[0].milliseconds }));
if (args.json) console.log(JSON.stringify({ backend: args.backend, clock: kind, rows }));
else
  for (const { name, milliseconds, ratio } of rows)
    console.log(`${name.padEnd(36)}${(milliseconds / 1000).toFixed(2)} s of ${kind}, ${ratio.toFixed(0)} passes`);
process.exit(0);
