import type { Operation } from './operations/case.js';
import { convolutions } from './operations/convolutions.js';
import { elementwise } from './operations/elementwise.js';
import { images } from './operations/images.js';
import { indices } from './operations/indices.js';
import { matrices } from './operations/matrices.js';
import { moving } from './operations/moving.js';
import { pooling } from './operations/pooling.js';
import { reductions } from './operations/reductions.js';

/** Every operation by name, with how its cases are drawn. */
export const operations: Record<string, Operation> = {
  ...elementwise,
  ...reductions,
  ...moving,
  ...indices,
  ...matrices,
  ...convolutions,
  ...pooling,
  ...images,
};
