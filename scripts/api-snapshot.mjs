/**
 * The public API of every package as text, in `api/<package>.txt`: each export of each entry with its type, as the
 * published declarations have it. A change of what users can import shows in the diff of these files, and nowhere by
 * accident.
 *
 *   node scripts/api-snapshot.mjs            fails where the built packages export something else than the snapshots
 *   say node scripts/api-snapshot.mjs --update   writes them anew (npm run api:update)
 *
 * Build the packages first: it reads their dist folders.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'api');

/** Published packages and the declarations of their entries: `[{ name, entries: [[subpath, file]] }]`. */
function packages() {
  return readdirSync(join(root, 'packages')).flatMap((directory) => {
    const file = join(root, 'packages', directory, 'package.json');
    if (!existsSync(file)) return [];
    const { name, exports = {}, private: hidden } = JSON.parse(readFileSync(file, 'utf8'));
    if (hidden) return [];
    const entries = Object.entries(exports).flatMap(([subpath, target]) => {
      const types = declarationOf(target);
      return types ? [[subpath, join(root, 'packages', directory, types)]] : [];
    });
    return [{ name, directory, entries }];
  });
}

/** The first `types` of an export, whatever conditions stand around it. */
function declarationOf(target) {
  if (typeof target !== 'object' || target === null) return undefined;
  if (typeof target.types === 'string') return target.types;
  for (const inner of Object.values(target)) {
    const found = declarationOf(inner);
    if (found) return found;
  }
  return undefined;
}

const formatFlags =
  ts.TypeFormatFlags.NoTruncation |
  ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope |
  ts.TypeFormatFlags.WriteArrowStyleSignature |
  ts.TypeFormatFlags.InTypeAlias;

/** Comments are no part of an API, white space neither. */
const printer = ts.createPrinter({ removeComments: true });
const flat = (text) => text.replace(/\s+/g, ' ').trim();

function describe(symbol, name, checker) {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const declarations = target.declarations ?? [];
  const printed = declarations.map((declaration) => {
    const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
    if (ts.isVariableDeclaration(declaration)) {
      return `const ${name}: ${checker.typeToString(checker.getTypeOfSymbol(target), undefined, formatFlags)}`;
    }
    const text = flat(printer.printNode(ts.EmitHint.Unspecified, statement, declaration.getSourceFile()));
    return text.replace(/^(export |declare |default )+/, '');
  });
  return printed.length > 0 ? printed.join('\n') : `${name}: ?`;
}

function snapshot({ name, entries }) {
  for (const [, file] of entries) {
    if (!existsSync(file)) throw new Error(`${name}: ${file} is not there. Build first: npm run build`);
  }
  const options = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    strict: true,
    skipLibCheck: true,
  };
  const program = ts.createProgram(
    entries.map(([, file]) => file),
    options,
  );
  const checker = program.getTypeChecker();
  const parts = entries.map(([subpath, file]) => {
    const symbol = checker.getSymbolAtLocation(program.getSourceFile(file));
    const exported = symbol ? checker.getExportsOfModule(symbol) : [];
    const lines = exported
      .map((each) => [each.getName(), describe(each, each.getName(), checker)])
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([exportName, text]) => `${exportName}\n${text.replace(/^/gm, '    ')}`);
    return `# ${subpath === '.' ? name : name + subpath.slice(1)}\n\n${lines.join('\n')}\n`;
  });
  return parts.join('\n');
}

const update = process.argv.includes('--update');
const changed = [];
const wanted = new Set();
if (update) mkdirSync(folder, { recursive: true });
for (const each of packages()) {
  if (each.entries.length === 0) continue;
  const file = join(folder, `${each.directory}.txt`);
  wanted.add(`${each.directory}.txt`);
  const text = snapshot(each);
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (text === before) continue;
  if (update) writeFileSync(file, text);
  const old = new Set(before.split('\n'));
  const now = new Set(text.split('\n'));
  changed.push(
    `${each.name}:`,
    ...before.split('\n').flatMap((line) => (now.has(line) ? [] : [`  - ${line.trim().slice(0, 200)}`])),
    ...text.split('\n').flatMap((line) => (old.has(line) ? [] : [`  + ${line.trim().slice(0, 200)}`])),
  );
}
for (const file of existsSync(folder) ? readdirSync(folder) : []) {
  if (wanted.has(file)) continue;
  changed.push(`${file}: there is no such package`);
  if (update) rmSync(join(folder, file));
}
if (changed.length > 0 && !update) {
  console.error(changed.join('\n'));
  console.error('\nThe public API is not what api/ says. If that is meant: npm run api:update, and a changeset.');
  process.exitCode = 1;
} else {
  console.log(
    `${wanted.size} packages${update ? `, ${changed.length === 0 ? 'nothing changed' : 'snapshots written'}` : ': the API is as the snapshots say'}`,
  );
}
