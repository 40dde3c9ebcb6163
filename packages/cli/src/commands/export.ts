import { extname, join } from 'node:path';
import { defaultWeights } from '@autodrag/avatars';
import { disposeParameters, quote } from '@autodrag/nn';
import { loadStyleGan2, numWs } from '@autodrag/stylegan2';
import { exportOnnx } from '@autodrag/stylegan2/export';
import {
  type Command,
  type Context,
  choiceOption,
  modelOptions,
  numberOption,
  textOption,
  UsageError,
} from '../command.js';
import { useBackend } from '../node/backends.js';
import { readWholeFile } from '../node/read-file.js';
import { readSource } from '../node/read-source.js';
import { writeFileWhole } from '../node/write-file.js';
import { modelFiles } from './open-model.js';

export const exportCommand: Command = {
  name: 'export',
  summary: 'write the generator for other programs (ONNX)',
  usage: '[--model DIR] -o FILE.onnx',
  details:
    'The synthesis network, from ws [batch, layers, w] to image [batch, channels, height, width] in -1 to 1, channels\nfirst, for any runtime that reads ONNX (opset 13). With --mapping the input is z (and c, for a conditional generator),\nand ws is an output, too.',
  options: {
    format: { type: 'string', value: 'NAME', choices: ['onnx'], help: 'onnx, the only one' },
    out: { type: 'string', short: 'o', value: 'FILE', help: 'generator.onnx by default' },
    mapping: { type: 'boolean', help: 'with the mapping network: z instead of ws goes in' },
    psi: { type: 'string', value: 'P', help: 'truncation, with --mapping; 1 (none) by default' },
    batch: { type: 'string', value: 'N', help: 'pictures at once; 1 by default' },
    noise: {
      type: 'string',
      value: 'KIND',
      choices: ['const', 'none'],
      help: 'const (default), the maps of the checkpoint, or none',
    },
    features: { type: 'string', value: 'LIST', help: 'heights of blocks whose features come out, too: 64,128' },
    dtype: {
      type: 'string',
      value: 'TYPE',
      choices: ['float32', 'float16'],
      help: 'float32 (default) or float16, half the size',
    },
    ...modelOptions,
  },
  examples: [
    'autodrag export -o avatars.onnx',
    'autodrag export --model ffhq/ --mapping --psi 0.7 -o ffhq.onnx',
    'autodrag export --model ffhq/ --features 128 --dtype float16 -o ffhq.onnx',
  ],
  async run(context) {
    const { values, io, json } = context;
    const out = onnxName(textOption(values, 'out') ?? 'generator.onnx');
    const mapping = values.mapping === true;
    const psi = numberOption(values, 'psi', 1, { min: -2, max: 2 });
    if (!mapping && values.psi !== undefined) {
      throw new UsageError('--psi: truncation is part of the mapping network: add --mapping.');
    }
    const options = {
      mapping,
      truncationPsi: psi,
      batch: numberOption(values, 'batch', 1, { min: 1, max: 1024, integer: true }),
      noise: choiceOption(values, 'noise', ['const', 'none'], 'const'),
      features: heights(textOption(values, 'features')),
      dtype: choiceOption(values, 'dtype', ['float32', 'float16'], 'float32'),
    };
    await context.prepareFolder(join(out, '..'));
    await useBackend('cpu');
    const { config, parameters } = await loadStyleGan2(await generatorBytes(context));
    try {
      const file = await exportOnnx(config, parameters, options);
      await writeFileWhole(out, file);
      if (json) {
        io.out(`${JSON.stringify({ format: 'onnx', file: out, bytes: file.length, ...options, config })}\n`);
        return;
      }
      const input = mapping
        ? `z [${options.batch}, ${config.zDim}]`
        : `ws [${options.batch}, ${numWs(config)}, ${config.wDim}]`;
      io.out(
        `${input} to image, ${config.resolution} pixels high\nwrote ${out} (${(file.length / 1e6).toFixed(1)} MB)\n`,
      );
    } finally {
      disposeParameters(parameters);
    }
  },
};

async function generatorBytes({ values }: Context): Promise<Uint8Array> {
  const folder = textOption(values, 'model');
  if (folder === undefined) return readSource(defaultWeights.generator, 'generator');
  return readWholeFile((await modelFiles(folder)).generator);
}

/** @throws UsageError for any other name: what is inside should be seen from outside */
function onnxName(out: string): string {
  if (extname(out).toLowerCase() === '.onnx') return out;
  throw new UsageError(`export: --out: expected a name that ends in .onnx, got ${quote(out)}.`);
}

/** Reads `64,128`. */
function heights(list: string | undefined): number[] {
  if (list === undefined) return [];
  const numbers = list.split(',').map((text) => (/^\s*\d+\s*$/.test(text) ? Number(text) : Number.NaN));
  if (numbers.every(Number.isSafeInteger)) return numbers;
  throw new UsageError(`--features: expected heights of blocks such as 64,128, got ${quote(list)}.`);
}
