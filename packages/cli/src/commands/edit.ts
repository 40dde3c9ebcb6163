import { join } from 'node:path';
import type { Picture } from '@autodrag/autodrag';
import {
  type DragPoint,
  displayOf,
  formatPoint,
  loadLatent,
  type Point,
  saveLatent,
  tweenCodes,
} from '@autodrag/autodrag';
import {
  backendOption,
  type Command,
  type Context,
  choiceOption,
  modelOptions,
  numberOption,
  padOption,
  textOption,
  textOptions,
  UsageError,
} from '../command.js';
import { registerGradients } from '../node/backends.js';
import { decodeImage, encodeAnimation, encodePng, encodePngWithPoints } from '../node/images.js';
import { readWholeFile } from '../node/read-file.js';
import { writeFileWhole } from '../node/write-file.js';
import { folderName } from '../output-names.js';
import { parseAnchor, parseDrag } from '../points-syntax.js';
import { createProgress, formatDuration } from '../progress.js';
import { openModel } from './open-model.js';
import { parseSeeds } from './sample.js';

export const editCommand: Command = {
  name: 'edit',
  summary: 'drag points of a picture, and write before, after and the motion',
  usage: '--seed N --drag X,Y:X,Y [--drag …] [--anchor X,Y …] -o DIR',
  details:
    "Points are pixels of the picture: x to the right, y down, 0,0 at the top left. A picture that is not square is\nwritten in a white square (--pad none: as it is), which does not count: 0,0 is the picture's own corner. Writes into\nDIR: before.png and after.png with the points drawn (red: handle, blue: target, ring: where the handle ended),\nplain.png, motion.gif, and latent.safetensors, from which --from goes on with another drag.",
  options: {
    seed: { type: 'string', short: 's', value: 'N', help: 'the picture to begin with; 0 by default' },
    from: { type: 'string', value: 'FILE', help: 'begin with the latent.safetensors of an earlier edit instead' },
    drag: {
      type: 'string',
      short: 'd',
      multiple: true,
      value: 'X,Y:X,Y',
      help: 'handle and target; several move at once',
    },
    anchor: { type: 'string', short: 'a', multiple: true, value: 'X,Y', help: 'a point that should stay' },
    points: {
      type: 'string',
      value: 'FILE',
      help: 'JSON: {"points": [{"handle": {"x", "y"}, "target": …}], "anchors": […]}',
    },
    example: {
      type: 'boolean',
      help: 'without --drag: turn the head of seed 7 by its mouth; also what edit alone does',
    },
    calls: { type: 'string', value: 'N', help: 'at most so many calls of the predictor; 4 by default' },
    refine: {
      type: 'boolean',
      help: 'after the predictor, bring the handles home and hold anchors and mask by a few steps of optimisation',
    },
    mask: {
      type: 'string',
      value: 'FILE',
      help: 'a picture of the same size: what is white may change, what is black must stay',
    },
    method: {
      type: 'string',
      value: 'NAME',
      help: 'predictor (default), or draggan or freedrag: optimisations, slow, for models without a predictor',
    },
    steps: { type: 'string', value: 'N', help: 'of an optimisation, at most; 300 by default (with --refine: 8)' },
    psi: { type: 'string', value: 'P', help: 'truncation of the seed; 0.7 by default' },
    label: { type: 'string', value: 'K', help: 'class of a conditional generator, from 0' },
    out: { type: 'string', short: 'o', value: 'DIR', help: 'out by default' },
    format: { type: 'string', value: 'KIND', help: 'of the motion: gif (default), webp, both or none' },
    scale: { type: 'string', value: 'S', help: 'enlarge pictures S times; to about 512 pixels by default' },
    ...padOption,
    ...modelOptions,
    ...backendOption,
  },
  examples: [
    'autodrag edit                       # an example',
    'autodrag edit --seed 7 --drag 77,79:67,84 -o turned/',
    'autodrag edit --from turned/latent.safetensors --drag 50,50:56,50 --anchor 67,84 -o wider/',
    'autodrag edit --seed 7 --drag 77,79:67,84 --refine --mask face.png -o refined/',
    'autodrag edit --seed 7 --drag 77,79:67,84 --method draggan --backend node -o slow/',
    'autodrag edit --seed 7 --points points.json --calls 1 --json',
  ],
  async run(context) {
    const { values, io, json, quiet } = context;
    const example = values.example === true || saysNothing(context);
    const { points: given, anchors } = await readPoints(context, example);
    const calls = numberOption(values, 'calls', 4, { min: 1, max: 100, integer: true });
    const truncationPsi = numberOption(values, 'psi', 0.7, { min: -2, max: 2 });
    const label = numberOption(values, 'label', undefined, { min: 0, integer: true });
    const refine = values.refine === true;
    const method =
      values.method === undefined
        ? undefined
        : choiceOption(values, 'method', ['predictor', 'draggan', 'freedrag'], 'predictor');
    const steps = numberOption(values, 'steps', undefined, { min: 1, max: 100_000, integer: true });
    if (refine && method !== undefined && method !== 'predictor')
      throw new UsageError(`--refine: goes with the predictor, not with --method ${method}.`);
    const maskFile = textOption(values, 'mask');
    const maskPicture = maskFile === undefined ? null : await decodeImage(await readWholeFile(maskFile), maskFile);
    const format = choiceOption(values, 'format', ['gif', 'webp', 'both', 'none'], 'gif');
    const pad = choiceOption(values, 'pad', ['square', 'none'], 'square');
    const scaleGiven = numberOption(values, 'scale', undefined, { min: 1, max: 16 });
    const from = textOption(values, 'from');
    const seeds = parseSeeds(textOption(values, 'seed') ?? (example ? '7' : '0'));
    const [seed] = seeds;
    if (seeds.length !== 1 || seed === undefined)
      throw new UsageError(`--seed: edit takes one seed, got '${values.seed}'.`);
    if (from !== undefined && values.seed !== undefined) throw new UsageError('edit: give --seed or --from, not both.');
    const latent = from === undefined ? null : await loadLatent(await readWholeFile(from), from);
    const out = folderName('edit', textOption(values, 'out') ?? 'out');
    await context.prepareFolder(out);

    const { autodrag, backend } = await openModel(context);
    const progress = createProgress(io, { quiet: quiet || json });
    try {
      const session = latent ? await autodrag.open(latent) : await autodrag.sample(seed, { truncationPsi, label });
      const before = session.image;
      const scale = scaleGiven ?? Math.max(1, Math.round(512 / Math.max(before.width, before.height)));
      const points = given.length || !example ? given : examplePoints(before);
      const mask = maskPicture ? maskOf(maskPicture, before, maskFile as string) : undefined;
      if (refine || (method ?? (autodrag.predictor ? 'predictor' : 'draggan')) !== 'predictor') {
        await registerGradients();
      }
      const result = await session.drag(points, {
        calls,
        anchors,
        mask,
        method,
        steps: refine ? undefined : steps,
        refine: refine && { steps },
        signal: io.signal,
        onStep: ({ call, step, steps }) => progress.update((call - 1) * steps + step, calls * steps, `call ${call}`),
      });
      progress.end();

      const files: string[] = [];
      const write = async (name: string, bytes: Uint8Array | string) => {
        await writeFileWhole(join(out, name), bytes);
        files.push(join(out, name));
      };
      const contents: [string, Uint8Array][] = [
        ['before.png', await encodePngWithPoints(before, points, { scale, pad, anchors })],
        [
          'after.png',
          await encodePngWithPoints(result.image, points, {
            scale,
            pad,
            anchors,
            reached: result.points.map((p) => p.reached),
          }),
        ],
        ['plain.png', await encodePng(result.image, { scale, pad })],
      ];
      if (format !== 'none') {
        const codes = tweenCodes(result.codes, 3);
        const frames: Picture[] = [];
        for await (const frame of session.frames(codes)) {
          io.signal.throwIfAborted();
          frames.push(frame);
          progress.update(frames.length, codes.length, 'motion');
        }
        progress.end();
        const delays = frames.map((_, i) => (i === 0 ? 600 : i === frames.length - 1 ? 1200 : 60));
        for (const kind of format === 'both' ? (['gif', 'webp'] as const) : [format]) {
          contents.push([`motion.${kind}`, await encodeAnimation(frames, delays, kind, { scale, pad })]);
        }
      }
      contents.push(['latent.safetensors', await saveLatent(session.w, autodrag)]);
      for (const [name, bytes] of contents) await write(name, bytes);
      session.dispose();

      if (json) {
        const { codes, image, w, ...report } = result;
        const display = { ...displayOf(image, { pad }), scale };
        io.out(
          `${JSON.stringify({ backend, ...(from ? { from } : { seed, truncationPsi }), display, ...report, files })}\n`,
        );
        return;
      }
      for (const point of result.points) {
        const share = Math.round((100 * point.distanceAfter) / point.distanceBefore);
        io.out(
          `${formatPoint(point.handle)} to ${formatPoint(point.target)}: ${point.distanceBefore.toFixed(2)} px before, ${point.distanceAfter.toFixed(2)} px after (${share} %)\n`,
        );
      }
      if (!result.moved)
        io.out(
          'the picture is unchanged: nothing brought the points nearer. Try another handle, or a nearer target.\n',
        );
      if (result.maskChange !== null) {
        const much = result.maskChange >= 1 ? '; more than can be unseen: add --refine, or free more of it' : '';
        io.out(`what the mask fixes changed by ${result.maskChange.toFixed(2)} of 255 in the mean${much}\n`);
      }
      const passes = result.passes > 0 ? `, ${result.passes} passes forth and back` : '';
      io.out(
        `${result.calls} ${result.calls === 1 ? 'call' : 'calls'}${passes} on ${backend}: ${formatDuration(result.milliseconds)}\n`,
      );
      io.out(`wrote ${files.join(', ')}\n`);
    } finally {
      progress.end();
      autodrag.dispose();
    }
  },
};

