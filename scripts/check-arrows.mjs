/**
 * The arrows of CONTRIBUTING.md: a package imports only what stands below it, never a sibling of its own level, never a
 * backend unless that is its job, nothing that its package.json does not name, and nothing of Node where it runs in
 * browsers: no text there begins with `node:`, so that a module's name held in a value is found, too.
 *
 *   node scripts/check-arrows.mjs
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));

/** From the ground up: each level may import all levels before it. */
const levels = [
  ['nn', 'wasm-gradients'],
  ['rendered-domain'],
  [
    'browser',
    'stylegan2',
    'matching',
    'latent-regularizer',
    'latent-predictor',
    'latent-optimization',
    'avatars',
    'cars',
  ],
  ['autodrag'],
  ['editor', 'evaluation'],
  ['cli'],
];
/** Applications: they start backends and may use Node. */
const applications = new Set(['cli', 'browser']);
const runsInNodeOnly = new Set(['cli']);
/** Run in browsers and in Node; what only Node can do is in their `src/node/`. */
const hasNodeFolder = new Set(['autodrag', 'matching']);
const backends = /^@tensorflow\/tfjs(-backend-.*|-node|-node-gpu)?$/;

const nameOf = (specifier) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
const isNode = (specifier) => specifier.startsWith('node:') || builtinModules.includes(nameOf(specifier));

/** Modules that a source file imports: `{ specifier, dynamic, typeOnly, line }`. */
function importsOf(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const found = [];
  const add = (node, specifier, kind) =>
    found.push({ specifier, ...kind, line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1 });
  const visit = (node) => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
      const typeOnly = ts.isExportDeclaration(node) ? node.isTypeOnly : (node.importClause?.isTypeOnly ?? false);
      add(node, node.moduleSpecifier.text, { dynamic: false, typeOnly });
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      if (ts.isStringLiteral(node.arguments[0])) add(node, node.arguments[0].text, { dynamic: true, typeOnly: false });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Lines with a text that names a module of Node. */
function linesNamingNode(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const lines = new Set();
  const visit = (node) => {
    const isText = ts.isStringLiteralLike(node) || ts.isTemplateHead(node);
    if (isText && node.text.startsWith('node:'))
      lines.add(source.getLineAndCharacterOfPosition(node.getStart()).line + 1);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return lines;
}

function* sources(folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (/\.tsx?$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name)) yield path;
  }
}

const errors = [];
const directories = readdirSync(join(root, 'packages')).filter((each) =>
  existsSync(join(root, 'packages', each, 'package.json')),
);
const ofOurs = new Map(
  directories.map((each) => [
    JSON.parse(readFileSync(join(root, 'packages', each, 'package.json'), 'utf8')).name,
    each,
  ]),
);
const levelOf = (directory) => levels.findIndex((level) => level.includes(directory));

for (const directory of directories) {
  const manifest = JSON.parse(readFileSync(join(root, 'packages', directory, 'package.json'), 'utf8'));
  const level = levelOf(directory);
  if (level < 0) {
    errors.push(
      `packages/${directory}: it stands on no level. Give it one in scripts/check-arrows.mjs and in CONTRIBUTING.md`,
    );
    continue;
  }
  const declared = new Set([
    ...Object.keys(manifest.dependencies ?? {}),
    ...Object.keys(manifest.peerDependencies ?? {}),
    ...Object.keys(manifest.optionalDependencies ?? {}),
    // an application may bundle what it does not ask its users to install
    ...(applications.has(directory) ? Object.keys(manifest.devDependencies ?? {}) : []),
  ]);
  const check = (where, specifier, { typeOnly = false } = {}) => {
    const name = nameOf(specifier);
    const other = ofOurs.get(name);
    if (name === manifest.name) errors.push(`${where}: imports itself by name: use a relative path`);
    else if (other !== undefined && levelOf(other) >= level)
      errors.push(`${where}: ${manifest.name} must not import ${name}`);
    else if (backends.test(name) && !typeOnly && !applications.has(directory))
      errors.push(`${where}: imports the backend ${name}: the application does that`);
  };
  for (const name of Object.keys(manifest.dependencies ?? {})) check(`packages/${directory}/package.json`, name);
  for (const file of sources(join(root, 'packages', directory, 'src'))) {
    const text = readFileSync(file, 'utf8');
    const mayKnowNode =
      runsInNodeOnly.has(directory) ||
      (hasNodeFolder.has(directory) && file.includes(join('packages', directory, 'src', 'node')));
    if (!mayKnowNode) {
      for (const line of linesNamingNode(file, text))
        errors.push(`${relative(root, file)}:${line}: names a module of Node: this package runs in browsers`);
    }
    for (const { specifier, dynamic, typeOnly, line } of importsOf(file, text)) {
      const where = `${relative(root, file)}:${line}`;
      if (specifier.startsWith('.')) {
        if (!/\.(js|mjs|json)$/.test(specifier)) errors.push(`${where}: '${specifier}': relative imports end in .js`);
        continue;
      }
      if (/^(base64|embedded|glue):/.test(specifier)) continue; // files that tsup.config.ts makes modules
      if (isNode(specifier)) {
        const found = mayKnowNode
          ? !runsInNodeOnly.has(directory) && !dynamic && !typeOnly
          : !specifier.startsWith('node:'); // that is found above
        if (found) errors.push(`${where}: imports ${specifier}: this package runs in browsers`);
        continue;
      }
      check(where, specifier, { typeOnly });
      if (!declared.has(nameOf(specifier)) && !typeOnly && nameOf(specifier) !== 'vitest')
        errors.push(`${where}: ${nameOf(specifier)} is not in the package's dependencies`);
    }
  }
}
for (const error of errors) console.error(error);
console.log(`${directories.length} packages, ${errors.length} imports against the arrows`);
process.exitCode = errors.length > 0 ? 1 : 0;
