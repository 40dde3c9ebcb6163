import { createGenerator } from '@autodrag/stylegan2';
import { importStyleGan2 } from '@autodrag/stylegan2/import';
import * as tf from '@tensorflow/tfjs';
import {
  compareCase,
  compareFeatures,
  type Difference,
  filesOf,
  type Manifest,
  openReference,
} from '../../../packages/stylegan2/test/reference';

export type Parity = Record<string, { cases: Record<string, Difference[]>; leaked: number }>;

/** Every stored case of every fixture, by fixture and case, on the page's backend. */
export async function run({ backend }: { backend: string }): Promise<Parity> {
  if (backend === 'wasm') (await import('@autodrag/wasm-gradients')).registerWasmGradients();
  const parity: Parity = {};
  for (const name of ['ada-64', 'ada-128-paper', 'rosinality-64']) {
    const address = (file: string) => `/fixtures/${name}/${file}`;
    const manifest = (await (await fetch(address('manifest.json'))).json()) as Manifest;
    const files = new Map<string, Uint8Array<ArrayBuffer>>();
    for (const file of filesOf(manifest)) {
      const response = await fetch(address(file));
      if (!response.ok) throw new Error(`${name}/${file}: status ${response.status}`);
      files.set(file, new Uint8Array(await response.arrayBuffer()));
    }
    const reference = openReference(manifest, (file) => files.get(file)!);
    const { config, parameters } = await importStyleGan2(reference.weights());
    const generator = createGenerator(config, parameters);
    const before = tf.memory().numTensors;
    const cases: Record<string, Difference[]> = {};
    for (const one of manifest.cases) {
      cases[one.id] = [
        ...(await compareCase(generator, reference, one)),
        ...(one.features ? await compareFeatures(generator, reference, one) : []),
      ];
    }
    parity[name] = { cases, leaked: tf.memory().numTensors - before };
    generator.dispose();
  }
  return parity;
}
