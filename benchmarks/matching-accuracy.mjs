// Precision and recall of the matchers on avatars, where the renderer knows the true motion of every pixel:
//   npm run bench -- matching-accuracy [pairs] [size] [share]
// The size is the default generator's, else there are no generated pictures.
// A pair is one avatar in two geometries, the second `share` of the way to another avatar's.
import { readFileSync } from 'node:fs';
import * as avatars from '@autodrag/avatars';
import { createOrbMatcher, matchFeatures, trackPoints } from '@autodrag/matching';
import { unitMeanSquare } from '@autodrag/rendered-domain';
import { createGenerator, loadStyleGan2, mixStyles } from '@autodrag/stylegan2';

let tf;
try {
  tf = await import('@tensorflow/tfjs-node');
  tf = tf.default ?? tf;
} catch {
  tf = await import('@tensorflow/tfjs-core');
  await import('@tensorflow/tfjs-backend-wasm');
  await tf.setBackend('wasm');
}
await tf.ready();

const count = Number(process.argv[2] ?? 20);
const generator = await loadGenerator();
const size = Number(process.argv[3] ?? generator.config.resolution);
/** A pixel of 128. */
const unit = size / 128;
const shares = process.argv[4] ? [Number(process.argv[4])] : [0.4, 1];
/** Longer motions than this are what a drag is trained with: 50 pixels at 512. */
const threshold = (50 * size) / 512;
const variants = process.env.VARIANTS
  ? JSON.parse(process.env.VARIANTS)
  : [
      { levels: [16, 32, 64], stride: 4 * unit },
      { levels: [16, 32, 64], stride: 4 * unit, mutualTolerance: unit, minScore: 0.8 }, // what the training uses
      { levels: [16, 32, 64, 128], stride: 1.5 * unit, mutualTolerance: 0.8 * unit, minScore: 0.89, distinct: 0.6 },
    ];

function normals(seed) {
  let state = (seed * 2654435761) >>> 0;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 4294967296;
  };
  return Float32Array.from({ length: avatars.latentDimensions }, () => {
    const radius = Math.sqrt(-2 * Math.log(uniform()));
    return radius * Math.cos(2 * Math.PI * uniform());
  });
}

function makePair(seed, share) {
  const [z1, z2, looks] = [1, 2, 3].map((k) => unitMeanSquare(normals(3 * seed + k)));
  const z3 = unitMeanSquare(z1.map((value, i) => value + share * (z2[i] - value)));
  const [geometryA, geometryB] = [z1, z3].map((z) => avatars.geometryFromLatent(z));
  const surface = avatars.surfaceMap(geometryA, { resolution: size });
  /** True place in B of a point of A; null if hidden or background. */
  const truth = (x, y) => {
    const i = Math.min(size - 1, Math.max(0, Math.round(x)));
    const j = Math.min(size - 1, Math.max(0, Math.round(y)));
    const at = j * size + i;
    if (surface.part[at] === 0) return null;
    const place = avatars.surfacePosition(geometryB, surface.part[at], surface.u[at], surface.v[at], {
      resolution: size,
    });
    return place && { x: place.x + x - i, y: place.y + y - j };
  };
  return { z1, z3, looks, geometryA, geometryB, truth };
}

/** Matches that could be judged, and of these the ones within 3 pixels (at 128; in proportion at other sizes). */
function judge({ pointsA, pointsB, count: n }, truth) {
  let judged = 0;
  let right = 0;
  let error = 0;
  let long = 0;
  const cells = new Set();
  for (let m = 0; m < n; m++) {
    const place = truth(pointsA[2 * m], pointsA[2 * m + 1]);
    if (!place) continue;
    judged++;
    const way = Math.hypot(pointsB[2 * m] - pointsA[2 * m], pointsB[2 * m + 1] - pointsA[2 * m + 1]);
    if (way > threshold) long++;
    const off = Math.hypot(place.x - pointsB[2 * m], place.y - pointsB[2 * m + 1]) / unit;
    if (off > 3) continue;
    right++;
    error += off;
    cells.add(Math.floor((pointsA[2 * m] * 16) / size) * 16 + Math.floor((pointsA[2 * m + 1] * 16) / size));
  }
  return { judged, right, error, long, cells };
}

/** Cells of 1/16 of the picture of which some pixel of the avatar is seen in both. */
function visibleCells(truth) {
  const cells = new Set();
  for (let y = 0; y < size; y += 2) {
    for (let x = 0; x < size; x += 2) {
      if (truth(x, y)) cells.add(Math.floor((x * 16) / size) * 16 + Math.floor((y * 16) / size));
    }
  }
  return cells;
}

