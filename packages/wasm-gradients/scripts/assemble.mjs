// Compiles assembly/*.ts to WebAssembly and writes it, as text, into src/styled/module.ts, which is committed: whoever
// builds the package needs no compiler, and a test says if the two differ. npm run assemble -w @autodrag/wasm-gradients
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const source = new URL('../assembly/styled-convolution.ts', import.meta.url);
const target = new URL('../src/styled/module.ts', import.meta.url);

async function compile(features) {
  const text = readFileSync(source, 'utf8');
  const written = new Map();
  const { error, stderr } = await asc.main(
    [
      ...['styled-convolution.ts', '--outFile', 'out.wasm', '-O3', '--noAssert', '--runtime', 'stub'],
      ...['--importMemory', '--noExportMemory', '--disableWarning', 'AS201'],
      ...features.flatMap((name) => ['--enable', name]),
    ],
    {
      readFile: (name) => (name === 'styled-convolution.ts' ? text : null),
      writeFile: (name, contents) => void written.set(name, contents),
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`${error.message}\n${stderr}`);
  return Buffer.from(written.get('out.wasm')).toString('base64');
}

/** The file as it should be. */
export async function assemble() {
  const [simd, relaxed] = [await compile(['simd']), await compile(['simd', 'relaxed-simd'])];
  return `// Made by scripts/assemble.mjs from assembly/styled-convolution.ts. Do not edit.

/** WebAssembly in base64: with SIMD, and with the fused multiply-add of relaxed SIMD, too. */
export const modules = {
  simd: '${simd}',
  relaxed: '${relaxed}',
} as const;
`;
}

export const file = fileURLToPath(target);
if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(target, await assemble());
