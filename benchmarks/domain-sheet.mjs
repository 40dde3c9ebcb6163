// Writes a sheet of a renderer's pictures, to look at:
//   npm run bench -- domain-sheet [out.png] [--domain cars] [--landmarks] [--interpolate] [--resolution 128]
//   [--columns 6] [--rows 4] [--seed 1]
import { parseArgs } from 'node:util';
import { avatarDomain } from '@autodrag/avatars';
import { carDomain } from '@autodrag/cars';
import { createRandom } from '@autodrag/nn';
import { drawLatent, unitMeanSquare } from '@autodrag/rendered-domain';
import sharp from 'sharp';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    domain: { type: 'string', default: 'cars' },
    landmarks: { type: 'boolean', default: false },
    interpolate: { type: 'boolean', default: false }, // every row walks from one latent to another
    resolution: { type: 'string', default: '128' },
    columns: { type: 'string', default: '6' },
    rows: { type: 'string', default: '4' },
    seed: { type: 'string', default: '1' },
  },
});
const domains = { avatars: avatarDomain, cars: carDomain };
const domain = domains[values.domain];
if (!domain) {
  throw new Error(
    `domain-sheet: --domain: expected one of ${Object.keys(domains).join(', ')}, got '${values.domain}'.`,
  );
}
const [resolution, columns, rows] = [values.resolution, values.columns, values.rows].map(Number);
const random = createRandom(Number(values.seed));
const draw = () => drawLatent(random, domain.latentDimensions);

const width = columns * resolution;
const sheet = new Uint8Array(width * rows * resolution * 3);
let marks = '';
for (let row = 0; row < rows; row++) {
  const [first, last] = [draw(), draw()];
  for (let column = 0; column < columns; column++) {
    const t = column / Math.max(1, columns - 1);
    const z = values.interpolate ? unitMeanSquare(first.map((value, i) => value + (last[i] - value) * t)) : draw();
    const { pixels } = domain.render(z, z, { resolution });
    for (let y = 0; y < resolution; y++) {
      for (let k = 0; k < resolution * 3; k++) {
        sheet[((row * resolution + y) * width + column * resolution) * 3 + k] = Math.round(
          (pixels[y * resolution * 3 + k] + 1) * 127.5,
        );
      }
    }
    if (!values.landmarks) continue;
    const { points, visible } = domain.landmarks(z, { resolution });
    visible.forEach((seen, i) => {
      const x = column * resolution + points[2 * i] + 0.5;
      const y = row * resolution + points[2 * i + 1] + 0.5;
      marks += `<circle cx="${x}" cy="${y}" r="${resolution / 130}" fill="${seen ? '#0f0' : '#f00'}"/>`;
    });
  }
}
const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${rows * resolution}">${marks}</svg>`;
await sharp(sheet, { raw: { width, height: rows * resolution, channels: 3 } })
  .composite([{ input: Buffer.from(svg) }])
  .png({ palette: true })
  .toFile(out());

function out() {
  return positionals[0] ?? `${domain.name}.png`;
}
