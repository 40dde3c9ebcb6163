/**
 * Every relative link of every Markdown file leads to a file or folder that is there, and each `#part` to a heading of
 * it.
 *
 *   node scripts/check-links.mjs
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: root,
  encoding: 'utf8',
})
  .trim()
  .split('\n')
  .filter((file) => existsSync(join(root, file)));

/** Headings as addresses, the way GitHub writes them. */
function anchors(file) {
  const headings = readFileSync(file, 'utf8').replace(/^```[\s\S]*?^```/gm, '');
  return new Set(
    [...headings.matchAll(/^#+ (.+)$/gm)].map(([, text]) =>
      text
        .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replace(/ /g, '-'),
    ),
  );
}

let links = 0;
const broken = [];
for (const file of files) {
  const text = readFileSync(join(root, file), 'utf8').replace(/^```[\s\S]*?^```/gm, '');
  for (const [, link] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/i.test(link)) continue;
    links += 1;
    const [path, part] = link.split('#');
    const target = path ? resolve(root, dirname(file), decodeURIComponent(path)) : join(root, file);
    if (!existsSync(target)) broken.push(`${file}: ${link}: there is no such file`);
    else if (part && target.endsWith('.md') && !anchors(target).has(decodeURIComponent(part)))
      broken.push(`${file}: ${link}: there is no such heading`);
  }
}
for (const line of broken) console.error(line);
console.log(`${links} links in ${files.length} files, ${broken.length} broken`);
process.exitCode = broken.length > 0 ? 1 : 0;
