import type { Autodrag } from '../autodrag.js';
import { type LoadAutodragOptions, loadAutodrag as load } from '../load-autodrag.js';
import type { WeightSource } from '../read-source.js';
import { readWholeFile } from './read-file.js';

/** `loadAutodrag` of '@autodrag/autodrag', where a text that is no address is the path of a file. */
export async function loadAutodrag(options: LoadAutodragOptions = {}): Promise<Autodrag> {
  const { generator, regularizer, predictor } = options;
  return load({
    ...options,
    generator: (await resolve(generator)) ?? undefined,
    regularizer: await resolve(regularizer),
    predictor: await resolve(predictor),
  });
}

async function resolve(source: WeightSource | null | undefined): Promise<WeightSource | null | undefined> {
  return typeof source === 'string' && !/^[a-z][a-z0-9+.-]+:/i.test(source) ? readWholeFile(source) : source;
}
