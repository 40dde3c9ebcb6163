/** A range in as many parts as there are threads, of `fewest` or more each. */
export function partsOf(count: number, threads: number, fewest: number): { first: number; end: number }[] {
  const parts = Math.max(1, Math.min(threads, Math.floor(count / fewest)));
  const bound = (i: number) => Math.round((i * count) / parts);
  return Array.from({ length: parts }, (_, i) => ({ first: bound(i), end: bound(i + 1) }));
}
