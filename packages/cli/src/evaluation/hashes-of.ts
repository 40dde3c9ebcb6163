import { defaultWeights } from '@autodrag/avatars';
import { modelFiles } from '../commands/open-model.js';
import { readWholeFile } from '../node/read-file.js';
import { readSource } from '../node/read-source.js';
import { hashOf } from './records-file.js';

/** Hashes of the weights in a folder, or of the default ones, by the model's name. */
export async function hashesOf(folder: string | undefined): Promise<Record<string, string>> {
  const files: Record<string, string | URL | null> =
    folder === undefined ? { ...defaultWeights } : await modelFiles(folder);
  const found: [string, string][] = [];
  for (const [name, file] of Object.entries(files)) {
    if (file === null) continue;
    const bytes = file instanceof URL ? await readSource(file, name) : await readWholeFile(file);
    found.push([name, hashOf(bytes)]);
  }
  return Object.fromEntries(found);
}
