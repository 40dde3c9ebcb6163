// Press on the picture, pull, let go.
import { loadAutodrag, type Point } from '@autodrag/autodrag';
import { startBackend } from '@autodrag/browser';

const canvas = document.querySelector('canvas')!;
const status = document.querySelector('[role=status]')!;

const { name } = await startBackend();
const autodrag = await loadAutodrag();
const session = await autodrag.sample(7);
session.draw(canvas);
status.textContent = `Pull a point (${name})`;

const pointAt = ({ offsetX, offsetY }: PointerEvent): Point => ({
  x: Math.min(autodrag.width - 1, Math.max(0, (offsetX / canvas.clientWidth) * autodrag.width - 0.5)),
  y: Math.min(autodrag.height - 1, Math.max(0, (offsetY / canvas.clientHeight) * autodrag.height - 0.5)),
});

let handle: Point | null = null;
canvas.addEventListener('pointerdown', (event) => {
  canvas.setPointerCapture(event.pointerId);
  handle = pointAt(event);
});
canvas.addEventListener('pointerup', async (event) => {
  if (!handle) return;
  const point = { handle, target: pointAt(event) };
  handle = null;
  status.textContent = 'Dragging…';
  try {
    const { distanceBefore, distanceAfter } = await session.drag([point]);
    session.draw(canvas);
    status.textContent = `${distanceBefore.toFixed(1)} px before, ${distanceAfter.toFixed(1)} px after`;
  } catch (error) {
    status.textContent = error instanceof Error ? error.message : String(error);
  }
});
