// Renders beside what the distilled generator makes of the same codes, upper and lower row:
//   npm run bench -- generator-sheet [sheet.png] [generator.safetensors]
import { readFile } from 'node:fs/promises';
import { avatarDomain, defaultWeights } from '@autodrag/avatars';
import { createRandom } from '@autodrag/nn';
import { createGenerator, loadStyleGan2, mixStyles } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import { useBackend } from 'autodrag';
import sharp from 'sharp';

const [out = 'generator-sheet.png', file = defaultWeights.generator] = process.argv.slice(2);
await useBackend('wasm');
const { config, parameters } = await loadStyleGan2(new Uint8Array(await readFile(file)));
const generator = createGenerator(config, parameters);
const { resolution, zDim } = config;
const [columns, rows] = [8, 3];
const random = createRandom(4242); // no training forks from this seed
const latent = () => {
  const z = Float32Array.from({ length: zDim }, () => random.normal());
  const scale = 1 / Math.sqrt(z.reduce((sum, value) => sum + value * value, 0) / zDim);
  return z.map((value) => value * scale);
};
const width = columns * resolution;
const height = 2 * rows * resolution;
const sheet = new Uint8Array(width * height * 3);
for (let i = 0; i < columns * rows; i++) {
  const shape = latent();
  const colour = latent();
  const { pixels } = avatarDomain.render(shape, colour, { resolution });
  const image = tf.tidy(() => {
    const ws = generator.mapping(tf.tensor2d([...shape, ...colour], [2, zDim]));
    const [a, b] = tf.split(ws, 2, 0);
    return generator.synthesis(mixStyles(a, b, 6));
  });
  const generated = await image.data();
  image.dispose();
  for (const [half, values] of [pixels, generated].entries()) {
    const top = (2 * Math.floor(i / columns) + half) * resolution;
    const left = (i % columns) * resolution;
    for (let y = 0; y < resolution; y++) {
      for (let k = 0; k < 3 * resolution; k++) {
        const value = (values[y * resolution * 3 + k] + 1) * 127.5;
        sheet[((top + y) * width + left) * 3 + k] = Math.max(0, Math.min(255, Math.round(value)));
      }
    }
  }
}
await sharp(sheet, { raw: { width, height, channels: 3 } })
  .png({ palette: true, quality: 90 })
  .toFile(out);
