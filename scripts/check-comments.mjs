/**
 * Comments wrap at 120 columns, which the formatter leaves to us.
 *
 *   node scripts/check-comments.mjs           fails where one is longer
 *   node scripts/check-comments.mjs --write   breaks it at a space (npm run format)
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const widest = 120;
const write = process.argv.includes('--write');

/** What a comment's line begins with, and what the next one of it would begin with; null for a line of code. */
function prefixOf(line) {
  const [opening] = /^\s*\/\*\*? /.exec(line) ?? [];
  if (opening) return { first: opening, next: `${/^\s*/.exec(line)[0]} * ` };
  const [inside] = /^\s*(\*|\/\/) +/.exec(line) ?? [];
  return inside ? { first: inside, next: inside } : null;
}

/** A long comment line as several; a word that is too long by itself (an address) stays. */
function wrap(line) {
  const prefix = prefixOf(line);
  if (!prefix || line.length <= widest) return [line];
  const closed = /^\s*\/\*\*? .*\*\/$/.test(line);
  const [start] = /^\s*/.exec(line);
  const lines = [];
  const isBlock = closed && prefix.first.trim() === '/**';
  let rest = line.slice(prefix.first.length).replace(isBlock ? /\s*\*\/$/ : /$^/, '');
  let current = isBlock ? prefix.next : prefix.first;
  if (isBlock) lines.push(`${start}/**`);
  while (current.length + rest.length > widest) {
    const at = rest.lastIndexOf(' ', widest - current.length);
    if (at <= 0) break;
    lines.push(current + rest.slice(0, at));
    rest = rest.slice(at + 1);
    current = prefix.next;
  }
  lines.push(current + rest);
  if (isBlock) lines.push(`${start} */`);
  return lines;
}

/**
 * Whether a line goes on with the sentence of the comment line before it, so that what is left of that may begin it.
 */
function goesOn(line, next) {
  return line?.startsWith(next) && /^[\p{L}\p{N}(`'"]/u.test(line.slice(next.length)) && !line.includes('*/');
}

/** All lines of a file, its comments wrapped. */
function wrapped(lines) {
  const result = [];
  const queue = [...lines];
  for (let i = 0; i < queue.length; i++) {
    const pieces = wrap(queue[i]);
    const prefix = prefixOf(queue[i]);
    if (pieces.length > 1 && prefix && pieces.at(-1)?.trim() !== '*/' && goesOn(queue[i + 1], prefix.next)) {
      queue[i + 1] = `${pieces.pop()} ${queue[i + 1].slice(prefix.next.length)}`;
    }
    result.push(...pieces);
  }
  return result;
}

const files = execFileSync('git', ['ls-files', '*.ts', '*.tsx', '*.mts', '*.js', '*.mjs'], {
  cwd: root,
  encoding: 'utf8',
});
let long = 0;
for (const file of files.trim().split('\n')) {
  const lines = readFileSync(join(root, file), 'utf8').split('\n');
  const here = lines.flatMap((line, i) => (wrap(line).length > 1 ? [i + 1] : []));
  if (here.length === 0) continue;
  long += here.length;
  if (write) writeFileSync(join(root, file), wrapped(lines).join('\n'));
  else for (const i of here) console.error(`${file}:${i}: a comment wider than ${widest} columns`);
}
console.log(`${long} comments wider than ${widest} columns${write ? ', wrapped' : ''}`);
process.exitCode = long > 0 && !write ? 1 : 0;
