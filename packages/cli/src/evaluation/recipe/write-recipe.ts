import { join } from 'node:path';
import {
  type DragMethod,
  type DragRecord,
  type Recipe,
  type RecipeRow,
  recipeMarkdown,
  summarizeRecipe,
  type Variant,
} from '@autodrag/evaluation';
import type { StageSettings } from '../../commands/stage-settings.js';
import { writeFileWhole } from '../../node/write-file.js';

/** What came of a variant. */
export type VariantResult = {
  readonly variant: Variant;
  readonly records: readonly DragRecord[];
  /** Settings of both stages that were not the defaults. */
  readonly trained: StageSettings;
  /** SHA-256 of its regularizer and predictor, shortened. */
  readonly weights: Readonly<Record<string, string>>;
};

/**
 * `NAME.json` and `NAME.md` of a recipe, in its folder. Both depend on the records, settings and weights alone.
 *
 * @returns the files, and what is in them
 */
export async function writeRecipe(
  folder: string,
  recipe: Recipe,
  settings: { readonly size: number },
  results: readonly VariantResult[],
  methods: readonly DragMethod[],
): Promise<{ files: string[]; text: string; rows: RecipeRow[] }> {
  // what the others are compared with is the recipe's first variant, also where nobody has made it yet
  const [first] = recipe.variants;
  const made = results.map(({ variant, records }) => ({ variant: variant.name, records }));
  const rows = summarizeRecipe(
    first && made[0]?.variant !== first.name ? [{ variant: first.name, records: [] }, ...made] : made,
    methods.map(({ name }) => name),
    settings.size,
  );
  const text = recipeMarkdown(recipe, rows, Object.fromEntries(methods.map(({ name, title }) => [name, title])));
  const variants = results.map(({ variant: { name, title }, trained, weights }) => ({ name, title, trained, weights }));
  const contents = [
    [`${recipe.name}.md`, `${text}\n`],
    [`${recipe.name}.json`, `${JSON.stringify({ settings, variants, rows }, null, 1)}\n`],
  ] as const;
  for (const [name, content] of contents) await writeFileWhole(join(folder, name), content);
  return { files: contents.map(([name]) => join(folder, name)), text, rows };
}
