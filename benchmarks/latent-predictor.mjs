// Milliseconds of one training step of the predictor and of one edit, without the generator:
//   npm run bench -- latent-predictor [preset] [batch] [points] [overrides as JSON]       (tfjs-node where installed,
//   else cpu)
import {
  createLatentPredictor,
  createLatentPredictorParameters,
  encodeMemory,
  latentPredictorConfig,
  predictFreeRunning,
  predictionLoss,
  predictTeacherForced,
} from '@autodrag/latent-predictor';
import { countParameters, createRandom, disposeParameters, valueAndGrads } from '@autodrag/nn';

const tf = await import('@tensorflow/tfjs-node').catch(() => import('@tensorflow/tfjs'));
const [preset = 'compact', batch = 8, points = 16, overrides = '{}'] = process.argv.slice(2);
const [B, P] = [Number(batch), Number(points)];
const config = latentPredictorConfig(preset, {
  numWs: 12,
  wDim: 128,
  imageResolution: 128,
  featureResolution: 128,
  featureChannels: 32,
  ...JSON.parse(overrides),
});
const random = createRandom(1);
const trivial = (channels) => ({ average: tf.zeros([channels]), std: tf.ones([channels]) });
const statistics = { codes: trivial(config.wDim), features: trivial(config.featureChannels) };
const parameters = createLatentPredictorParameters(random, config, statistics);
console.log(`${preset}: ${countParameters(parameters)} parameters, batch ${B}, ${P} points, ${tf.getBackend()}`);

const input = (n) => ({
  features: random.normalTensor([n, config.featureResolution, config.featureResolution, config.featureChannels]),
  handles: random.uniformTensor([n, P, 2], 0, config.imageResolution - 1),
  targets: random.uniformTensor([n, P, 2], 0, config.imageResolution - 1),
});
const training = input(B);
const codes = random.normalTensor([B, config.steps + 1, config.editedLayers, config.wDim]);
const from = tf.slice(codes, [0, 0], [B, config.steps]);
const to = tf.slice(codes, [0, 1], [B, config.steps]);
const start = tf.squeeze(tf.slice(codes, [0, 0], [B, 1]), [1]);
const predictor = createLatentPredictor(config, parameters);
const edit = { ...input(1), w: random.normalTensor([1, config.numWs, config.wDim]) };

await measure('teacher-forced training step', () =>
  gradients((p) => predictTeacherForced(p, config, encodeMemory(p, config, training), from)),
);
await measure('free-running training step', () =>
  gradients((p) => predictFreeRunning(p, config, encodeMemory(p, config, training), start)),
);
await measure('edit, one sample', async () => {
  for await (const w of predictor.rollout(edit)) {
    await w.data();
    w.dispose();
  }
});

async function gradients(predict) {
  const { value, grads } = valueAndGrads((p) => predictionLoss(predict(p), to), parameters);
  await value.data();
  value.dispose();
  disposeParameters(grads);
}

async function measure(name, run, repeats = 7) {
  const times = [];
  for (let i = 0; i <= repeats; i++) {
    const begin = performance.now();
    await run();
    if (i > 0) times.push(performance.now() - begin);
  }
  times.sort((a, b) => a - b);
  console.log(`${name.padEnd(30)} ${times[repeats >> 1].toFixed(1)} ms`);
}
