import type { DragOptions, DragPoint, Picture, Session } from '@autodrag/autodrag';

type CanPreview = {
  preview(points: readonly DragPoint[], options: Pick<DragOptions, 'anchors' | 'signal'>): Promise<Picture | null>;
};

/** The picture that one call of the predictor leads to, while the session stays what it is. */
export async function previewOf(
  session: Session,
  points: readonly DragPoint[],
  options: Pick<DragOptions, 'anchors' | 'signal'>,
): Promise<Picture> {
  if ('preview' in session) return (await (session as unknown as CanPreview).preview(points, options)) ?? session.image;
  const { image, moved } = await session.drag(points, { ...options, calls: 1 });
  if (moved) await session.undo();
  return image;
}
