import { join } from 'node:path';
import type { Picture } from '@autodrag/autodrag';
import {
  backendOption,
  type Command,
  choiceOption,
  modelOptions,
  numberOption,
  padOption,
  textOption,
  UsageError,
} from '../command.js';
import { encodePicture, encodePng, encodeSheet, pictureFormat } from '../node/images.js';
import { writeFileWhole } from '../node/write-file.js';
import { namesPicture } from '../output-names.js';
import { createProgress } from '../progress.js';
import { openModel } from './open-model.js';

export const sampleCommand: Command = {
  name: 'sample',
  summary: 'draw pictures by their seeds',
  usage: '[--seed N | --seeds A-B] -o FILE|DIR',
  details:
    "A seed gives the picture that NVIDIA's and DragGAN's Python tools give for it. An output that ends in .png, .jpg or\n.webp is one picture (several seeds: a sheet); anything else is a folder with one PNG a seed.",
  options: {
    seed: { type: 'string', short: 's', value: 'N', help: 'a whole number from 0 to 4294967295; 0 by default' },
    seeds: { type: 'string', value: 'LIST', help: 'several: 0-15 or 3,7,20-22' },
    out: { type: 'string', short: 'o', value: 'PATH', help: 'sample.png by default' },
    psi: { type: 'string', value: 'P', help: 'truncation: 1 is full variety, 0 the mean picture; 0.7 by default' },
    label: { type: 'string', value: 'K', help: 'class of a conditional generator, from 0' },
    scale: { type: 'string', value: 'S', help: 'enlarge S times; 1 by default' },
    ...padOption,
    ...modelOptions,
    ...backendOption,
  },
  examples: [
    'autodrag sample --seed 7 -o face.png',
    'autodrag sample --seeds 0-15 --scale 2 -o faces.jpg',
    'autodrag sample --seeds 0-99 -o faces/',
  ],
  async run(context) {
    const { values, io, json, quiet } = context;
    const seeds = parseSeeds(textOption(values, 'seeds') ?? textOption(values, 'seed') ?? '0');
    const truncationPsi = numberOption(values, 'psi', 0.7, { min: -2, max: 2 });
    const label = numberOption(values, 'label', undefined, { min: 0, integer: true });
    const scale = numberOption(values, 'scale', 1, { min: 1, max: 16 });
    const pad = choiceOption(values, 'pad', ['square', 'none'], 'square');
    const out = textOption(values, 'out') ?? 'sample.png';
    const single = namesPicture('sample', out);
    await context.prepareFolder(single ? join(out, '..') : out);
    const { autodrag } = await openModel(context);
    const progress = createProgress(io, { quiet: quiet || seeds.length === 1 });
    const pictures: Picture[] = [];
    const files: string[] = [];
    try {
      for (const seed of seeds) {
        io.signal.throwIfAborted();
        const session = await autodrag.sample(seed, { truncationPsi, label });
        if (single) pictures.push(session.image);
        else {
          const file = join(out, `seed${String(seed).padStart(4, '0')}.png`);
          await writeFileWhole(file, await encodePng(session.image, { scale, pad }));
          files.push(file);
        }
        session.dispose();
        progress.update(pictures.length + files.length, seeds.length);
      }
    } finally {
      progress.end();
      autodrag.dispose();
    }
    if (single) {
      const [first] = pictures;
      await writeFileWhole(
        out,
        pictures.length === 1 && first
          ? await encodePicture(first, out, { scale, pad })
          : await encodeSheet(pictures, { scale, pad, format: pictureFormat(out) }),
      );
      files.push(out);
    }
    if (json) io.out(`${JSON.stringify({ seeds, truncationPsi, files })}\n`);
    else io.out(`wrote ${files.length > 3 ? `${files.length} pictures into ${out}` : files.join(', ')}\n`);
  },
};

/**
 * Reads `7`, `0-15` and `3,7,20-22`.
 *
 * @throws UsageError
 */
export function parseSeeds(text: string): number[] {
  const seeds: number[] = [];
  for (const part of text.split(',')) {
    const [, from, to] = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part) ?? [];
    const first = Number(from);
    const last = to === undefined ? first : Number(to);
    if (from === undefined || !(last >= first) || last > 0xffffffff) {
      throw new UsageError(
        `--seed: expected a whole number from 0 to 4294967295, got '${text}'. Several go by --seeds 0-15 or --seeds 3,7,20.`,
      );
    }
    if (last - first + seeds.length >= 10_000)
      throw new UsageError(`--seeds: expected at most 10000 seeds, got '${text}'.`);
    for (let seed = first; seed <= last; seed++) seeds.push(seed);
  }
  return seeds;
}
