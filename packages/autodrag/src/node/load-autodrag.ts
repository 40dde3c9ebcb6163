import type { Autodrag } from '../autodrag.js';
import {
  type LoadAutodragOptions,
  loadAutodrag as load,
  loadModels,
  type ModelName,
  type NamedBytes,
} from '../load-autodrag.js';
import { readSource } from '../read-source.js';
import { readWholeFile } from './read-file.js';

/** `loadAutodrag` of '@autodrag/autodrag', where a text that is no address is the path of a file. */
export async function loadAutodrag(options: LoadAutodragOptions = {}): Promise<Autodrag> {
  const { reach, signal, generator } = options;
  if (generator === undefined) {
    const [regularizer, predictor] = await Promise.all([bytes(options, 'regularizer'), bytes(options, 'predictor')]);
    // what was given replaces a part of the default, and null leaves it out
    return load({
      reach,
      signal,
      regularizer: regularizer?.bytes ?? options.regularizer,
      predictor: predictor?.bytes ?? options.predictor,
    });
  }
  const [first, regularizer, predictor] = await Promise.all([
    bytes(options, 'generator'),
    bytes(options, 'regularizer'),
    bytes(options, 'predictor'),
  ]);
  return loadModels({ generator: first as NamedBytes, regularizer, predictor }, { reach });
}

async function bytes(options: LoadAutodragOptions, name: ModelName): Promise<NamedBytes | null> {
  const source = options[name];
  if (source === undefined || source === null) return null;
  const isText = typeof source === 'string' || source instanceof URL;
  const isPath = typeof source === 'string' && !/^[a-z][a-z0-9+.-]+:/i.test(source);
  return {
    label: isText ? `${name} '${source}'` : name,
    bytes: isPath ? await readWholeFile(source) : await readSource(source, name, { signal: options.signal }),
  };
}
