import type { Picture } from '@autodrag/autodrag';
import type { EditorSession } from '../session/editor-session.js';
import type { EditorDocument, Frame } from '../state/document.js';
import { composePicture } from './compose-picture.js';

/** The frames of an edit, from its first picture to the current one: those of one origin. */
export function framesOf(document: EditorDocument, past: readonly EditorDocument[]): Frame[] {
  const line = [...past, document];
  const begin = line.findLastIndex(({ origin }) => origin !== document.origin) + 1;
  return [...new Set(line.slice(begin).map(({ frame }) => frame))];
}

/**
 * The pictures of the motion that led to a frame, each when it is asked for.
 *
 * @param pieces into which each step of the motion is cut
 */
export async function* motionOf(
  session: EditorSession,
  { codes, layers }: Frame,
  { below, pieces = 2, signal }: { below: Picture; pieces?: number; signal?: AbortSignal },
): AsyncGenerator<Picture> {
  const mask = layers.at(-1)?.mask ?? [];
  for (const w of between(codes, pieces)) yield composePicture(below, await session.render(w, { signal }), mask);
}

/** Codes with others between them, on straight lines: `tweenCodes`, without the package around it in every page. */
function* between(codes: readonly Float32Array[], pieces: number): Generator<Float32Array> {
  for (const [index, from] of codes.entries()) {
    const to = codes[index + 1];
    if (!to) {
      yield from;
      return;
    }
    for (let piece = 0; piece < pieces; piece++) {
      yield from.map((value, i) => value + (((to[i] as number) - value) * piece) / pieces);
    }
  }
}
