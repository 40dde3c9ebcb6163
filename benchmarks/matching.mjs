// Milliseconds of the matchers:
//   npm run bench -- matching [image1 image2]
// Without images it takes the 640 x 480 pair of test/fixtures, scaled to 512 x 512. Figures are the least of several
// runs: wall time, and in brackets processor time of all threads, which a busy machine hardly changes.
import { fileURLToPath } from 'node:url';
import { createOrbMatcher, gmsFilter, matchFeatures, matchHamming, trackPoints } from '@autodrag/matching';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const pair = process.argv.slice(2);
const paths =
  pair.length === 2
    ? pair
    : [1, 2].map((k) => here(`../packages/matching/test/fixtures/gms/shift-foreground/image${k}.png`));
const size = 512;

let tf;
let backend;
try {
  tf = await import('@tensorflow/tfjs-node');
  tf = tf.default ?? tf;
  backend = `libtensorflow ${tf.version['tfjs-core']}`;
} catch {
  tf = await import('@tensorflow/tfjs-core');
  await import('@tensorflow/tfjs-backend-wasm');
  await tf.setBackend('wasm');
  backend = 'wasm';
}
await tf.ready();

/** Least wall and processor time of some runs, in milliseconds. */
async function least(runs, work) {
  const best = { wall: Number.POSITIVE_INFINITY, cpu: Number.POSITIVE_INFINITY };
  let result;
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    const startCpu = process.cpuUsage();
    result = await work();
    const { user, system } = process.cpuUsage(startCpu);
    best.wall = Math.min(best.wall, performance.now() - start);
    best.cpu = Math.min(best.cpu, (user + system) / 1000);
  }
  return [best, result];
}
const digits = (value) => value.toFixed(value < 10 ? 1 : 0);
const ms = ({ wall, cpu }) => `${digits(wall)} ms (${digits(cpu)})`;

// --- ORB and brute force at 512 x 512 -------------------------------------------------------------------------------
const sharp = (await import('sharp')).default;
const images = await Promise.all(
  paths.map(async (path) => {
    const { data } = await sharp(path)
      .resize(size, size, { fit: 'fill' })
      .greyscale()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { data: new Uint8Array(data), width: size, height: size };
  }),
);
const cv = (await import('@techstark/opencv-js')).default;
if (!cv.Mat) await new Promise((resolve) => (cv.onRuntimeInitialized = resolve));

function orb({ data, width, height }) {
  const mat = cv.matFromArray(height, width, cv.CV_8UC1, data);
  const detector = new cv.ORB(10000);
  detector.setFastThreshold(0);
  const keyPoints = new cv.KeyPointVector();
  const descriptors = new cv.Mat();
  const mask = new cv.Mat();
  detector.detectAndCompute(mat, mask, keyPoints, descriptors);
  const points = new Float32Array(keyPoints.size() * 2);
  for (let k = 0; k < keyPoints.size(); k++) {
    const { x, y } = keyPoints.get(k).pt;
    points[2 * k] = x;
    points[2 * k + 1] = y;
  }
  for (const object of [mat, detector, keyPoints, mask]) object.delete();
  return { points, descriptors };
}
const [orbTime, first] = await least(5, () => orb(images[0]));
const second = orb(images[1]);
const [a, b] = [first, second].map(({ descriptors }) => new Uint8Array(descriptors.data));
console.log(`${size} x ${size}, ORB 10000, FAST threshold 0: ${a.length / 32} and ${b.length / 32} key points`);
console.log(`ORB on one image (OpenCV)                ${ms(orbTime)}`);

const matcher = new cv.BFMatcher(cv.NORM_HAMMING, false);
const [openCvTime, openCv] = await least(3, () => {
  const found = new cv.DMatchVector();
  matcher.match(first.descriptors, second.descriptors, found);
  return found;
});
console.log(`brute force, OpenCV wasm                 ${ms(openCvTime)}`);

const agree = ({ indices, distances }) => {
  let same = 0;
  for (let k = 0; k < indices.length; k++) {
    const { trainIdx, distance } = openCv.get(k);
    if (trainIdx === indices[k] && distance === distances[k]) same++;
  }
  return `${((100 * same) / indices.length).toFixed(same === indices.length ? 0 : 2)} % as OpenCV`;
};
const versus = (time) =>
  `${(openCvTime.wall / time.wall).toFixed(1)} (${(openCvTime.cpu / time.cpu).toFixed(1)}) x OpenCV's speed`;
const [wasmTime, wasm] = await least(8, () => matchHamming(a, b));
console.log(`brute force, own wasm (the default)      ${ms(wasmTime)}, ${versus(wasmTime)}, ${agree(wasm)}`);
const [jsTime, js] = await least(3, () => matchHamming(a, b, { method: 'javascript' }));
console.log(`brute force, JavaScript                  ${ms(jsTime)}, ${versus(jsTime)}, ${agree(js)}`);

