import { dragMethods, userControllableLtLabel } from '@autodrag/evaluation';

/** What tables and figures call each method. */
export const methodTitles: Readonly<Record<string, string>> = Object.fromEntries(
  [...Object.values(dragMethods), userControllableLtLabel].map(({ name, title }) => [name, title]),
);
