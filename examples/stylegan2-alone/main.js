// StyleGAN2 alone: a seed at several truncations, and the coarse layers of one seed with the fine ones of another.
import { readFile } from 'node:fs/promises';
import { defaultWeights } from '@autodrag/avatars';
import { createGenerator, loadStyleGan2, mixStyles, seedToZ } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs';
import { encodePng, prepareFolder, useBackend, writeFileWhole } from 'autodrag';

await useBackend('wasm');
const { config, parameters } = await loadStyleGan2(await readFile(defaultWeights.generator));
const generator = createGenerator(config, parameters);

/**
 * @param {number} seed
 * @param {number} truncationPsi
 */
const codeOf = (seed, truncationPsi) =>
  tf.tidy(() => generator.mapping(tf.tensor2d(seedToZ(seed, config.zDim), [1, config.zDim]), { truncationPsi }));

const folder = await prepareFolder('out');
/**
 * @param {string} name
 * @param {tf.Tensor3D} ws
 */
async function paint(name, ws) {
  const rgba = tf.tidy(() => {
    const rgb = tf.clipByValue(tf.mul(tf.add(tf.squeeze(generator.synthesis(ws), [0]), 1), 127.5), 0, 255);
    return tf.concat([rgb, tf.fill([config.resolution, config.resolution, 1], 255)], 2);
  });
  const [height, width] = /** @type {[number, number, number]} */ (rgba.shape);
  const data = new Uint8ClampedArray(await rgba.data());
  rgba.dispose();
  await writeFileWhole(`${folder}/${name}.png`, await encodePng({ width, height, data }));
}

for (const psi of [0, 0.5, 0.7, 1]) {
  const ws = codeOf(7, psi);
  await paint(`seed-7-psi-${psi}`, ws);
  ws.dispose();
}

const [shape, colours] = [codeOf(7, 0.7), codeOf(12, 0.7)];
const mixed = mixStyles(shape, colours, 6);
await paint('shape-of-7-colours-of-12', mixed);
tf.dispose([shape, colours, mixed]);
generator.dispose();
console.log(`pictures are in ${folder}`);
