import { type DragMethod, type DragPoint, loadLatent, type Picture, type Point } from '@autodrag/autodrag';
import { type Context, choiceOption, numberOption, textOption, textOptions, UsageError } from '../../command.js';
import { decodeImage } from '../../node/images.js';
import { readWholeFile } from '../../node/read-file.js';
import { folderName } from '../../output-names.js';
import { parseAnchor, parseDrag } from '../../points-syntax.js';
import { parseSeeds } from '../sample.js';

/** What a command line of `autodrag edit` asks for. */
export type Edit = {
  /** Null for the example's, which depend on the picture's size. */
  readonly points: readonly DragPoint[] | null;
  readonly anchors: readonly Point[];
  readonly start:
    | { readonly seed: number; readonly truncationPsi: number; readonly label: number | undefined }
    | Latent;
  readonly calls: number;
  readonly method: DragMethod | undefined;
  readonly refine: boolean;
  readonly steps: number | undefined;
  readonly mask: { readonly file: string; readonly picture: Picture } | null;
  readonly out: string;
  readonly format: 'gif' | 'webp' | 'both' | 'none';
  readonly pad: 'square' | 'none';
  readonly scale: number | undefined;
};

type Latent = { readonly from: string; readonly w: Float32Array };

/**
 * Reads options and the files that they name.
 *
 * @throws UsageError, FileError, WeightFileError
 */
export async function readEdit(context: Context): Promise<Edit> {
  const { values } = context;
  const example = values.example === true || saysNothing(context);
  const start = await readStart(context, example);
  const refine = values.refine === true;
  const method =
    values.method === undefined
      ? undefined
      : choiceOption(values, 'method', ['predictor', 'draggan', 'freedrag'], 'predictor');
  if (refine && method !== undefined && method !== 'predictor') {
    throw new UsageError(`--refine: goes with the predictor, not with --method ${method}.`);
  }
  const mask = textOption(values, 'mask');
  const { points, anchors } = await readPoints(context, example);
  return {
    points: example && points.length === 0 ? null : points,
    anchors,
    start,
    refine,
    method,
    calls: numberOption(values, 'calls', 4, { min: 1, max: 100, integer: true }),
    steps: numberOption(values, 'steps', undefined, { min: 1, max: 100_000, integer: true }),
    mask: mask === undefined ? null : { file: mask, picture: await decodeImage(await readWholeFile(mask), mask) },
    out: folderName('edit', textOption(values, 'out') ?? 'out'),
    format: choiceOption(values, 'format', ['gif', 'webp', 'both', 'none'], 'gif'),
    pad: choiceOption(values, 'pad', ['square', 'none'], 'square'),
    scale: numberOption(values, 'scale', undefined, { min: 1, max: 16 }),
  };
}

async function readStart({ values }: Context, example: boolean): Promise<Edit['start']> {
  const from = textOption(values, 'from');
  if (from !== undefined && values.seed !== undefined) throw new UsageError('edit: give --seed or --from, not both.');
  const seeds = parseSeeds(textOption(values, 'seed') ?? (example ? '7' : '0'));
  const [seed] = seeds;
  if (seeds.length !== 1 || seed === undefined) {
    throw new UsageError(`--seed: edit takes one seed, got '${values.seed}'.`);
  }
  const truncationPsi = numberOption(values, 'psi', 0.7, { min: -2, max: 2 });
  const label = numberOption(values, 'label', undefined, { min: 0, integer: true });
  if (from === undefined) return { seed, truncationPsi, label };
  return { from, w: await loadLatent(await readWholeFile(from), from) };
}

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
        'edit: expected at least one point, got none. Give a handle and its target, --drag 149,141:130,150. autodrag edit alone runs an example.',
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
