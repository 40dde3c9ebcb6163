import { intervalCell, markdownTable, numberCell, pointsTitle } from '../run/markdown-table.js';
import type { Recipe } from './recipe.js';
import type { RecipeRow } from './summarize-recipe.js';

/**
 * The tables of a recipe: one for each count of points and method, a row for each variant, in its order.
 *
 * @param titles of methods, by name
 */
export function recipeMarkdown(
  { title, variants }: Recipe,
  rows: readonly RecipeRow[],
  titles: Readonly<Record<string, string>>,
): string {
  const groups = [...new Map(rows.map((row) => [`${row.points}/${row.method}`, row])).values()].sort(
    (a, b) => String(a.points).localeCompare(String(b.points)) || rows.indexOf(a) - rows.indexOf(b),
  );
  const tables = groups.map(({ points, method }) => {
    const own = rows.filter((row) => row.points === points && row.method === method);
    const body = variants.flatMap(({ name, title }) =>
      own
        .filter(({ variant }) => variant === name)
        .map((row) => [
          title,
          String(row.drags),
          intervalCell(row.meanDistance, 2),
          row.worseBy === null ? '–' : intervalCell(row.worseBy, 2),
          intervalCell(row.remaining, 1, 100),
          numberCell(100 * row.worse, 0),
          numberCell(100 * row.mse, 2),
        ]),
    );
    const head = [
      'trained',
      'drags',
      'MD, px at 512',
      `longer than '${variants[0].title}', px`,
      'remaining, % (median)',
      'farther, %',
      'MSE ×10²',
    ];
    const before = numberCell(own[0]!.meanDistanceBefore, 2);
    return `### ${pointsTitle(points)}, ${titles[method] ?? method}\n\nMD before: ${before} px at 512.\n\n${markdownTable(head, body)}`;
  });
  return [`## ${title}`, ...tables].join('\n\n');
}
