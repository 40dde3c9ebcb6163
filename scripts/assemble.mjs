// Compiles a package's assembly/*.ts to WebAssembly and writes it, as text, into its sources, where it is committed:
// whoever builds the package needs no compiler, and a test of the package says if the two differ.
// node scripts/assemble.mjs (in the package's folder)
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import asc from 'assemblyscript/asc';

const root = new URL('../', import.meta.url);

/** By package: what is compiled, and the module that it becomes. */
const modules = {
  nn: ['assembly/host.ts', 'src/host/module.ts'],
  'wasm-gradients': ['assembly/styled-convolution.ts', 'src/styled/module.ts'],
};

async function compile(source, features) {
  const written = new Map();
  const { error, stderr } = await asc.main(
    [
      ...[source, '--outFile', 'out.wasm', '-O3', '--noAssert', '--runtime', 'stub'],
      ...['--importMemory', '--noExportMemory', '--disableWarning', 'AS201'],
      ...features.flatMap((name) => ['--enable', name]),
    ],
    {
      readFile: (name) => {
        const file = new URL(name.replaceAll('\\', '/'), root);
        return existsSync(file) ? readFileSync(file, 'utf8') : null;
      },
      writeFile: (name, contents) => void written.set(name, contents),
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`${error.message}\n${stderr}`);
  return Buffer.from(written.get('out.wasm')).toString('base64');
}

/** The file of a package, and how it should be. */
export async function assemble(name) {
  const [from, to] = modules[name];
  const source = `packages/${name}/${from}`;
  const [simd, relaxed] = [await compile(source, ['simd']), await compile(source, ['simd', 'relaxed-simd'])];
  const text = `// Made by scripts/assemble.mjs from ${from}. Do not edit.

/** WebAssembly in base64: with SIMD, and with the fused multiply-add of relaxed SIMD, too. */
export const modules = {
  simd: '${simd}',
  relaxed: '${relaxed}',
} as const;
`;
  return { file: fileURLToPath(new URL(`packages/${name}/${to}`, root)), text };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const name = process.cwd().split(/[\\/]/).at(-1);
  if (!Object.hasOwn(modules, name)) throw new Error(`assemble: run it in one of ${Object.keys(modules).join(', ')}`);
  const { file, text } = await assemble(name);
  writeFileSync(file, text);
}
