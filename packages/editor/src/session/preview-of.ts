import { type DragPoint, isAutodragError, type Picture, type PreviewOptions, type Session } from '@autodrag/autodrag';

/**
 * The picture that one call of the predictor leads to, while the session stays what it is. The picture as it is where
 * another one was asked for meanwhile, and from models without a predictor, which have none to show.
 */
export async function previewOf(
  session: Session,
  points: readonly DragPoint[],
  options: PreviewOptions,
): Promise<Picture> {
  try {
    return (await session.preview(points, options)) ?? session.image;
  } catch (error) {
    if (isAutodragError(error, 'MODEL')) return session.image;
    throw error;
  }
}
