import type { ModelSource } from '../session/editor-session.js';

/** Which file is which: by its name, else the only one is the generator. @throws Error where there is no generator */
export function modelOfFiles(files: readonly File[]): ModelSource {
  const named = (word: string) => files.find(({ name }) => name.toLowerCase().includes(word));
  const [regularizer, predictor] = [named('regularizer'), named('predictor')];
  const generator = named('generator') ?? files.find((file) => file !== regularizer && file !== predictor);
  if (!generator) throw new Error('A model needs a generator: a .safetensors, .pkl or .pt file.');
  return { name: generator.name, generator, regularizer, predictor };
}
