import type { DragPoint, Picture } from '@autodrag/autodrag';

/** What the page asks of the worker. */
export type Request = { readonly points: readonly DragPoint[] };

/** What the worker answers, each time it has a picture to show. */
export type Answer = { readonly picture: Picture; readonly text: string };
