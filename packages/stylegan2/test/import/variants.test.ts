import { readdirSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Checkpoint, openCheckpoint } from '../../src/import/index.js';

const path = (name: string) => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
const file = (name: string) => new Uint8Array(readFileSync(path(name)));

/** The numbers that make-fixtures.py gives a tensor: a function of its name in stylegan2-ada-pytorch. */
function expectedValue(name: string, index: number): number {
  return Number((BigInt(crc32(name)) + 2654435761n * BigInt(index)) % 2048n) / 1024 - 1;
}

function crc32(text: string): number {
  let crc = ~0;
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** A tensor of the project: its name in stylegan2-ada-pytorch, and where element (…) of ours lies there. */
function origin(name: string): { name: string; order: number[] } {
  const kernel = [2, 3, 1, 0];
  let match = /^mapping\.(layers\.(\d+)|embed)\.(weight|bias)$/.exec(name);
  if (match) {
    const layer = match[2] === undefined ? 'embed' : `fc${match[2]}`;
    return { name: `mapping.${layer}.${match[3]}`, order: match[3] === 'weight' ? [1, 0] : [0] };
  }
  if (name === 'buffers.wAvg') return { name: 'mapping.w_avg', order: [0] };
  if (name === 'synthesis.constant') return { name: 'synthesis.b4.const', order: [1, 2, 0] };
  match = /^buffers\.noise\.(\d+)\.(conv[01])$/.exec(name);
  if (match) return { name: `synthesis.b${4 << Number(match[1])}.${match[2]}.noise_const`, order: [0, 1] };
  match = /^synthesis\.blocks\.(\d+)\.(conv[01]|toRgb|skip)\.(.+)$/.exec(name);
  if (!match) throw new Error(name);
  const [, block, layer, field] = match as unknown as [string, string, string, string];
  const orders: Record<string, number[]> = {
    weight: kernel,
    bias: [0],
    noiseStrength: [],
    'affine.weight': [1, 0],
    'affine.bias': [0],
  };
  const source = field === 'noiseStrength' ? 'noise_strength' : field;
  return {
    name: `synthesis.b${4 << Number(block)}.${layer.toLowerCase()}.${source}`,
    order: orders[field] as number[],
  };
}

/** Reads every tensor and compares it with what its name says, exactly. */
async function expectNumbers({ tensors }: Checkpoint): Promise<void> {
  for (const { name, shape, read } of tensors) {
    const data = await read();
    const { name: source, order } = origin(name);
    const ours = shape.slice(shape.length - order.length);
    const theirs: number[] = [];
    order.forEach((axis, i) => {
      theirs[axis] = ours[i] as number;
    });
    const expected = Array.from(data, (_, index) => {
      const position: number[] = [];
      let rest = index;
      for (let axis = ours.length - 1; axis >= 0; axis--) {
        position[order[axis] as number] = rest % (ours[axis] as number);
        rest = Math.floor(rest / (ours[axis] as number));
      }
      return expectedValue(
        source,
        theirs.reduce((sum, size, axis) => sum * size + (position[axis] as number), 0),
      );
    });
    expect([...data], name).toEqual(expected);
  }
}

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