/** Whether nothing says what to edit, so that an example does. */
function saysNothing({ values }: Context): boolean {
  return ['drag', 'points', 'anchor', 'seed', 'from'].every((name) => values[name] === undefined);
}

async function readPoints({ values }: Context, example: boolean): Promise<{ points: DragPoint[]; anchors: Point[] }> {
  const points = textOptions(values, 'drag').map(parseDrag);
  const anchors = textOptions(values, 'anchor').map(parseAnchor);
  const file = textOption(values, 'points');
  if (file === undefined) {
    if (!points.length && !example) {
      throw new UsageError(
        'edit: expected at least one point, got none. Give a handle and its target, --drag 77,79:67,84. autodrag edit alone runs an example.',
      );
    }
    return { points, anchors };
  }
  const text = new TextDecoder().decode(await readWholeFile(file));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`--points: '${file}' is not JSON: ${(error as Error).message}.`);
  }
  const { points: more = [], anchors: still = [] } = (Array.isArray(value) ? { points: value } : (value ?? {})) as {
    points?: DragPoint[];
    anchors?: Point[];
  };
  if (!Array.isArray(more) || !Array.isArray(still)) {
    throw new UsageError(
      `--points: '${file}': expected {"points": [{"handle": {"x", "y"}, "target": {"x", "y"}}], "anchors": []}.`,
    );
  }
  return { points: [...points, ...more], anchors: [...anchors, ...still] };
}

/** What must stay, of a picture whose white may change: 1 for black, 0 for white, between for grey. */
function maskOf(mask: Picture, { width, height }: Picture, name: string): Float32Array {
  if (mask.width !== width || mask.height !== height) {
    throw new UsageError(
      `--mask: '${name}' is ${mask.width}×${mask.height}, expected ${width}×${height} as the picture is.`,
    );
  }
  return Float32Array.from({ length: width * height }, (_, i) => 1 - mask.data[4 * i]! / 255);
}

/** Of the avatar of seed 7: the mouth to the left and down, so that the head turns. */
function examplePoints({ width, height }: Picture): DragPoint[] {
  const at = (x: number, y: number) => ({ x: Math.round(x * (width - 1)), y: Math.round(y * (height - 1)) });
  return [{ handle: at(0.606, 0.622), target: at(0.528, 0.661) }];
}
