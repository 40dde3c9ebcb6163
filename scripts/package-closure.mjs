import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Packages of a checkout, and all others of it that they install.
 *
 * @param root of the checkout
 * @param names of the packages to begin with
 * @returns their folders below `packages/`
 */
export function packageClosure(root, names) {
  const known = new Map();
  for (const folder of readdirSync(join(root, 'packages'))) {
    const manifest = JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8'));
    known.set(manifest.name, { folder, manifest });
  }
  const wanted = new Set();
  const visit = (name) => {
    if (!known.has(name) || wanted.has(name)) return;
    wanted.add(name);
    for (const each of Object.keys(known.get(name).manifest.dependencies ?? {})) visit(each);
  };
  for (const name of names) visit(name);
  return [...wanted].map((name) => known.get(name).folder);
}
