import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export type Manifest = {
  arrays: { name: string; file: string; shape: number[] }[];
  cases: {
    id: string;
    z?: string;
    truncation_psi?: number;
    noise_mode: 'const' | 'none';
    ws: string;
    image: string[];
  }[];
  suggestedMaxAbs: { ws: number; images: number; features: number };
};

/** A folder of reference data: its manifest, its arrays and its files. */
export function readFixture(name: string) {
  const folder = fileURLToPath(new URL(`./fixtures/${name}/`, import.meta.url));
  const manifest = JSON.parse(readFileSync(`${folder}manifest.json`, 'utf8')) as Manifest;
  const array = (wanted: string): { data: Float32Array; shape: number[] } => {
    const entry = manifest.arrays.find((candidate) => candidate.name === wanted);
    if (!entry) throw new Error(`${name} has no array ${wanted}`);
    const { buffer } = new Uint8Array(readFileSync(folder + entry.file));
    const data = entry.file.endsWith('.f64.bin')
      ? Float32Array.from(new Float64Array(buffer))
      : new Float32Array(buffer);
    return { data, shape: entry.shape };
  };
  return { manifest, array, file: (file: string) => new Uint8Array(readFileSync(folder + file)) };
}

export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) throw new Error(`expected ${expected.length} numbers, got ${actual.length}`);
  let largest = 0;
  for (let i = 0; i < actual.length; i++) largest = Math.max(largest, Math.abs(actual[i]! - expected[i]!));
  return largest;
}
