import type { Picture } from '@autodrag/autodrag';

/** A picture as a PNG file, without loss. */
export async function exportPicture({ width, height, data }: Picture): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
  context.putImageData(new ImageData(data, width, height), 0, 0);
  return canvas.convertToBlob({ type: 'image/png' });
}

/** A code as a file: safetensors, as the command line reads it, or JSON. */
export async function exportLatent(
  w: Float32Array,
  { numWs, wDim }: { numWs: number; wDim: number },
  kind: 'safetensors' | 'json',
): Promise<Blob> {
  if (kind === 'safetensors') {
    const { saveLatent } = await import('@autodrag/autodrag'); // seldom: not a part of every page
    return new Blob([(await saveLatent(w, { numWs, wDim })) as Uint8Array<ArrayBuffer>], {
      type: 'application/octet-stream',
    });
  }
  const text = JSON.stringify({ format: 'autodrag.latent/1', numWs, wDim, w: Array.from(w) });
  return new Blob([text], { type: 'application/json' });
}