/** Hamming distance of 256 signs as a matrix product: (256 - s . t) / 2. */
async function byTensors(queries, train) {
  const signs = (bytes) => {
    const result = new Float32Array(bytes.length * 8);
    for (let k = 0; k < result.length; k++) result[k] = (bytes[k >> 3] >> (k & 7)) & 1 ? 1 : -1;
    return tf.tensor2d(result, [bytes.length / 32, 256]);
  };
  const q = signs(queries);
  const t = signs(train);
  const indices = new Int32Array(q.shape[0]);
  const distances = new Int32Array(q.shape[0]);
  for (let at = 0; at < q.shape[0]; at += 1000) {
    const n = Math.min(1000, q.shape[0] - at);
    const [index, most] = tf.tidy(() => {
      const products = tf.matMul(tf.slice(q, [at, 0], [n, 256]), t, false, true);
      return [tf.argMax(products, 1), tf.max(products, 1)];
    });
    indices.set(await index.data(), at);
    (await most.data()).forEach((value, k) => {
      distances[at + k] = (256 - value) / 2;
    });
    tf.dispose([index, most]);
  }
  tf.dispose([q, t]);
  return { indices, distances };
}
const [tensorTime, tensor] = await least(3, () => byTensors(a, b));
console.log(`brute force, tensors on ${backend.padEnd(17)}${ms(tensorTime)}, ${versus(tensorTime)}, ${agree(tensor)}`);

const pairs = new Int32Array(wasm.indices.length * 2);
wasm.indices.forEach((index, k) => {
  pairs[2 * k] = k;
  pairs[2 * k + 1] = index;
});
for (const options of [{}, { rotation: true, scale: true }]) {
  const [time, { count }] = await least(5, () =>
    gmsFilter(first.points, images[0], second.points, images[1], pairs, options),
  );
  const name = options.scale ? 'GMS, 8 rotations x 5 scales' : 'GMS';
  console.log(`${name.padEnd(41)}${ms(time)}, ${count} inliers`);
}

const here1 = createOrbMatcher({ workers: 0 });
const [pairTime, found] = await least(5, () => here1.match(images[0], images[1]));
console.log(
  `ORB + brute force + GMS, one pair        ${ms(pairTime)}, ${found.count} matches: ${(pairTime.wall / openCvTime.wall).toFixed(3)} (${(pairTime.cpu / openCvTime.cpu).toFixed(3)}) of OpenCV's brute force alone`,
);
const pool = createOrbMatcher();
await pool.match(images[0], images[1]);
const jobs = 8;
const [poolTime] = await least(2, () => Promise.all(Array.from({ length: jobs }, () => pool.match(...images))));
console.log(
  `the same in the worker pool              ${((1000 * jobs) / poolTime.wall).toFixed(1)} pairs/s (${((1000 * jobs) / poolTime.cpu).toFixed(1)} a processor second)`,
);
await pool.dispose();

// --- Limits
// -----------------------------------------------------------------------------------------------------------
for (const [name, side, value] of [
  ['flat 512', 512, () => 128],
  ['noise 8', 8, () => Math.random() * 256],
  ['noise 4096', 4096, () => Math.random() * 256],
]) {
  const image = { data: Uint8Array.from({ length: side * side }, value), width: side, height: side };
  const [time, { count }] = await least(1, () => here1.match(image, image));
  console.log(`${`${name} x ${side} with itself`.padEnd(41)}${ms(time)}, ${count} matches`);
}

// --- Feature maps
// -----------------------------------------------------------------------------------------------------
console.log(`\nfeature maps 32 x 32 x 256, 64 x 64 x 128, 128 x 128 x 64 of 128 x 128 images, backend ${backend}`);
const maps = (batch) =>
  Object.fromEntries([32, 64, 128].map((r) => [r, tf.randomNormal([batch, r, r, 8192 / r], 0, 1, 'float32', r)]));
const batch = 4;
const [mapsA, mapsB] = [maps(batch), maps(batch)];
for (const [name, options] of [
  ['256 points, searched back', { stride: 8 }],
  ['256 points, one way', { stride: 8, mutualTolerance: Number.POSITIVE_INFINITY }],
  ['1024 points, searched back', { stride: 4 }],
]) {
  const [time] = await least(6, () => matchFeatures(mapsA, mapsB, options));
  console.log(
    `matchFeatures, ${name.padEnd(26)}${((1000 * batch) / time.wall).toFixed(1)} pairs/s (${((1000 * batch) / time.cpu).toFixed(1)} a processor second)`,
  );
}
{
  const shapes = { 16: 128, 32: 64, 64: 32, 128: 16 };
  const avatarMaps = () =>
    Object.fromEntries(
      Object.entries(shapes).map(([r, c]) => [r, tf.randomNormal([8, +r, +r, c], 0, 1, 'float32', +r)]),
    );
  const [a8, b8] = [avatarMaps(), avatarMaps()];
  const [time] = await least(6, () => matchFeatures(a8, b8, { stride: 8 }));
  console.log(
    `the avatar generator's channels, 256 points, searched back, 8 pairs a call: ${(8000 / time.wall).toFixed(1)} pairs/s (${(8000 / time.cpu).toFixed(1)} a processor second)`,
  );
}
const [oneA, oneB] = [maps(1), maps(1)];
for (const count of [1, 5, 68]) {
  const points = Array.from({ length: count }, (_, k) => ({ x: 10 + 1.5 * k, y: 110 - k }));
  const [time] = await least(10, () => trackPoints(oneA, oneB, points));
  console.log(`trackPoints, ${String(count).padStart(2)} points, window 16 px      ${ms(time)}`);
}
