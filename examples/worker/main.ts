import type { Answer, Request } from './messages.js';

const canvas = document.querySelector('canvas')!;
const status = document.querySelector('[role=status]')!;
const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });

worker.addEventListener('message', ({ data: { picture, text } }: MessageEvent<Answer>) => {
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.getContext('2d')!.putImageData(new ImageData(new Uint8ClampedArray(picture.data), picture.width), 0, 0);
  status.textContent = text;
});
worker.addEventListener('error', ({ message }) => {
  status.textContent = message;
});
document.querySelector('button')!.addEventListener('click', () => {
  worker.postMessage({ points: [{ handle: { x: 77, y: 79 }, target: { x: 67, y: 84 } }] } satisfies Request);
});
