// A step of stage 2 beside the same step in PyTorch (pytorch/step.py), in turns, on the same threads: generator,
// predictor, regularizer, motion field, losses, gradients, Muon and Adam, at the default model's sizes and the
// training's batch; what PyTorch computes is compared, too. Without what has no counterpart there: making motions and
// matching them.
//   npm run bench -- pytorch --python PATH [--rounds 9] [--points 5] [--threads 2] [--json]
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { inTurns } from './statistics/in-turns.mjs';
import { startBackend } from './statistics/start-backend.mjs';

const { values: args } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    rounds: { type: 'string', default: '9' },
    points: { type: 'string', default: '5' },
    threads: { type: 'string', default: String(availableParallelism()) },
    json: { type: 'boolean', default: false },
  },
});
const threads = Number(args.threads);
const { clock } = await startBackend('node', threads);
const { loadAutodrag } = await import('@autodrag/autodrag');
const { createMotionFieldParameters } = await import('@autodrag/latent-predictor');
const { createRandom, flattenParameters, saveSafetensors } = await import('@autodrag/nn');
const { createSteps } = await import('./pytorch/step.mjs');

const { generator, predictor, regularizer } = await loadAutodrag();
const random = createRandom(1);
const models = {
  predictor: predictor.parameters,
  regularizer: regularizer.parameters,
  field: createMotionFieldParameters(random, predictor.config, predictor.parameters.statistics.codes),
};
const sizes = { motions: 20, drags: 4, points: Number(args.points), fieldMotions: 32, fieldPoints: 16 };
const batch = makeBatch(predictor.config, sizes);

const folder = mkdtempSync(join(tmpdir(), 'autodrag-pytorch-'));
const settings = { threads, generator: generator.config, predictor: predictor.config, regularizer: regularizer.config };
const tensors = { ...prefixed('models.', flattenParameters(models)), ...prefixed('batch.', batch) };
const ofGenerator = prefixed('generator.', flattenParameters({ synthesis: generator.parameters.synthesis }));
writeFileSync(join(folder, 'step.safetensors'), await saveSafetensors({ ...tensors, ...ofGenerator }));
writeFileSync(join(folder, 'step.json'), JSON.stringify({ ...settings, ...sizes }));

const python = spawn(args.python, [fileURLToPath(new URL('pytorch/step.py', import.meta.url)), folder], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
const ask = async (variant) => {
  python.stdin.write(`${variant}\n`);
  const { value, done } = await lines.next();
  if (done) throw new Error(`pytorch: ${args.python} ended: it needs torch and numpy`);
  return JSON.parse(value);
};
const { value: hello } = await lines.next();
if (!hello) throw new Error(`pytorch: ${args.python} did not start: it needs torch and numpy`);
const { version } = JSON.parse(hello);

const step = createSteps({ generator, predictor, regularizer, models, batch });
const rows = [];
for (const [variant, name] of [
  ['first', 'single steps'],
  ['whole', 'rollouts of five'],
  ['drag', 'rollouts of five, drag loss through the generator'],
]) {
  const [mine, theirs] = [await step(variant), await ask(variant)];
  const differs = Math.max(...['loss', 'gradNorm'].map((key) => Math.abs(mine[key] / theirs[key] - 1)));
  if (!(differs < 1e-2)) {
    throw new Error(`pytorch: ${name}: ours gives ${JSON.stringify(mine)}, PyTorch ${JSON.stringify(theirs)}`);
  }
  const works = { theirs: async () => (await ask(variant)).milliseconds, ours: async () => void (await step(variant)) };
  const [base, own] = await inTurns(works, { rounds: Number(args.rounds), clock });
  const { ratio, interval } = own;
  rows.push({ name, milliseconds: own.milliseconds, pytorch: base.milliseconds, ratio, interval, differs });
}
python.stdin.end();
rmSync(folder, { recursive: true });
if (args.json) console.log(JSON.stringify({ version, threads, rows }));
else {
  console.log(`PyTorch ${version}, ${threads} threads each; milliseconds of time`);
  for (const { name, milliseconds, pytorch, ratio, interval, differs } of rows) {
    const range = interval.map((value) => value.toFixed(2)).join(' to ');
    const times = `${milliseconds.toFixed(0)}, PyTorch ${pytorch.toFixed(0)}`;
    console.log(
      `${name.padEnd(52)}${times}: ${ratio.toFixed(2)} (${range}); loss and slope ${differs.toExponential(0)} off`,
    );
  }
}
process.exit(0);

/** Codes, drags and matches of no real motion: what a step costs does not depend on them. */
function makeBatch({ numWs, editedLayers, wDim, steps, imageResolution }, { motions, drags, points, ...field }) {
  const codesOf = (count) =>
    generator.mapping(random.normalTensor([count, generator.config.zDim]), { truncationPsi: 0.7 });
  const edited = (w) => tf.slice(w, [0, 0, 0], [-1, editedLayers, -1]);
  const places = (shape) => tf.mul(tf.sigmoid(random.normalTensor(shape)), imageResolution - 1);
  const starts = codesOf(motions);
  const [from, to] = [edited(starts), edited(codesOf(motions))];
  const codes = tf.stack(
    Array.from({ length: steps + 1 }, (_, i) => tf.add(from, tf.mul(tf.sub(to, from), (0.5 * i) / steps))),
    1,
  );
  const rows = motions * drags;
  const each = tf.range(0, rows, 1, 'int32').div(drags).floor().cast('int32');
  const fieldStart = edited(codesOf(field.fieldMotions));
  const fieldShape = [field.fieldMotions, field.fieldPoints, 2];
  return {
    starts,
    w: tf.gather(starts, each).reshape([rows, numWs, wDim]),
    codes: tf.gather(codes, each),
    handles: places([rows, points, 2]),
    targets: places([rows, points, 2]),
    pointMask: tf.ones([rows, points]),
    fieldStart,
    fieldCodes: tf.add(fieldStart, random.normalTensor(fieldStart.shape, 0.1)),
    fieldPoints: places(fieldShape),
    fieldWanted: random.normalTensor(fieldShape, 5),
    matchHandles: places([steps, 32, 2]),
    matchTargets: places([steps, 32, 2]),
  };
}

function prefixed(prefix, values) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));
}
