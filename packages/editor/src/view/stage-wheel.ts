import type { StageContext } from './stage-context.js';

/**
 * The page keeps its wheel: a picture zooms with Ctrl (as a pinch on a touchpad says, too), and is moved where it is
 * zoomed.
 */
export function listenToWheel({ stage, state, send }: StageContext): void {
  const turn = (event: WheelEvent) => {
    const zooms = event.ctrlKey || event.metaKey;
    if (!zooms && state().view.zoom <= 1) return;
    event.preventDefault();
    if (zooms) {
      const about = stage.toPicture(state(), event.clientX, event.clientY);
      send({ type: 'zoom', factor: Math.exp(-event.deltaY / 240), about });
    } else {
      const size = stage.pixelSize(state());
      send({ type: 'pan', dx: event.deltaX * size, dy: event.deltaY * size });
    }
  };
  stage.element.addEventListener('wheel', turn, { passive: false });
}
