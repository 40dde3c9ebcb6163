// Whether memory stays flat over many edits of one session:
//   npm run bench -- soak [edits] [model folder]
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as tf from '@tensorflow/tfjs-core';
import { loadAutodrag, useBackend } from 'autodrag';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');
const edits = Number(process.argv[2] ?? 1000);
const folder = process.argv[3];
await useBackend('wasm');
const autodrag = await loadAutodrag(
  folder
    ? {
        generator: join(folder, 'generator.safetensors'),
        regularizer: join(folder, 'regularizer.safetensors'),
        predictor: join(folder, 'predictor.safetensors'),
      }
    : {},
);
const session = await autodrag.sample(7);
const { width, height } = autodrag;
console.log('edits  tensors  tensor MB  heap MB  rss MB');
for (let i = 0; i <= edits; i++) {
  if (i % Math.ceil(edits / 10) === 0) {
    collectGarbage();
    const { numTensors, numBytes } = tf.memory();
    const { heapUsed, rss } = process.memoryUsage();
    const row = [i, numTensors, (numBytes / 1e6).toFixed(2), (heapUsed / 1e6).toFixed(1), (rss / 1e6).toFixed(0)];
    console.log(row.map((value, k) => String(value).padStart([5, 9, 11, 9, 8][k])).join(''));
  }
  // handles anywhere, targets a tenth of the picture away: to and fro, so that the face does not leave the picture
  const x = width * (0.3 + 0.4 * ((i * 0.618) % 1));
  const y = height * (0.3 + 0.4 * ((i * 0.414) % 1));
  const angle = i * 2.4;
  const target = { x: x + 0.1 * width * Math.cos(angle), y: y + 0.1 * height * Math.sin(angle) };
  await session.drag([{ handle: { x, y }, target }], { calls: 1 + (i % 2) });
  if (i % 7 === 6) await session.undo();
  if (i % 11 === 10) await session.redo();
}
session.dispose();
autodrag.dispose();
console.log(`${tf.memory().numTensors} tensors are left after dispose`);
