// npm run fuzz -w @autodrag/stylegan2 -- --files 100000 [--seed 1]
// Opens so many damaged and hostile checkpoints; the same seed makes the same files.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { files: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
});
const { status } = spawnSync('npx', ['vitest', 'run', 'test/import/fuzz.test.ts'], {
  cwd: fileURLToPath(new URL('../../', import.meta.url)),
  env: { ...process.env, AUTODRAG_FUZZ_FILES: values.files, AUTODRAG_FUZZ_SEED: values.seed },
  stdio: 'inherit',
  shell: process.platform === 'win32',
});
process.exit(status ?? 1);
