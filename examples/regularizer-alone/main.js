// Takes noise off a latent code with the Latent Regularizer, without predictor, points or pictures.
import { readFile } from 'node:fs/promises';
import { defaultWeights } from '@autodrag/avatars';
import { createLatentRegularizer, loadLatentRegularizer } from '@autodrag/latent-regularizer';
import { createGenerator, loadStyleGan2, seedToZ } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs';

await tf.setBackend('cpu');
const model = await loadLatentRegularizer(await readFile(defaultWeights.regularizer));
const regularizer = createLatentRegularizer(model.config, model.parameters);

// Any source of codes will do; here it is the mapping network of the avatars.
const { config, parameters } = await loadStyleGan2(await readFile(defaultWeights.generator));
const generator = createGenerator(config, parameters);
const w = generator.mapping(tf.tensor2d(seedToZ(7, config.zDim), [1, config.zDim]), { truncationPsi: 0.7 });

const [, layers] = w.shape;
const { std } = model.parameters.statistics;
const [noisy, restored] = tf.tidy(() => {
  const edited = tf.range(0, layers).less(model.config.editedLayers).cast('float32').reshape([1, layers, 1]);
  const noise = tf.mul(tf.mul(tf.randomNormal(w.shape, 0, 0.3, 'float32', 1), std), edited);
  const given = /** @type {tf.Tensor3D} */ (tf.add(w, noise));
  return [given, regularizer.restore(given)];
});
/** @param {tf.Tensor} code */
const distance = (code) => tf.tidy(() => tf.norm(tf.sub(code, w)).dataSync()[0]);
const share = distance(restored) / distance(noisy);
console.log(`${(100 * share).toFixed(0)} % of the noise is left`);
if (!(share < 1)) throw new Error('the regularizer took nothing off');

tf.dispose([w, noisy, restored]);
regularizer.dispose();
generator.dispose();
