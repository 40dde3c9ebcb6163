// How a drag grows with its points and with the predictor's width, and what a step of DragGAN takes; in passes:
//   npm run bench -- growth [--backend wasm|node] [--rounds 11] [--json] [--plot FOLDER]
// --plot draws growth-points.svg and growth-width.svg.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { inTurns } from './statistics/in-turns.mjs';
import { startBackend } from './statistics/start-backend.mjs';

const { values: args } = parseArgs({
  options: {
    backend: { type: 'string', default: 'wasm' },
    rounds: { type: 'string', default: '11' },
    json: { type: 'boolean', default: false },
    plot: { type: 'string' },
  },
});
const { clock, kind } = await startBackend(args.backend);
const { createAutodrag, loadAutodrag } = await import('@autodrag/autodrag');
const { createLatentPredictor, createLatentPredictorParameters } = await import('@autodrag/latent-predictor');
const { createRandom } = await import('@autodrag/nn');

const autodrag = await loadAutodrag();
const { generator, predictor, width, height, numWs, wDim } = autodrag;
const { w } = await autodrag.sample(7);
const ws = tf.tensor3d(w, [1, numWs, wDim]);
const at = (x, y) => ({ x: Math.round(x * (width - 1)), y: Math.round(y * (height - 1)) });
const pointsOf = (count) => {
  const side = Math.ceil(Math.sqrt(count));
  return Array.from({ length: count }, (_, i) => {
    const [x, y] = [0.25 + (0.5 * (i % side)) / side, 0.25 + (0.5 * Math.floor(i / side)) / side];
    return { handle: at(x, y), target: at(x + 0.03, y + 0.02) };
  });
};
const drag = (model, count, options) => async () => {
  const session = await model.open(w);
  const from = clock();
  await session.drag(pointsOf(count), options);
  const time = clock() - from;
  session.dispose();
  return time;
};

const counts = [1, 2, 5, 10, 20, 40, 68];
const widths = [32, 64, 128, 256];
const works = {
  pass: async () => {
    const image = generator.synthesis(ws);
    await image.data();
    image.dispose();
  },
};
for (const count of counts) works[`points ${count}`] = drag(autodrag, count, { calls: 1 });
for (const size of widths) {
  const config = { ...predictor.config, width: size, feedForward: 4 * size };
  const parameters = createLatentPredictorParameters(createRandom(1), config, predictor.parameters.statistics);
  const wide = createAutodrag({ generator, predictor: createLatentPredictor(config, parameters) });
  works[`width ${size}`] = drag(wide, 1, { calls: 1 });
}
const steps = 3;
const optimize = drag(autodrag, 1, { method: 'draggan', steps });
works['DragGAN step'] = async () => (await optimize()) / steps;
const rows = await inTurns(works, { rounds: Number(args.rounds), clock });
if (args.json) console.log(JSON.stringify({ backend: args.backend, clock: kind, rows }));
else {
  console.log(`${args.backend}: milliseconds of ${kind}; passes (95 %)`);
  for (const { name, milliseconds, ratio, interval } of rows) {
    console.log(
      `${name.padEnd(16)}${milliseconds.toFixed(1).padStart(9)} ${ratio.toFixed(2).padStart(8)} (${interval.map((one) => one.toFixed(2)).join(' to ')})`,
    );
  }
}

if (args.plot !== undefined) {
  const { plotSvg } = await import('autodrag');
  const draw = (kind, sizes, xLabel) => {
    const points = sizes.map((size) => [size, rows.find(({ name }) => name === `${kind} ${size}`).ratio]);
    const title = `A drag in one call, default generator, ${args.backend}`;
    const options = { title, xLabel, yLabel: 'passes of the generator', width: 720, height: 400 };
    writeFileSync(join(args.plot, `growth-${kind}.svg`), plotSvg([{ name: 'drag', points }], options));
  };
  draw('points', counts, 'points');
  draw('width', widths, 'width of the predictor, one point');
}
