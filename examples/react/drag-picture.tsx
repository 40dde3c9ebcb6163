import { type Autodrag, loadAutodrag, type Point, type Session } from '@autodrag/autodrag';
import { startBackend } from '@autodrag/browser';
import { type PointerEvent, useEffect, useRef, useState } from 'react';

/** One for the whole page, loaded when the first component asks for it. */
let models: Promise<Autodrag> | undefined;
const loadModels = () => {
  models ??= startBackend().then(() => loadAutodrag());
  return models;
};

/** The picture of a seed. Press on it, pull, let go. */
export function DragPicture({ seed }: { seed: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const session = useRef<Session | null>(null);
  const handle = useRef<Point | null>(null);
  const [text, setText] = useState('Loading…');

  useEffect(() => {
    let gone = false;
    loadModels()
      .then((autodrag) => autodrag.sample(seed))
      .then((made) => {
        if (gone) return made.dispose();
        session.current = made;
        made.draw(canvas.current!);
        setText('Pull a point');
      })
      .catch((error) => setText(String(error.message)));
    return () => {
      gone = true;
      session.current?.dispose();
      session.current = null;
    };
  }, [seed]);

  const pointAt = ({ nativeEvent, currentTarget }: PointerEvent<HTMLCanvasElement>): Point => ({
    x: Math.round((nativeEvent.offsetX / currentTarget.clientWidth) * (currentTarget.width - 1)),
    y: Math.round((nativeEvent.offsetY / currentTarget.clientHeight) * (currentTarget.height - 1)),
  });
  const pull = async (target: Point) => {
    if (!session.current || !handle.current) return;
    const point = { handle: handle.current, target };
    handle.current = null;
    setText('Dragging…');
    try {
      const { distanceBefore, distanceAfter } = await session.current.drag([point]);
      session.current?.draw(canvas.current!);
      setText(`${distanceBefore.toFixed(1)} px before, ${distanceAfter.toFixed(1)} px after`);
    } catch (error) {
      setText(error instanceof Error ? error.message : String(error));
    }
  };

  return (
    <figure>
      <canvas
        ref={canvas}
        style={{ width: 'min(90vmin, 512px)', touchAction: 'none' }}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          handle.current = pointAt(event);
        }}
        onPointerUp={(event) => pull(pointAt(event))}
      />
      <figcaption role="status">{text}</figcaption>
    </figure>
  );
}
