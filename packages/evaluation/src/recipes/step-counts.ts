import type { Recipe, Variant } from './recipe.js';

const withSteps = (n: number, cost: number): Variant => ({
  name: `n-${n}`,
  title: `n = ${n}`,
  predictor: { motionSteps: n },
  cost,
});

/** The paper's Table 3: how many codes a motion has. The first is the default, n = 5. */
export const stepCounts: Recipe = {
  name: 'steps',
  title: 'Steps of a motion (Table 3)',
  variants: [
    withSteps(5, 1),
    withSteps(1, 0.6),
    withSteps(2, 0.7),
    withSteps(3, 0.8),
    withSteps(4, 0.9),
    withSteps(7, 1.2),
    withSteps(9, 1.4),
    withSteps(10, 1.5),
  ],
};
