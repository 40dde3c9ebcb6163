import {
  type Autodrag,
  type DragPoint,
  type DragResult,
  type Picture,
  type Session,
  saveLatent,
  tweenCodes,
} from '@autodrag/autodrag';
import { encodeAnimation, encodePng, encodePngWithPoints } from '../../node/images.js';
import type { Edit } from './read-edit.js';

export type EditFilesInput = {
  readonly autodrag: Autodrag;
  readonly session: Session;
  readonly edit: Pick<Edit, 'anchors' | 'format' | 'pad'> & {
    readonly scale: number;
    /** Of the motion, whose encoding takes the longest of all. */
    readonly motionScale: number;
  };
  readonly before: Picture;
  readonly points: readonly DragPoint[];
  readonly result: DragResult;
  readonly signal: AbortSignal;
  /** Called after each frame of the motion. */
  readonly onFrame: (done: number, all: number) => void;
};

/** Everything that an edit writes, before anything of it is written: names and bytes. */
export async function editFiles(input: EditFilesInput): Promise<[name: string, bytes: Uint8Array][]> {
  const { autodrag, session, edit, before, points, result } = input;
  const { scale, pad, anchors } = edit;
  const reached = result.points.map((point) => point.reached);
  const shown = { scale, pad, anchors };
  // sharp encodes in threads of its own while frames of the motion are drawn in this one
  const [first, last, plain, motion, latent] = await Promise.all([
    encodePngWithPoints(before, points, shown),
    encodePngWithPoints(result.image, points, { ...shown, reached }),
    encodePng(result.image, { scale, pad }),
    motionFiles(input),
    saveLatent(session.w, autodrag),
  ]);
  return [['before.png', first], ['after.png', last], ['plain.png', plain], ...motion, ['latent.safetensors', latent]];
}

/** Pictures of a motion, about: encoding them takes longer than the drag. */
const mostFrames = 24;
/** Milliseconds that a motion takes, about. */
const moving = 1800;

async function motionFiles({
  session,
  edit: { format, motionScale, pad },
  result,
  signal,
  onFrame,
}: EditFilesInput): Promise<[name: string, bytes: Uint8Array][]> {
  if (format === 'none') return [];
  const steps = Math.max(1, result.codes.length - 1);
  const codes = tweenCodes(result.codes, Math.max(1, Math.floor(mostFrames / steps)));
  const frames: Picture[] = [];
  for await (const frame of session.frames(codes)) {
    signal.throwIfAborted();
    frames.push(frame);
    onFrame(frames.length, codes.length);
  }
  const each = Math.round(Math.min(120, Math.max(40, moving / frames.length)));
  const delays = frames.map((_, i) => (i === 0 ? 600 : i === frames.length - 1 ? 1200 : each));
  const kinds = format === 'both' ? (['gif', 'webp'] as const) : [format];
  return Promise.all(
    kinds.map(async (kind): Promise<[string, Uint8Array]> => {
      return [`motion.${kind}`, await encodeAnimation(frames, delays, kind, { scale: motionScale, pad })];
    }),
  );
}
