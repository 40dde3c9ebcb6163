// Writes a sheet of avatars, to look at:
//   npm run bench -- avatar-sheet [out.png] [--landmarks] [--interpolate] [--resolution 128] [--columns 6] [--rows 4]
//   [--seed 1]
import { parseArgs } from 'node:util';
import { avatarFromLatent, avatarLandmarks, latentDimensions, renderAvatar } from '@autodrag/avatars';
import { createRandom } from '@autodrag/nn';
import sharp from 'sharp';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    landmarks: { type: 'boolean', default: false },
    interpolate: { type: 'boolean', default: false }, // every row walks from one latent to another
    resolution: { type: 'string', default: '128' },
    columns: { type: 'string', default: '6' },
    rows: { type: 'string', default: '4' },
    seed: { type: 'string', default: '1' },
  },
});
const out = positionals[0] ?? 'avatars.png';
const resolution = Number(values.resolution);
const columns = Number(values.columns);
const rows = Number(values.rows);
const random = createRandom(Number(values.seed));

/** `[64]`, normal, scaled to a mean square of 1. */
function normalise(z) {
  const scale = 1 / Math.sqrt(z.reduce((sum, value) => sum + value * value, 0) / z.length);
  return z.map((value) => value * scale);
}
const draw = () => normalise(Float32Array.from({ length: latentDimensions }, () => random.normal()));

const width = columns * resolution;
const sheet = new Uint8Array(width * rows * resolution * 3);
let marks = '';
for (let row = 0; row < rows; row++) {
  const [first, last] = [draw(), draw()];
  for (let column = 0; column < columns; column++) {
    const t = column / Math.max(1, columns - 1);
    const z = values.interpolate ? normalise(first.map((value, i) => value + (last[i] - value) * t)) : draw();
    const avatar = avatarFromLatent(z);
    const { pixels } = renderAvatar(avatar, { resolution });
    for (let y = 0; y < resolution; y++) {
      for (let k = 0; k < resolution * 3; k++) {
        sheet[((row * resolution + y) * width + column * resolution) * 3 + k] = Math.round(
          (pixels[y * resolution * 3 + k] + 1) * 127.5,
        );
      }
    }
    if (values.landmarks) {
      const { points, visible } = avatarLandmarks(avatar.geometry, { resolution });
      visible.forEach((seen, i) => {
        const x = column * resolution + points[2 * i] + 0.5;
        const y = row * resolution + points[2 * i + 1] + 0.5;
        marks += `<circle cx="${x}" cy="${y}" r="${resolution / 110}" fill="${seen ? '#0f0' : '#f00'}"/>`;
      });
    }
  }
}
const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${rows * resolution}">${marks}</svg>`;
await sharp(sheet, { raw: { width, height: rows * resolution, channels: 3 } })
  .composite([{ input: Buffer.from(svg) }])
  .png({ palette: true })
  .toFile(out);
