import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AutodragError } from '@autodrag/nn';
import { describe, expect, it } from 'vitest';
import { allowedGlobals, CheckpointError, type CheckpointInput, openCheckpoint } from '../../src/import/index.js';

const file = (name: string) =>
  new Uint8Array(readFileSync(fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url))));
const text = (content: string) => new TextEncoder().encode(content);

async function refusal(input: CheckpointInput): Promise<CheckpointError> {
  const error = await openCheckpoint(input).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CheckpointError)) throw new Error(`expected a CheckpointError, got ${String(error)}`);
  return error;
}

/** Replaces the first occurrence of an ASCII text by another of the same length. */
function replaced(bytes: Uint8Array, from: string, to: string): Uint8Array {
  expect(to.length).toBe(from.length);
  const at = Buffer.from(bytes).indexOf(from, 0, 'latin1');
  expect(at).toBeGreaterThan(0);
  const copy = bytes.slice();
  copy.set(text(to), at);
  return copy;
}

describe('openCheckpoint: refusals', () => {
  it.each([
    ['stylegan3.pkl', /StyleGAN3\. StyleGAN3 has another architecture/],
    ['stylegan-xl.pkl', /found StyleGAN-XL/],
    ['stylegan-xl-superres.pkl', /found StyleGAN-XL/],
  ])('%s is refused by name', async (name, message) => {
    const error = await refusal(file(name));
    expect(error.code).toBe('CHECKPOINT_UNSUPPORTED');
    expect(error.message).toMatch(message);
  });

  it('never looks up a global outside the closed list', async () => {
    const error = await refusal(file('runs-a-program.pkl'));
    expect(error).toBeInstanceOf(AutodragError);
    expect(error.name).toBe('CheckpointError');
    expect(error.code).toBe('CHECKPOINT_FORBIDDEN_GLOBAL');
    expect(error.found).toBe("'posix.system'");
    expect(error.offset).toBe(38);
    expect(error.message).toBe(
      "importStyleGan2: the pickle names a global outside the closed list, found 'posix.system' (at byte 38). " +
        'It was not looked up or run. Save {"G_ema": G_ema} alone with the original program, and import that file.',
    );
  });

  it('has a closed list without anything that runs', () => {
    for (const name of allowedGlobals()) {
      expect(name).not.toMatch(/eval|exec|system|getattr|import|open|apply|load(?!_from_bytes)/);
    }
    expect(allowedGlobals()).toContain('torch._utils._rebuild_tensor_v2');
  });

  it.each([
    ['a web page', text('<!DOCTYPE html><html><title>Quota exceeded'), 'CHECKPOINT_UNSUPPORTED'],
    ['a Git LFS pointer', text('version https://git-lfs.github.com/spec/v1\noid sha256:0'), 'CHECKPOINT_UNSUPPORTED'],
    ['a gzip archive', Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0), 'CHECKPOINT_UNSUPPORTED'],
    ['an HDF5 file', Uint8Array.of(0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10), 'CHECKPOINT_UNSUPPORTED'],
    ['JSON', text('{"modelTopology": {}}'), 'CHECKPOINT_UNSUPPORTED'],
    ['the first bytes 00 01 02', Uint8Array.of(0, 1, 2), 'CHECKPOINT_UNRECOGNISED'],
  ])('%s is told from a checkpoint', async (what, bytes, code) => {
    const error = await refusal(bytes);
    expect(error.code).toBe(code);
    expect(error.message).toContain(what);
  });

  it('says when a file is cut short, and where', async () => {
    const whole = file('ada-protocol-4.pkl');
    const error = await refusal(whole.subarray(0, whole.length - 5000));
    expect(error.code).toBe('CHECKPOINT_TRUNCATED');
    expect(error.message).toMatch(/at byte \d+\)\. The download was probably cut short/);
    expect((await refusal(file('rosinality-training.pt').subarray(0, 9000))).code).toBe('CHECKPOINT_TRUNCATED');
    expect((await refusal(new Uint8Array(0))).message).toContain('the file is empty');
  });

  it('names the tensor that is missing, superfluous or of another shape', async () => {
    const bytes = file('ada-protocol-4.pkl');
    // The names of parameters are written once and recalled after that: changing one renames all of its kind.
    const missing = await refusal(replaced(bytes, 'noise_strength', 'noise_strengtH'));
    expect(missing.code).toBe('CHECKPOINT_TENSOR');
    expect(missing.message).toContain("found 'synthesis.b4.conv1.noise_strengtH'");
    const renamed = await refusal(replaced(bytes, 'w_avg', 'w_avh'));
    expect(renamed.message).toContain("'mapping.w_avh'");
    const gone = await refusal(replaced(bytes, '\u0005const', '\u0005consT'));
    expect(gone.message).toBe(
      'importStyleGan2: the checkpoint has the tensor synthesis.b4.const, found none. ' +
        'The file is incomplete or of a changed architecture.',
    );
  });

  it('reads only what is implemented', async () => {
    const bytes = file('ada-protocol-4.pkl');
    expect((await refusal(replaced(bytes, '\u0005lrelu', '\u0005swish'))).message).toMatch(
      /mapping\.fc0|synthesis\.b4\.conv1/,
    );
    expect((await refusal(replaced(bytes, 'Generator', 'Generatox'))).message).toContain("'Generatox (");
    expect((await refusal(replaced(bytes, 'G_ema', 'G_emb'))).message).toContain("the keys 'training_set_kwargs', 'G'");
  });

  it('stops at the signal', async () => {
    const controller = new AbortController();
    const promise = openCheckpoint(file('ada-protocol-4.pkl'), {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(promise).rejects.toMatchObject({ code: 'CHECKPOINT_ABORTED' });
  });

  it('wraps what a source throws, and says how to open a file', async () => {
    const source = { size: 100, read: () => Promise.reject(new Error('the disk is gone')) };
    expect((await refusal(source)).message).toContain('the disk is gone');
    const path = await refusal('/home/me/ffhq.pkl');
    expect(path.code).toBe('CHECKPOINT_SOURCE');
    expect(path.message).toContain('importStyleGan2(await open(path))');
    expect((await refusal(7 as unknown as Uint8Array)).message).toContain('found number');
    const response = await refusal(new Response('no', { status: 404 }));
    expect(response.message).toContain('status 404');
  });
});
