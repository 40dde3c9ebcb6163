import { ablations } from './ablations.js';
import type { Recipe } from './recipe.js';
import { stepCounts } from './step-counts.js';

/** All recipes, by the name that `autodrag evaluate --recipe` takes. */
export const recipes: Readonly<Record<string, Recipe>> = { [ablations.name]: ablations, [stepCounts.name]: stepCounts };
