import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import sharp from 'sharp';

/** What the editor has written, read again by programs that have nothing to do with it. */

type Animation = {
  readonly format: string | undefined;
  /** Of its square pictures. */
  readonly side: number;
  /** RGB of each. */
  readonly frames: readonly Buffer[];
  readonly delay: readonly number[] | undefined;
  readonly loop: number | undefined;
};

/** Every picture of a GIF or a WebP. */
export async function decodeAnimation(path: string): Promise<Animation> {
  const { format, width, pages = 1, delay, loop } = await sharp(path, { animated: true }).metadata();
  const { data, info } = await sharp(path, { animated: true })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const size = data.length / pages;
  if (size !== 3 * width ** 2) throw new Error(`${path}: ${pages} pictures of ${info.width} × ${info.height / pages}`);
  const frames = Array.from({ length: pages }, (_, i) => data.subarray(i * size, (i + 1) * size));
  return { format, side: width, frames, delay, loop };
}

/** A square picture in RGBA as RGB, enlarged. */
export function enlarge(rgba: readonly number[], side: number): Promise<Buffer> {
  const own = Math.sqrt(rgba.length / 4);
  return sharp(Buffer.from(rgba), { raw: { width: own, height: own, channels: 4 } })
    .resize(side, side)
    .removeAlpha()
    .raw()
    .toBuffer();
}

/** Of 255. */
export function meanDifference(a: Buffer, b: Buffer): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] as number)), 0) / a.length;
}

/** A video as the browser plays it; its pictures are counted by ffprobe, or, without one, from the file's own table. */
export async function decodeVideo(page: Page, path: string) {
  const data = readFileSync(path).toString('base64');
  const played = await page.evaluate(async (base64) => {
    const video = document.createElement('video');
    video.src = `data:video/mp4;base64,${base64}`;
    video.muted = true; // else it needs a click to be played
    await new Promise((resolve, reject) => {
      video.onerror = () => reject(new Error(video.error?.message));
      video.requestVideoFrameCallback(resolve);
      void video.play();
    });
    const { videoWidth: width, videoHeight: height, duration } = video;
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
    context.drawImage(video, 0, 0);
    const colours = new Set(new Uint32Array(context.getImageData(0, 0, width, height).data.buffer)).size;
    return { width, height, duration, colours };
  }, data);
  return { ...played, frames: countByProbe(path) ?? countByTable(readFileSync(path)) };
}

/** Undefined where there is no ffprobe. */
function countByProbe(path: string): number | undefined {
  const options = ['-v', 'error', '-show_streams', '-count_frames', '-of', 'json', path];
  try {
    return Number(JSON.parse(execFileSync('ffprobe', options, { encoding: 'utf8' })).streams[0].nb_read_frames);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** By the sizes of the pictures, in the box `stsz`: version and flags, one size for all, how many. */
function countByTable(file: Buffer): number {
  const at = file.indexOf('stsz', 0, 'latin1');
  if (at < 0) throw new Error('no table of pictures');
  return file.readUInt32BE(at + 4 + 8);
}
