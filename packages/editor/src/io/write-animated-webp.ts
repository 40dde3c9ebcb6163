/** One picture of an animation: a WebP file of its own, as a canvas writes it. */
export type WebpFrame = { readonly file: Uint8Array; readonly milliseconds: number };

/**
 * Joins still WebP files of one size into an animation that repeats without end: the container of RIFF chunks (`VP8X`,
 * `ANIM`, and an `ANMF` for each frame) around the frames' own data, which stays as it is. Browsers encode WebP, but
 * only stills; and the muxers that there are for JavaScript are under the LGPL, or bring an encoder of their own.
 *
 * @throws Error where a frame is no WebP file: Safari's canvas writes none
 */
export function writeAnimatedWebp(
  frames: readonly WebpFrame[],
  { width, height }: { width: number; height: number },
): Uint8Array<ArrayBuffer> {
  const size = [...littleEndian(width - 1, 3), ...littleEndian(height - 1, 3)];
  const animated = 0x02;
  const chunks = [
    chunk('VP8X', Uint8Array.of(animated, 0, 0, 0, ...size)),
    chunk('ANIM', new Uint8Array(6)), // no colour behind it; 0 repetitions: for ever
    ...frames.map(({ file, milliseconds }) => {
      const noBlending = 0x02;
      const head = [...littleEndian(0, 6), ...size, ...littleEndian(milliseconds, 3), noBlending];
      return chunk('ANMF', join([Uint8Array.from(head), ...pictureChunks(file)]));
    }),
  ];
  return chunk('RIFF', join([letters('WEBP'), ...chunks]));
}

/** The chunks of a still file that are its picture: all but those about the file. */
function pictureChunks(file: Uint8Array): Uint8Array[] {
  const name = (at: number) => String.fromCharCode(...file.subarray(at, at + 4));
  if (name(0) !== 'RIFF' || name(8) !== 'WEBP') {
    throw new Error('This browser writes no WebP. Export a GIF instead: that works everywhere.');
  }
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const found: Uint8Array[] = [];
  for (let at = 12; at + 8 <= file.length; ) {
    const end = at + 8 + view.getUint32(at + 4, true);
    if (['VP8 ', 'VP8L', 'ALPH'].includes(name(at))) found.push(file.subarray(at, end + (end % 2)));
    at = end + (end % 2);
  }
  return found;
}

function chunk(name: string, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const padding = new Uint8Array(content.length % 2);
  return join([letters(name), Uint8Array.from(littleEndian(content.length, 4)), content, padding]);
}

const letters = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

function littleEndian(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) % 256);
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
