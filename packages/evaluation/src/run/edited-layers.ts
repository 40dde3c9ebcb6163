import { bytesFromBase64 } from '@autodrag/nn';

/**
 * The layers of a code up to the last that an edit changed, as base64 of 32-bit floats: with the code before, all that
 * a record needs to show its picture again. Empty where nothing was changed.
 *
 * @param before `[numWs * wDim]`
 * @param after of the same size
 */
export function packEditedLayers(before: Float32Array, after: Float32Array, wDim: number): string {
  let last = -1;
  after.forEach((value, i) => {
    if (value !== before[i]) last = i;
  });
  const length = Math.ceil((last + 1) / wDim) * wDim;
  const view = new DataView(new ArrayBuffer(4 * length));
  for (let i = 0; i < length; i++) view.setFloat32(4 * i, after[i]!, true);
  let text = '';
  for (let i = 0; i < view.byteLength; i++) text += String.fromCharCode(view.getUint8(i));
  return btoa(text);
}

/** The whole code after an edit. @param packed what `packEditedLayers` gave */
export function unpackEditedLayers(before: Float32Array, packed: string): Float32Array {
  const bytes = bytesFromBase64(packed);
  const view = new DataView(bytes.buffer);
  const after = before.slice();
  const count = Math.min(Math.floor(bytes.length / 4), after.length);
  for (let i = 0; i < count; i++) after[i] = view.getFloat32(4 * i, true);
  return after;
}
