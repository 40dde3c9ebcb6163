import { join } from 'node:path';
import type { Autodrag } from '@autodrag/autodrag';
import { type Context, textOption } from '../command.js';
import { type BackendName, useBackend } from '../node/backends.js';
import { FileError } from '../node/errors.js';
import { isFile } from '../node/is-file.js';
import { loadAutodrag } from '../node/load-autodrag.js';

/** Starts the backend that `--backend` names and loads what `--model` names: the default avatars otherwise. */
export async function openModel({ values }: Context): Promise<{ autodrag: Autodrag; backend: BackendName }> {
  const folder = textOption(values, 'model');
  const files = folder === undefined ? {} : await modelFiles(folder);
  const backend = await useBackend(textOption(values, 'backend') ?? 'wasm');
  return { autodrag: await loadAutodrag(files), backend };
}

/**
 * The weight files of a folder. A generator has to be there; without a predictor the model can sample, not drag.
 *
 * @param where the option or the command, for messages
 * @throws FileError naming the folder
 */
export async function modelFiles(
  folder: string,
  where = '--model',
): Promise<{ generator: string; regularizer: string | null; predictor: string | null }> {
  const there = async (name: string) => {
    const path = join(folder, `${name}.safetensors`);
    return (await isFile(path)) ? path : null;
  };
  const generator = await there('generator');
  if (!generator) {
    throw new FileError(
      `${where}: '${folder}' holds no generator.safetensors. Give a folder that 'autodrag import' or 'autodrag train' wrote.`,
    );
  }
  return { generator, regularizer: await there('regularizer'), predictor: await there('predictor') };
}
