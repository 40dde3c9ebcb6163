/** What a thread computes of a layer: `first … end - 1`, `most` at a time. */
export type Part = { readonly first: number; readonly end: number; readonly most: number };

/** A range in as many parts as there are threads, of `fewest` or more each; `fitting` of it go at a time, at most. */
export function partsOf(count: number, threads: number, fewest: number, fitting = count): Part[] {
  const parts = Math.max(1, Math.min(threads, Math.floor(count / fewest)));
  const bound = (i: number) => Math.round((i * count) / parts);
  return Array.from({ length: parts }, (_, i) => {
    const [first, end] = [bound(i), bound(i + 1)];
    return { first, end, most: Math.min(end - first, fitting) };
  });
}