async function measure(name, pairs, match) {
  let judged = 0;
  let right = 0;
  let error = 0;
  let all = 0;
  let found = 0;
  let seen = 0;
  let empty = 0;
  let cpu = 0;
  const long = [];
  for (const pair of pairs) {
    const start = process.cpuUsage();
    const matches = await match(pair);
    const { user, system } = process.cpuUsage(start);
    cpu += (user + system) / 1000;
    const result = judge(matches, pair.truth);
    long.push(result.long);
    judged += result.judged;
    right += result.right;
    error += result.error;
    all += matches.count;
    if (matches.count === 0) empty++;
    for (const cell of pair.cells) {
      seen++;
      if (result.cells.has(cell)) found++;
    }
  }
  const n = pairs.length;
  long.sort((a, b) => a - b);
  console.log(
    `${name.padEnd(84)} ${(all / n).toFixed(0).padStart(5)} matches, ${long[n >> 1]} long on the median pair  precision ${(right / judged).toFixed(3)}  cells ${(found / seen).toFixed(3)}  error ${(error / right).toFixed(2)} px  empty ${empty}  ${(cpu / n).toFixed(0)} ms`,
  );
}

const image = (geometry, looks) => {
  const appearance = avatars.appearanceFromLatent(looks);
  const { pixels } = avatars.renderAvatar({ geometry, appearance }, { resolution: size });
  return { data: Uint8ClampedArray.from(pixels, (value) => (value + 1) * 127.5), width: size, height: size };
};

async function loadGenerator() {
  const file = process.env.GENERATOR ?? avatars.defaultWeights.generator;
  const { config, parameters } = await loadStyleGan2(new Uint8Array(readFileSync(file)));
  return createGenerator(config, parameters);
}

for (const share of shares) {
  const pairs = Array.from({ length: count }, (_, k) => makePair(k + 1, share));
  let motion = 0;
  for (const pair of pairs) {
    pair.cells = visibleCells(pair.truth);
    let sum = 0;
    let n = 0;
    for (let y = 0; y < size; y += 4) {
      for (let x = 0; x < size; x += 4) {
        const place = pair.truth(x, y);
        if (!place) continue;
        sum += Math.hypot(place.x - x, place.y - y);
        n++;
      }
    }
    motion += sum / n / count;
  }
  console.log(`\n${count} pairs at ${size}, mean motion ${motion.toFixed(1)} px`);

  if (!process.env.NO_ORB) {
    const orb = createOrbMatcher({ workers: 0 });
    await measure('ORB + GMS, rendered', pairs, ({ geometryA, geometryB, looks }) =>
      orb.match(image(geometryA, looks), image(geometryB, looks)),
    );
    const full = createOrbMatcher({ workers: 0, rotation: true, scale: true });
    await measure('ORB + GMS with rotation and scale, rendered', pairs, ({ geometryA, geometryB, looks }) =>
      full.match(image(geometryA, looks), image(geometryB, looks)),
    );
  }
  if (size !== generator.config.resolution) continue;

  // The generator gives about the renderer's picture for geometry z in the first six layers and looks in the others.
  const levels = [8, 16, 32, 64, 128];
  for (const pair of pairs) {
    const [a, b] = [pair.z1, pair.z3].map((z) =>
      tf.tidy(() => {
        const [ws, late] = [z, pair.looks].map((code) => generator.mapping(tf.tensor2d(code, [1, code.length])));
        const mixed = mixStyles(ws, late, 6);
        return generator.features(mixed, levels, { image: true });
      }),
    );
    Object.assign(pair, { a, b });
  }
  if (!process.env.NO_ORB) {
    const orb = createOrbMatcher({ workers: 0 });
    await measure('ORB + GMS, generated', pairs, ({ a, b }) => orb.match(a.image, b.image));
  }
  for (const { levels: used = [32, 64, 128], ...options } of variants) {
    const pick = ({ features }) => Object.fromEntries(used.map((r) => [r, features[r]]));
    await measure(`features ${JSON.stringify({ levels: used, ...options })}`, pairs, async ({ a, b }) => {
      const [matches] = await matchFeatures(pick(a), pick(b), { imageSize: size, stride: 8 * unit, ...options });
      return matches;
    });
    if (process.env.TRACK) {
      await measure('  trackPoints', pairs, async ({ a, b, truth }) => {
        const points = [];
        for (let y = 4 * unit; y < size; y += 8 * unit)
          for (let x = 4 * unit; x < size; x += 8 * unit) if (truth(x, y)) points.push({ x, y });
        const found = await trackPoints(pick(a), pick(b), points, { imageSize: size, window: 16 * unit });
        return {
          pointsA: Float32Array.from(points.flatMap(({ x, y }) => [x, y])),
          pointsB: Float32Array.from(found.flatMap(({ x, y }) => [x, y])),
          count: points.length,
        };
      });
    }
  }
  for (const { a, b } of pairs) for (const { features, image: picture } of [a, b]) tf.dispose([features, picture]);
}
