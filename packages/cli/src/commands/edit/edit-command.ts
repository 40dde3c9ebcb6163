import { join } from 'node:path';
import { type DragPoint, displayOf, type Picture } from '@autodrag/autodrag';
import { backendOption, type Command, modelOptions, padOption, UsageError } from '../../command.js';
import { registerGradients } from '../../node/backends.js';
import { writeFileWhole } from '../../node/write-file.js';
import { createProgress } from '../../progress.js';
import { openModel } from '../open-model.js';
import { editFiles } from './edit-files.js';
import { editReport } from './edit-report.js';
import { readEdit } from './read-edit.js';

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
      help: 'without --drag: pull the face of seed 7 aside; also what edit alone does',
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
    steps: { type: 'string', value: 'N', help: 'of an optimisation, at most; 300 by default (with --refine: 10)' },
    psi: { type: 'string', value: 'P', help: 'truncation of the seed; 0.7 by default' },
    label: { type: 'string', value: 'K', help: 'class of a conditional generator, from 0' },
    out: { type: 'string', short: 'o', value: 'DIR', help: 'out by default' },
    format: { type: 'string', value: 'KIND', help: 'of the motion: gif (default), webp, both or none' },
    scale: {
      type: 'string',
      value: 'S',
      help: 'enlarge pictures S times; to about 512 pixels by default, the motion to 256',
    },
    ...padOption,
    ...modelOptions,
    ...backendOption,
  },
  examples: [
    'autodrag edit                       # an example',
    'autodrag edit --seed 7 --drag 149,141:130,150 -o turned/',
    'autodrag edit --from turned/latent.safetensors --drag 121,117:121,109 --anchor 130,150 -o wider/',
    'autodrag edit --seed 7 --drag 149,141:130,150 --refine --mask face.png -o refined/',
    'autodrag edit --seed 7 --drag 149,141:130,150 --method draggan --backend node -o slow/',
    'autodrag edit --seed 7 --points points.json --calls 1 --json',
  ],
  async run(context) {
    const { io, json, quiet } = context;
    const edit = await readEdit(context);
    const { start, anchors, refine, steps, pad, out } = edit;
    await context.prepareFolder(out);
    const { autodrag, backend } = await openModel(context);
    const progress = createProgress(io, { quiet: quiet || json });
    try {
      const session = 'w' in start ? await autodrag.open(start.w) : await autodrag.sample(start.seed, start);
      const before = session.image;
      const scaleTo = (pixels: number) =>
        edit.scale ?? Math.max(1, Math.round(pixels / Math.max(before.width, before.height)));
      const scale = scaleTo(512);
      const points = edit.points ?? examplePoints(before);
      const method = edit.method ?? (autodrag.predictor ? 'predictor' : 'draggan');
      if (refine || method !== 'predictor') await registerGradients();
      const result = await session.drag(points, {
        calls: edit.calls,
        anchors,
        mask: edit.mask ? maskOf(edit.mask.picture, before, edit.mask.file) : undefined,
        method: edit.method,
        steps: refine ? undefined : steps,
        refine: refine && { steps },
        signal: io.signal,
        onStep: ({ call, step, steps: all }) =>
          progress.update((call - 1) * all + step, edit.calls * all, `call ${call}`),
      });
      progress.end();

      const contents = await editFiles({
        autodrag,
        session,
        edit: { ...edit, scale, motionScale: scaleTo(256) },
        before,
        points,
        result,
        signal: io.signal,
        onFrame: (done, all) => progress.update(done, all, 'motion'),
      });
      progress.end();
      session.dispose();
      const files: string[] = [];
      for (const [name, bytes] of contents) {
        await writeFileWhole(join(out, name), bytes);
        files.push(join(out, name));
      }
      if (!json) return io.out(editReport(result, backend, files));
      const { codes, image, w, ...report } = result;
      const { seed, truncationPsi, from } = { seed: undefined, truncationPsi: undefined, from: undefined, ...start };
      const display = { ...displayOf(image, { pad }), scale };
      io.out(`${JSON.stringify({ backend, from, seed, truncationPsi, display, ...report, files })}\n`);
    } finally {
      progress.end();
      autodrag.dispose();
    }
  },
};

/** What must stay, of a picture whose white may change: 1 for black, 0 for white, between for grey. */
function maskOf(mask: Picture, { width, height }: Picture, name: string): Float32Array {
  if (mask.width !== width || mask.height !== height) {
    throw new UsageError(
      `--mask: '${name}' is ${mask.width}×${mask.height}, expected ${width}×${height} as the picture is.`,
    );
  }
  return Float32Array.from({ length: width * height }, (_, i) => 1 - mask.data[4 * i]! / 255);
}

/** Of any avatar: the middle of the face to the left and down, so that the head turns. */
function examplePoints({ width, height }: Picture): DragPoint[] {
  const at = (x: number, y: number) => ({ x: Math.round(x * (width - 1)), y: Math.round(y * (height - 1)) });
  return [{ handle: at(0.606, 0.622), target: at(0.528, 0.661) }];
}
