// What 8-bit weights would cost: the default model's, rounded to 255 steps a channel, and how far its pictures change:
//   npm run bench -- eight-bit FOLDER
// Writes the rounded model to FOLDER, to be measured: npx autodrag evaluate --model FOLDER --drags 50 --seed 1003
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { loadSafetensors, saveSafetensors } from '@autodrag/nn';
import { createGenerator, loadStyleGan2, seedToZ } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import { startBackend } from './statistics/start-backend.mjs';

const PICTURES = 20;
/** Vectors (biases, norms, statistics) stay as they are: they are few. */
const LEAST_RANK = 2;

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Say where to write the rounded model: npm run bench -- eight-bit FOLDER');
await startBackend('wasm');
mkdirSync(folder, { recursive: true });
for (const name of ['generator', 'regularizer', 'predictor']) {
  const bytes = readFileSync(weightsOf(name));
  const { tensors, metadata } = await loadSafetensors(bytes);
  const parts = Object.values(tensors).map((tensor) => {
    tensor.dtype = 'float32';
    if (tensor.shape.length < LEAST_RANK) return new Uint16Array(tensor.data.length);
    const { steps, values } = rounded(tensor.data, tensor.shape.at(-1));
    tensor.data = values;
    return Uint8Array.from(steps);
  });
  const stored = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const packed = gzipSync(Buffer.concat(parts.map((part) => Buffer.from(part.buffer)))).length;
  writeFileSync(join(folder, `${name}.safetensors`), await saveSafetensors(tensors, { metadata }));
  console.log(
    `${name.padEnd(12)} float16 ${megabytes(bytes.length)}, gzip ${megabytes(gzipSync(bytes).length)}; 8 bits ${megabytes(stored)}, gzip ${megabytes(packed)}`,
  );
}
writeFileSync(join(folder, 'detector.safetensors'), readFileSync(weightsOf('detector')));

const changes = [];
const before = await open(weightsOf('generator'));
const after = await open(join(folder, 'generator.safetensors'));
for (let seed = 0; seed < PICTURES; seed++) {
  changes.push(
    tf.tidy(() => {
      const z = tf.tensor2d(seedToZ(seed, before.config.zDim), [1, before.config.zDim]);
      const [a, b] = [before, after].map(({ generator }) =>
        generator.synthesis(generator.mapping(z, { truncationPsi: 0.7 }), { noise: 'none' }).clipByValue(-1, 1),
      );
      return a.sub(b).abs().mean().dataSync()[0] * 127.5;
    }),
  );
}
const mean = changes.reduce((a, b) => a + b) / changes.length;
console.log(
  `the pictures of ${PICTURES} seeds change by ${mean.toFixed(2)} of 255 in the mean, ${Math.max(...changes).toFixed(2)} at most`,
);

function weightsOf(name) {
  return fileURLToPath(new URL(`../packages/avatars/weights/${name}.safetensors`, import.meta.url));
}

async function open(file) {
  const { config, parameters } = await loadStyleGan2(readFileSync(file));
  return { config, generator: createGenerator(config, parameters) };
}

/** Symmetric, a scale for each channel, the last axis: the nearest of 255 multiples of max |value| / 127. */
function rounded(data, channels) {
  const largest = new Float32Array(channels);
  data.forEach((value, i) => {
    largest[i % channels] = Math.max(largest[i % channels], Math.abs(value));
  });
  const steps = new Int8Array(data.length);
  const values = Float32Array.from(data, (value, i) => {
    const scale = largest[i % channels] / 127 || 1;
    steps[i] = Math.round(value / scale);
    return steps[i] * scale;
  });
  return { steps, values };
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
