import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createGenerator, type Generator } from '@autodrag/stylegan2';
import { importStyleGan2 } from '@autodrag/stylegan2/import';

export type RunName = 'plain' | 'mask';

export type Manifest = {
  handles: [number, number][];
  targets: [number, number][];
  lambda_mask: number;
  runs: Record<
    RunName,
    {
      steps: {
        points: [number, number][];
        loss: number;
        lossMotion: number;
        lossMask: number;
        supervision: { pixels: [number, number][] }[];
      }[];
      points_after: [number, number][];
    }
  >;
  tracking: { cases: { ws: string; points: [number, number][]; found: [number, number][] }[] };
  arrays: { name: string; file: string; shape: number[] }[];
};

const folder = fileURLToPath(new URL('./fixtures/drag-128/', import.meta.url));

export const manifest = JSON.parse(readFileSync(`${folder}manifest.json`, 'utf8')) as Manifest;

/** The numbers of an array of the fixture. */
export function readArray(name: string): Float32Array {
  const entry = manifest.arrays.find((candidate) => candidate.name === name);
  if (!entry) throw new Error(`the fixture has no array ${name}`);
  const { buffer } = new Uint8Array(readFileSync(folder + entry.file)); // a copy: aligned, and of its own
  return entry.file.endsWith('.u8.bin') ? Float32Array.from(new Uint8Array(buffer)) : new Float32Array(buffer);
}

/** The generator of the fixture, whose checkpoint lies with the tests of stylegan2. */
export async function readGenerator(): Promise<Generator> {
  const file = new URL('../../stylegan2/test/fixtures/ada-128-paper/network.pkl', import.meta.url);
  const { config, parameters } = await importStyleGan2(new Uint8Array(readFileSync(file)));
  return createGenerator(config, parameters);
}
