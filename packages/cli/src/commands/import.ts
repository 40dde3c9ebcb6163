import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { disposeParameters } from '@autodrag/nn';
import { numWs, saveStyleGan2 } from '@autodrag/stylegan2';
import { importStyleGan2 } from '@autodrag/stylegan2/import';
import { type Command, choiceOption, textOption, UsageError } from '../command.js';
import { useBackend } from '../node/backends.js';
import { FileError } from '../node/errors.js';
import { reason } from '../node/file-reason.js';
import { writeFileWhole } from '../node/write-file.js';
import { folderName } from '../output-names.js';
import { createProgress } from '../progress.js';

export const importCommand: Command = {
  name: 'import',
  summary: 'turn a StyleGAN2 checkpoint (.pkl, .pt) into a model folder',
  takesArguments: true,
  usage: 'MODEL.pkl -o DIR',
  details:
    "Reads NVIDIA's .pkl of StyleGAN2 (PyTorch and TensorFlow) and rosinality's .pt; nothing in the file is executed.\nWrites DIR/generator.safetensors and DIR/config.json, for --model DIR.",
  options: {
    out: { type: 'string', short: 'o', value: 'DIR', help: 'folder of the model' },
    dtype: { type: 'string', value: 'TYPE', help: 'float32 (default) or float16, half the size' },
  },
  examples: ['autodrag import ffhq.pkl -o ffhq/', 'autodrag sample --model ffhq/ --seed 7 -o face.png'],
  async run(context) {
    const { values, positionals, io, json, quiet } = context;
    const [path] = positionals;
    if (path === undefined || positionals.length !== 1) {
      throw new UsageError(
        `import: expected one checkpoint, got ${positionals.length}. autodrag import model.pkl -o model/`,
      );
    }
    const out = textOption(values, 'out');
    if (out === undefined)
      throw new UsageError("import: say where the model goes: --out DIR, '-o model/' for example.");
    folderName('import', out);
    const dtype = choiceOption(values, 'dtype', ['float32', 'float16'], 'float32');
    let file: FileHandle;
    try {
      file = await open(path);
      if ((await file.stat()).isDirectory()) {
        await file.close();
        throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
      }
    } catch (error) {
      throw new FileError(`read: '${path}' cannot be read: ${reason(error)}. Check the path.`, { cause: error });
    }
    const progress = createProgress(io, { quiet: quiet || json });
    try {
      await context.prepareFolder(out);
      await useBackend('cpu');
      const { kind, config, parameters, warnings } = await importStyleGan2(file, {
        signal: io.signal,
        onProgress: ({ phase, loaded, total }) => progress.update(loaded, total, phase),
      });
      progress.end();
      try {
        const files = [join(out, 'generator.safetensors'), join(out, 'config.json')] as const;
        await writeFileWhole(files[0], await saveStyleGan2(config, parameters, { dtype }));
        await writeFileWhole(files[1], `${JSON.stringify(config, null, 2)}\n`);
        if (json) {
          io.out(`${JSON.stringify({ kind, config, warnings, files })}\n`);
          return;
        }
        for (const warning of warnings) io.err(`note: ${warning}\n`);
        io.out(
          `${kind}: ${config.resolution} pixels, ${numWs(config)} layers of ${config.wDim} values\nwrote ${files.join(', ')}\n`,
        );
      } finally {
        disposeParameters(parameters);
      }
    } finally {
      progress.end();
      await file.close();
    }
  },
};
