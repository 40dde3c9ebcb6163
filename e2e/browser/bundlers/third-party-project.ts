import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** A project in a temporary folder. */
export type Project = { readonly folder: string; remove(): void };

/**
 * A third party's project: packages of this repository copied into its node_modules as they would be published
 * (bundlers treat linked ones differently), everything else linked.
 *
 * @param packages of this repository, by the names of their folders, with what they depend on
 * @param files name to content
 */
export function thirdPartyProject(packages: readonly string[], files: Record<string, string>): Project {
  const folder = mkdtempSync(join(tmpdir(), 'autodrag-bundle-'));
  const modules = join(folder, 'node_modules');
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name.startsWith('.') || name === '@autodrag' || name === 'autodrag') continue;
    mkdirSync(modules, { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  for (const name of packages) {
    const target = join(modules, '@autodrag', name);
    mkdirSync(target, { recursive: true });
    for (const part of ['dist', 'package.json']) {
      cpSync(join(root, 'packages', name, part), join(target, part), { recursive: true });
    }
  }
  writeFileSync(join(folder, 'package.json'), '{ "name": "third-party", "private": true, "type": "module" }');
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }) };
}
