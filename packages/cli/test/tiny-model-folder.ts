import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { saveLatentPredictor } from '@autodrag/latent-predictor';
import { saveLatentRegularizer } from '@autodrag/latent-regularizer';
import { saveStyleGan2 } from '@autodrag/stylegan2';
import { type TinyOptions, tinyModels } from '../../autodrag/test/tiny-models.js';

/** Writes tiny random models as `autodrag train` would, for `--model`. */
export async function writeTinyModel(folder: string, options: TinyOptions = {}): Promise<void> {
  const { generator, regularizer, predictor } = tinyModels(options);
  await mkdir(folder, { recursive: true });
  const write = async (name: string, bytes: Uint8Array) => writeFile(join(folder, `${name}.safetensors`), bytes);
  await write('generator', await saveStyleGan2(generator.config, generator.parameters, { dtype: 'float16' }));
  await write(
    'regularizer',
    await saveLatentRegularizer(regularizer.config, regularizer.parameters, { dtype: 'float16' }),
  );
  await write('predictor', await saveLatentPredictor(predictor.config, predictor.parameters, { dtype: 'float16' }));
  for (const model of [generator, regularizer, predictor]) model.dispose();
}
