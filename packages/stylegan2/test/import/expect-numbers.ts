import { expect } from 'vitest';
import type { Checkpoint } from '../../src/import/index.js';

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
export async function expectNumbers({ tensors }: Checkpoint): Promise<void> {
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
