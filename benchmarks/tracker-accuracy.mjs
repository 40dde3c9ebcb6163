// Where trackers find a point after a drag, and where the detector does: pixels of 128 between the two, medians
//   npm run bench -- tracker-accuracy [--model FOLDER] [--detector FILE] [--drags 24] [--seed 3003] [--backend
//   node|wasm] [--json]
// The first rows are of the detector alone, on renders, whose landmarks are known: how far it errs, and how differently
// in the two pictures of a drag, which is the least that any method can seem to leave. Nothing is optimised: a drag is
// one of the predictor, and refine only looks.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { quantile } from './statistics/paired.mjs';
import { startBackend } from './statistics/start-backend.mjs';

const { values: args } = parseArgs({
  options: {
    model: { type: 'string' },
    detector: { type: 'string' },
    drags: { type: 'string', default: '24' },
    seed: { type: 'string', default: '3003' },
    backend: { type: 'string', default: 'node' },
    json: { type: 'boolean', default: false },
  },
});
await startBackend(args.backend);
const { avatarDomain } = await import('@autodrag/avatars');
const { detectorWeights } = await import('@autodrag/avatars/detector');
const { loadLandmarkDetector } = await import('@autodrag/rendered-domain/detector');
const { drawLatent } = await import('@autodrag/rendered-domain');
const { landmarkJudge, landmarkTasks } = await import('@autodrag/evaluation');
const { refine } = await import('@autodrag/latent-optimization');
const { createRandom } = await import('@autodrag/nn');
const { loadAutodrag, readSource } = await import('autodrag');

const part = (name) => join(args.model, `${name}.safetensors`);
const parts = ['generator', 'regularizer', 'predictor'];
const autodrag = await loadAutodrag(args.model && Object.fromEntries(parts.map((name) => [name, part(name)])));
const source = args.detector ?? (args.model ? part('detector') : detectorWeights);
const judge = landmarkJudge(
  avatarDomain,
  await loadLandmarkDetector(await readSource(source, 'detector'), avatarDomain),
);
const { generator, width, height, numWs, wDim } = autodrag;
const scale = 128 / Math.max(width, height);
const drags = Number(args.drags);
const rows = {};
const note = (name, points, value) => {
  rows[name] ??= { 1: [], 5: [] };
  rows[name][points].push(value);
};
const apart = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);
const at = (values, i) => ({ x: values[2 * i], y: values[2 * i + 1] });

// the detector alone
const random = createRandom(Number(args.seed)).fork('tracker accuracy');
for (let pair = 0; pair < drags; pair++) {
  const [first, second, colour] = [1, 2, 3].map(() => drawLatent(random, generator.config.zDim));
  const seen = [];
  for (const shape of [first, second]) {
    const pixels = new Float32Array(width * height * 3);
    avatarDomain.render(shape, colour, { resolution: height, out: pixels });
    const picture = tf.tensor4d(pixels, [1, height, width, 3]);
    seen.push({ found: await judge.locate(picture), truth: avatarDomain.landmarks(shape, { resolution: height }) });
    picture.dispose();
  }
  const [a, b] = seen;
  for (let i = 0; i < judge.count; i++) {
    const way = apart(at(a.truth.points, i), at(b.truth.points, i));
    if (!a.truth.visible[i] || !b.truth.visible[i] || way * scale < 12.5) continue;
    const error = ({ found, truth }) => ({
      x: (found[2 * i] - truth.points[2 * i]) * scale,
      y: (found[2 * i + 1] - truth.points[2 * i + 1]) * scale,
    });
    for (const points of judge.five.includes(i) ? [1, 5] : [1]) {
      note('detector, on renders', points, apart(error(b), { x: 0, y: 0 }));
      note('… between two pictures', points, apart(error(a), error(b)));
    }
  }
}

// after drags
for (const points of [1, 5]) {
  for await (const task of landmarkTasks(autodrag, judge, { points, drags, seed: Number(args.seed) })) {
    const session = await autodrag.open(task.w);
    const { w, points: dragged, moved } = await session.drag(task.points);
    session.dispose();
    if (!moved) continue;
    const [before, after] = [task.w, w].map((code) => tf.tensor3d(code, [1, numWs, wDim]));
    const picture = tf.tidy(() => generator.synthesis(after));
    const found = await judge.locate(picture, w);
    const places = dragged.map(({ reached }) => reached);
    const looks = refine(generator, before, after, task.points, { places });
    const { value: looked } = await looks.next();
    await looks.return();
    tf.dispose([before, after, picture]);
    task.landmarks.forEach((landmark, k) => {
      const truth = at(found, landmark);
      note('the session', points, scale * apart(places[k], truth));
      note('refine', points, scale * apart(looked.points[k], truth));
      note('way of the drag', points, scale * apart(task.points[k].handle, task.points[k].target));
    });
  }
}

const table = Object.entries(rows).map(([name, { 1: one, 5: five }]) => ({
  name,
  one: quantile(one, 0.5),
  five: quantile(five, 0.5),
}));
if (args.json) console.log(JSON.stringify({ drags, seed: Number(args.seed), backend: args.backend, table }));
else {
  for (const { name, one, five } of table)
    console.log(`${name.padEnd(26)}1 point ${one.toFixed(2)}, 5 points ${five.toFixed(2)}`);
}
process.exit(0);
