// What the choices of the README are worth, on a stand-in for a generator: codes are a random network of 16 normals.
//   npm run bench -- latent-regularizer [steps] [sizes as JSON] [case]       (with tfjs-node where it is installed,
//   else on cpu)
import {
  codeStatistics,
  createLatentRegularizerParameters,
  latentRegularizer,
  latentRegularizerConfig,
  perturbCodes,
  regularizerFigures,
  regularizerLoss,
  stageOneCodes,
} from '@autodrag/latent-regularizer';
import { createAdam, createMlp, createRandom, disposeParameters, mlp, valueAndGrads } from '@autodrag/nn';

const tf = await import('@tensorflow/tfjs-node').catch(() => import('@tensorflow/tfjs'));
const steps = Number(process.argv[2] ?? 400);
const sizes = JSON.parse(process.argv[3] ?? '{"width":64,"feedForward":256}');
const only = process.argv[4];
const [numWs, wDim, batch, editedLayers] = [10, 64, 32, 6];

const network = createMlp(createRandom(3), [16, 64, 64, wDim]);
const broadcastCodes = (random, n) =>
  tf.tidy(() => tf.tile(tf.expandDims(mlp(network, tf.mul(random.normalTensor([n, 16]), 1.5)), 1), [1, numWs, 1]));
const statistics = codeStatistics(broadcastCodes(createRandom(1), 4096));

const cases = {
  default: {},
  'broadcast codes only': { broadcast: true },
  'direct output': { output: 'direct' },
  'residual output': { output: 'residual' },
  'uniform severity': { severity: 'uniform' },
};
for (const [name, { broadcast = false, output = 'gated', severity = 'fixed' }] of Object.entries(cases)) {
  if (only !== undefined && only !== name) continue;
  const random = createRandom(11);
  const config = latentRegularizerConfig('compact', {
    numWs,
    wDim,
    editedLayers,
    output,
    ...sizes,
  });
  let parameters = createLatentRegularizerParameters(random, config, statistics);
  const adam = createAdam({ clipNorm: 1 });
  let state = adam.init(parameters);
  for (let step = 0; step < steps; step++) {
    const w = broadcastCodes(random, batch);
    const other = broadcastCodes(random, batch);
    const clean = broadcast ? tf.clone(w) : stageOneCodes(random, w, other);
    const perturbed = perturbCodes(random, clean, { statistics, severity });
    const { value, grads } = valueAndGrads(
      (p) => regularizerLoss(latentRegularizer(p, config, perturbed), clean, { statistics }),
      parameters,
    );
    const learningRate = 1e-3 * Math.min(1, (step + 1) / 50) * 0.5 * (1 + Math.cos((Math.PI * step) / steps));
    const next = adam.update(parameters, grads, state, { learningRate });
    disposeParameters(parameters);
    disposeParameters(grads);
    tf.dispose([state.m, state.v, next.gradNorm, value, w, other, clean, perturbed]);
    ({ parameters, state } = next);
  }
  const fresh = createRandom(77);
  const initial = broadcastCodes(fresh, 256);
  const target = broadcastCodes(fresh, 256);
  const clean = stageOneCodes(fresh, initial, target, { mixing: 0, motion: 1 });
  const perturbed = perturbCodes(fresh, clean, { statistics });
  const figures = await regularizerFigures((w) => latentRegularizer(parameters, config, w), {
    initial,
    moved: clean,
    clean,
    perturbed,
  });
  console.log(`${name.padEnd(24)} motion ${figures.motion.toFixed(3)}  noise ${figures.noise.toFixed(3)}`);
}
