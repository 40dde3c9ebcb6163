// Samples a picture and drags a point of it, with the default model or a folder's: node drag.mjs [FOLDER]
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { loadLatent, PointError, saveLatent } from '@autodrag/autodrag';
import * as tf from '@tensorflow/tfjs-core';
import { decodeImage, encodePng, loadAutodrag, useBackend } from 'autodrag';

const folder = process.argv[2];
const file = (name) => join(folder, `${name}.safetensors`);
await useBackend('wasm');
assert.equal(tf.getBackend(), 'wasm');
const before = tf.memory().numTensors;
const autodrag = await loadAutodrag(
  folder ? { generator: file('generator'), regularizer: file('regularizer'), predictor: file('predictor') } : undefined,
);
const { width, height } = autodrag;

const session = await autodrag.sample(7);
const first = session.toPixels();
assert.equal(first.length, width * height * 4);
assert.ok(new Set(first).size > 16, 'the picture is flat');

const at = (x, y) => ({ x: Math.round(x * width), y: Math.round(y * height) });
const result = await session.drag([{ handle: at(0.5, 0.5), target: at(0.5, 0.6) }], { calls: 2 });
assert.ok(result.distanceAfter <= result.distanceBefore, 'the drag ended farther away than it began');
assert.ok(Number.isFinite(result.distanceAfter));
if (!folder) assert.ok(result.moved, 'the default model did not bring the point nearer');
const share = Math.round((100 * result.distanceAfter) / result.distanceBefore);
console.log(
  `NOTE ${result.distanceBefore.toFixed(1)} px before the drag, ${share} % of it after ${result.calls} calls, ${Math.round(result.milliseconds)} ms`,
);

const png = await encodePng(session.image);
assert.deepEqual([...png.slice(1, 4)], [...Buffer.from('PNG')]);
assert.equal((await decodeImage(png)).width, width);
const latent = await loadLatent(await saveLatent(session.w, autodrag));
assert.deepEqual(latent, session.w);
if (result.moved) {
  assert.notDeepEqual(session.toPixels(), first);
  assert.equal(await session.undo(), true);
}
assert.deepEqual(session.toPixels(), first);
await assert.rejects(session.drag([{ handle: { x: -5, y: 0 }, target: { x: 0, y: 0 } }]), PointError);

session.dispose();
autodrag.dispose();
assert.equal(tf.memory().numTensors, before, 'tensors were left alive');
