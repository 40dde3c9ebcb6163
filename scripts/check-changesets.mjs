/**
 * Where the source of a published package changed, users want a line in its changelog: fails where no changeset names
 * the package.
 *
 *   node scripts/check-changesets.mjs                 changes since the version that is published (its tag), against
 *   the changesets that are pending node scripts/check-changesets.mjs --since main    changes since then, against the
 *   changesets added since then (for a branch)
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const git = (...words) => execFileSync('git', words, { cwd: root, encoding: 'utf8' }).trim();
const since = process.argv.includes('--since') ? process.argv[process.argv.indexOf('--since') + 1] : undefined;

/** Names of the packages that a changeset's head lists. */
function namesIn(text) {
  const head = /^---\n(.*?)^---/ms.exec(text)?.[1] ?? '';
  return [...head.matchAll(/^["']?([^"':]+(?:\/[^"':]+)?)["']?\s*:\s*(?:major|minor|patch)/gm)].map(([, name]) => name);
}

const pending = readdirSync(join(root, '.changeset')).filter((file) => file.endsWith('.md') && file !== 'README.md');
const added = since
  ? new Set(
      git('diff', '--name-only', '--diff-filter=A', since, '--', '.changeset')
        .split('\n')
        .map((path) => path.slice(11)),
    )
  : null;
const named = new Set(
  pending
    .filter((file) => !added || added.has(file))
    .flatMap((file) => namesIn(readFileSync(join(root, '.changeset', file), 'utf8'))),
);

const missing = [];
for (const directory of readdirSync(join(root, 'packages'))) {
  const manifest = join(root, 'packages', directory, 'package.json');
  if (!existsSync(manifest)) continue;
  const { name, version, private: hidden } = JSON.parse(readFileSync(manifest, 'utf8'));
  if (hidden || named.has(name)) continue;
  const tag = `${name}@${version}`;
  const base = since ?? (git('tag', '--list', tag) || undefined);
  const source = [`packages/${directory}/src`, `:!packages/${directory}/src/**/*.test.ts`];
  // A package that was never released has changed.
  if (!base || git('log', '-1', '--format=%h', `${base}..HEAD`, '--', ...source) !== '') missing.push(name);
}
for (const name of missing)
  console.error(`${name}: its source changed, and no changeset names it. Write one: npx changeset`);
if (missing.length === 0) console.log('every package that changed has a changeset');
process.exitCode = missing.length > 0 ? 1 : 0;
