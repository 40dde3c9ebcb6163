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
  const { width, height } = canvas;
  const point = { handle: { x: 0.6 * width, y: 0.62 * height }, target: { x: 0.52 * width, y: 0.66 * height } };
  worker.postMessage({ points: [point] } satisfies Request);
});
