// How long a one-point drag of the default model takes, beside one full pass of the generator.
// node scripts/bench.mjs [backend] [repeats]
import * as tf from '@tensorflow/tfjs-core';
import { loadAutodrag, useBackend } from '../dist/node/index.js';

const backend = await useBackend(process.argv[2] ?? 'wasm');
const repeats = Number(process.argv[3] ?? 15);
const autodrag = await loadAutodrag();
const session = await autodrag.sample(7);
const { width, height, numWs, wDim } = autodrag;
// the mouth of the avatar of seed 7, to the left and down
const points = [
  {
    handle: { x: 0.6 * width, y: 0.62 * height },
    target: { x: Math.round(0.52 * width), y: Math.round(0.66 * height) },
  },
];
const ws = tf.tensor3d(session.w, [1, numWs, wDim]);

async function median(work) {
  await work();
  const times = [];
  for (let i = 0; i < repeats; i++) times.push(await work());
  return times.sort((a, b) => a - b)[Math.floor(repeats / 2)];
}

const forward = await median(async () => {
  const from = performance.now();
  const image = autodrag.generator.synthesis(ws);
  await image.data();
  image.dispose();
  return performance.now() - from;
});
let most = 0;
const drag = (calls) =>
  median(async () => {
    const fresh = await autodrag.open(session.w);
    const { milliseconds, calls: made } = await fresh.drag(points, { calls });
    most = Math.max(most, made);
    fresh.dispose();
    return milliseconds;
  });
const one = await drag(1);
const four = await drag(4);
console.log(`backend ${backend}, ${width}×${height}, median of ${repeats}`);
console.log(`one full generator pass       ${forward.toFixed(1)} ms`);
console.log(
  `one-point drag, one call      ${one.toFixed(1)} ms = ${(one / forward).toFixed(2)} passes (its picture is one of them)`,
);
console.log(`one-point drag, ${most} calls       ${four.toFixed(1)} ms = ${(four / forward).toFixed(2)} passes`);
