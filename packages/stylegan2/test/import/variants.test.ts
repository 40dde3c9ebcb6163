import { readdirSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../src/import/index.js';
import { expectNumbers } from './expect-numbers.js';

const path = (name: string) => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
const file = (name: string) => new Uint8Array(readFileSync(path(name)));

const common = { resolution: 16, zDim: 5, wDim: 6, mappingLayers: 2, channelBase: 64, channelMax: 8, imageChannels: 3 };
const ada = { ...common, convClamp: 256, architecture: 'skip', cDim: 0, constSize: [4, 4] };
const tensorflow = { ...ada, convClamp: null };
const rosinality = { ...ada, convClamp: null };

const variants: [name: string, kind: string, config: object][] = [
  ['ada-protocol-2.pkl', 'nvidia-pytorch', ada],
  ['ada-protocol-3.pkl', 'nvidia-pytorch', ada],
  ['ada-protocol-4.pkl', 'nvidia-pytorch', ada],
  ['ada-protocol-5.pkl', 'nvidia-pytorch', ada],
  ['stylegan3-repository-conditional.pkl', 'nvidia-pytorch', { ...ada, cDim: 3 }],
  ['ada-resnet.pkl', 'nvidia-pytorch', { ...ada, architecture: 'resnet' }],
  ['ada-orig.pkl', 'nvidia-pytorch', { ...ada, architecture: 'orig' }],
  ['ada-const-4x2.pkl', 'nvidia-pytorch', { ...ada, constSize: [4, 2] }],
  ['ada-half-double.pkl', 'nvidia-pytorch', ada],
  ['ada-strided.pkl', 'nvidia-pytorch', ada],
  ['tensorflow-skip.pkl', 'nvidia-tensorflow', tensorflow],
  ['tensorflow-resnet.pkl', 'nvidia-tensorflow', { ...tensorflow, architecture: 'resnet' }],
  ['tensorflow-orig-lod.pkl', 'nvidia-tensorflow', { ...tensorflow, architecture: 'orig' }],
  ['tensorflow-conditional.pkl', 'nvidia-tensorflow', { ...tensorflow, cDim: 3, convClamp: 256 }],
  ['rosinality-legacy.pt', 'rosinality', rosinality],
  ['rosinality-training.pt', 'rosinality', rosinality],
  ['rosinality-deflated.pt', 'rosinality', rosinality],
];

describe('openCheckpoint: variants', () => {
  it.each(variants)('%s', async (name, kind, config) => {
    const checkpoint = await openCheckpoint(file(name));
    expect(checkpoint.kind).toBe(kind);
    expect(checkpoint.config).toMatchObject(config);
    expect(checkpoint.config.channels).toBeNull();
    expect(checkpoint.hasAverage).toBe(name !== 'rosinality-training.pt');
    expect(checkpoint.warnings).toEqual([]);
    await expectNumbers(checkpoint);
  });

  it.each(variants)('%s through an open file and through a Blob', async (name) => {
    const handle = await open(path(name));
    try {
      await expectNumbers(await openCheckpoint(handle));
    } finally {
      await handle.close();
    }
    await expectNumbers(await openCheckpoint(new Blob([file(name)])));
  });

  it('leaves no fixture untested', () => {
    const refused = ['stylegan3.pkl', 'stylegan-xl.pkl', 'stylegan-xl-superres.pkl', 'runs-a-program.pkl'];
    expect(readdirSync(path('')).sort()).toEqual([...variants.map(([name]) => name), ...refused].sort());
  });
});
