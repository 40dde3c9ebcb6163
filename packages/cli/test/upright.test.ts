import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Autodrag, createAutodrag, PointError } from '@autodrag/autodrag';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyModels } from '../../autodrag/test/tiny-models.js';
import { useBackend } from '../src/node/backends.js';
import { fails, run } from './run-cli.js';
import { writeTinyModel } from './tiny-model-folder.js';

/** As SHHQ's: upright pictures of 2:1, from a constant of 4 by 2. */
const constSize: [number, number] = [4, 2];
let folder: string;
let model: string;
let autodrag: Autodrag;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autodrag-upright-'));
  model = join(folder, 'model');
  await useBackend('wasm');
  await writeTinyModel(model, { constSize });
  autodrag = createAutodrag(tinyModels({ constSize }));
}, 60_000);
afterAll(async () => {
  autodrag.dispose();
  await rm(folder, { recursive: true, force: true });
});

describe('a generator of upright pictures', () => {
  it('is shown in a square, with points in pixels of the picture', async () => {
    expect(autodrag).toMatchObject({ width: 16, height: 32, display: { width: 32, height: 32, left: 8, top: 0 } });
    const session = await autodrag.sample(7);
    expect(session.image).toMatchObject({ width: 16, height: 32 });
    const shown = session.toPixels();
    const plain = session.toPixels({ pad: 'none' });
    expect(shown).toHaveLength(32 * 32 * 4);
    expect(plain).toEqual(session.image.data);
    const at = (pixels: Uint8ClampedArray, width: number, x: number, y: number) => [
      ...pixels.subarray((y * width + x) * 4, (y * width + x) * 4 + 4),
    ];
    const { left, top } = autodrag.display;
    for (const [x, y] of [
      [0, 0],
      [15, 31],
      [3, 20],
    ] as const) {
      expect(at(shown, 32, x + left, y + top)).toEqual(at(plain, 16, x, y));
    }
    for (const x of [0, 7, 24, 31]) expect(at(shown, 32, x, 16)).toEqual([255, 255, 255, 255]);

    const put: [width: number, height: number, length: number][] = [];
    const canvas = {
      width: 0,
      height: 0,
      getContext: () => ({
        createImageData: (width: number, height: number) => ({ data: new Uint8ClampedArray(width * height * 4) }),
        putImageData: ({ data }: { data: Uint8ClampedArray }) => put.push([canvas.width, canvas.height, data.length]),
      }),
    };
    session.draw(canvas);
    session.draw(canvas, { pad: 'none' });
    expect(put).toEqual([
      [32, 32, 32 * 32 * 4],
      [16, 32, 16 * 32 * 4],
    ]);
    session.dispose();
  });

  it('drags, within its own width', async () => {
    const before = tf.memory().numTensors;
    const session = await autodrag.sample(7);
    const result = await session.drag([{ handle: { x: 12, y: 20 }, target: { x: 15, y: 31 } }], {
      anchors: [{ x: 0, y: 0 }],
    });
    expect(result.image).toMatchObject({ width: 16, height: 32 });
    expect(result.distanceAfter).toBeLessThanOrEqual(result.distanceBefore);
    for (const { reached } of result.points) {
      expect(reached.x).toBeLessThanOrEqual(15);
      expect(reached.y).toBeLessThanOrEqual(31);
    }
    await expect(
      session.drag([{ handle: { x: 20, y: 20 }, target: { x: 1, y: 1 } }]), // in the square, not in the picture
    ).rejects.toThrow(PointError);
    await expect(session.drag([{ handle: { x: 20, y: 20 }, target: { x: 1, y: 1 } }])).rejects.toThrow(
      'x from 0 to 15',
    );
    session.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('is written in a square by the command line, or as it is', async () => {
    const size = async (name: string) => {
      const { width, height } = await sharp(join(folder, name)).metadata();
      return [width, height];
    };
    const sample = (out: string, ...args: string[]) =>
      run('sample', '-m', model, '-o', join(folder, out), ...args, '-q');
    expect(await sample('one.png', '--seed', '3')).toMatchObject({ status: 0, err: '' });
    expect(await size('one.png')).toEqual([32, 32]);
    await sample('plain.png', '--seed', '3', '--pad', 'none', '--scale', '2');
    expect(await size('plain.png')).toEqual([32, 64]);
    await sample('sheet.png', '--seeds', '0-3');
    expect(await size('sheet.png')).toEqual([4 + 2 * 36, 4 + 2 * 36]);
    expect(await fails(['sample', '-m', model, '--pad', 'round'], '--pad', "'round'", 'square, none')).toBe(2);

    const edit = (out: string, ...args: string[]) =>
      run('edit', '-m', model, '-s', '7', '-d', '2,4:2,20', '--scale', '4', '-o', join(folder, out), '--json', ...args);
    const { display, points } = JSON.parse((await edit('padded')).out);
    expect(display).toEqual({ width: 32, height: 32, left: 8, top: 0, scale: 4 });
    expect(points[0].handle).toEqual({ x: 2, y: 4 });
    for (const name of ['before.png', 'after.png', 'plain.png', 'motion.gif']) {
      expect(await size(`padded/${name}`), name).toEqual([128, 128]);
    }
    // The handle is drawn where it is in the picture, which begins 8 pixels to the right.
    const { data } = await sharp(join(folder, 'padded/before.png'))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const middle = (Math.round((4 + 0.5) * 4) * 128 + Math.round((8 + 2 + 0.5) * 4)) * 3;
    expect([...data.subarray(middle, middle + 3)]).toEqual([0xf0, 0x32, 0x3c]);
    await edit('bare', '--pad', 'none', '--format', 'none');
    expect(await size('bare/plain.png')).toEqual([64, 128]);
  }, 60_000);
});
