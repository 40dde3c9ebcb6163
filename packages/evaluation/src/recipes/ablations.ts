import type { Recipe, Variant } from './recipe.js';

/** Drags that no motion made are learned by the displacement alone: without it they would teach to stand still. */
const withoutDisplacement = { displacementWeight: 0, freeShare: 0 } as const;

const full: Variant = { name: 'full', title: 'full method', cost: 1 };

/** What each part of the method gives: the same training without it, or with what the paper prints in its place. */
export const ablations: Recipe = {
  name: 'ablations',
  title: 'Ablations',
  variants: [
    full,
    {
      name: 'no-regularizer',
      title: 'without the Latent Regularizer (trained without)',
      predictor: { regularization: 'none' },
      cost: 0.9,
    },
    {
      name: 'broadcast-codes',
      title: 'regularizer trained on broadcast codes only',
      regularizer: { mixing: 0, motion: 0 },
      cost: 1,
    },
    {
      name: 'one-step',
      title: 'without the sequence (n = 1)',
      predictor: { motionSteps: 1 },
      cost: 0.6,
    },
    {
      name: 'toward-geometric',
      title: 'Eq. 7 toward w*, steps that shrink',
      predictor: { spacing: 'geometric' },
      cost: 1,
    },
    { name: 'away-linear', title: 'Eq. 7 away from w*, equal steps', predictor: { direction: 'away' }, cost: 1 },
    {
      name: 'away-geometric',
      title: 'Eq. 7 as printed: away from w*, steps that grow',
      predictor: { direction: 'away', spacing: 'geometric' },
      cost: 1,
    },
    { name: 'prediction-loss', title: 'L_pred alone', predictor: withoutDisplacement, cost: 1 },
    {
      name: 'drag-loss',
      title: 'L_pred and L_drag (Eq. 14) in place of the displacement',
      predictor: { ...withoutDisplacement, dragLossFrom: 0, dragLossMotions: 4 },
      cost: 4,
    },
    {
      name: 'displacement-loss',
      title: 'the displacement alone, without L_pred',
      predictor: { predictionWeight: 0 },
      cost: 1,
    },
    {
      name: 'no-settling',
      title: 'the predictor alone, not settled by the motion field',
      predictor: { settling: false },
      cost: 1,
    },
    { name: 'flat-tokens', title: 'one token a step, not one a layer', sizes: { tokens: 'flat' }, cost: 0.6 },
    { name: 'teacher-forcing', title: 'teacher forcing only', predictor: { feeding: 'teacher' }, cost: 1.5 },
  ],
};
