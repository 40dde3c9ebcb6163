/**
 * The code of every README and of docs/, compiled as a reader would paste it: with strict TypeScript, once as a bundler
 * resolves modules and once as Node does, and run in Node where the block says so.
 *
 *   node scripts/code-blocks.mjs          compiles all blocks
 *   node scripts/code-blocks.mjs --run    runs those that begin with ```ts run
 *
 * A block is a module of its own. One that begins with ```ts continued goes on where the one before it in the same file
 * ended. Build the packages first: types and code come from their dist folders.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const languages = { ts: 'mts', tsx: 'tsx', js: 'mjs', jsx: 'jsx' };

/** All blocks of a Markdown file: where each begins, what it continues, and its text. */
export function blocksOf(file, markdown) {
  const blocks = [];
  for (const match of markdown.matchAll(/^```(ts|tsx|js|jsx)\b([^\n]*)\n(.*?)^```$/gms)) {
    const line = markdown.slice(0, match.index).split('\n').length + 1;
    const words = match[2].trim().split(/\s+/);
    const before = words.includes('continued') ? blocks.at(-1) : undefined;
    if (words.includes('continued') && !before) throw new Error(`${file}:${line}: continues a block that is not there`);
    const text = before ? `${before.text}${match[3]}` : match[3];
    blocks.push({
      file,
      line: before ? before.line : line,
      extension: languages[match[1]],
      run: words.includes('run'),
      text,
    });
  }
  return blocks;
}

export function allBlocks() {
  const files = execFileSync('git', ['ls-files', '*.md'], { cwd: root, encoding: 'utf8' }).trim().split('\n');
  const read = files.filter((file) => !file.startsWith('.changeset/') && basename(file) !== 'CHANGELOG.md');
  return read.flatMap((file) => blocksOf(file, readFileSync(join(root, file), 'utf8')));
}

/** @returns one line for each error */
function compile(blocks, name, settings) {
  const texts = new Map();
  blocks.forEach((block, i) => {
    // beside its file, so that relative imports mean what they say
    const path = join(root, dirname(block.file), `code-block-${i}.${block.extension}`);
    texts.set(path, block);
  });
  const options = {
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowJs: true,
    checkJs: false,
    jsx: ts.JsxEmit.ReactJSX,
    moduleDetection: ts.ModuleDetectionKind.Force,
    types: ['node'],
    ...settings,
  };
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  host.readFile = (path) => texts.get(path)?.text ?? readFile.call(host, path);
  host.fileExists = (path) => texts.has(path) || fileExists.call(host, path);
  const getSourceFile = host.getSourceFile;
  host.getSourceFile = (path, version, ...rest) =>
    texts.has(path)
      ? ts.createSourceFile(path, texts.get(path).text, version, true)
      : getSourceFile.call(host, path, version, ...rest);
  const program = ts.createProgram([...texts.keys()], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const message = ts.flattenDiagnosticMessageText(messageText, ' ');
    const block = file && texts.get(file.fileName);
    if (!block) return `${name}: ${message}`;
    const { line } = file.getLineAndCharacterOfPosition(start ?? 0);
    return `${block.file}:${block.line} (line ${line + 1} of the block, ${name}): ${message}`;
  });
}

function run(blocks) {
  const folder = join(root, 'node_modules', '.cache', 'code-blocks');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const failed = [];
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  blocks.forEach((block, i) => {
    const path = join(folder, `${i}.mjs`);
    writeFileSync(path, ts.transpileModule(block.text, { compilerOptions }).outputText);
    const cwd = join(folder, String(i));
    mkdirSync(cwd);
    try {
      execFileSync(process.execPath, [path], { cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout: 300_000 });
      console.log(`ran ${block.file}:${block.line}`);
    } catch (error) {
      failed.push(
        `${block.file}:${block.line}: ${String(error.stderr ?? error)
          .trim()
          .split('\n')
          .slice(-12)
          .join('\n')}`,
      );
    }
  });
  return failed;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const blocks = allBlocks();
  const errors = process.argv.includes('--run')
    ? run(blocks.filter((block) => block.run))
    : [
        ...compile(blocks, 'bundler', {
          module: ts.ModuleKind.ESNext,
          moduleResolution: ts.ModuleResolutionKind.Bundler,
        }),
        ...compile(blocks, 'nodenext', {
          module: ts.ModuleKind.NodeNext,
          moduleResolution: ts.ModuleResolutionKind.NodeNext,
        }),
      ];
  for (const error of errors) console.error(error);
  console.log(`${blocks.length} blocks of code, ${errors.length} errors`);
  process.exitCode = errors.length > 0 ? 1 : 0;
}
