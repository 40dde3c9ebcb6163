import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Manifest, openReference, type Reference } from './reference.js';

export { largestDifference } from './reference.js';

/** A folder of reference data. */
export function readFixture(name: string): Reference {
  const folder = fileURLToPath(new URL(`./fixtures/${name}/`, import.meta.url));
  const manifest = JSON.parse(readFileSync(`${folder}manifest.json`, 'utf8')) as Manifest;
  return openReference(manifest, (file) => new Uint8Array(readFileSync(folder + file)));
}
