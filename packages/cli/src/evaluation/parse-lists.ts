import type { PointCount } from '@autodrag/evaluation';
import { UsageError } from '../command.js';

/** Names separated by commas, each once. @throws UsageError naming the option and what it may hold */
export function parseList(text: string, option: string, known: readonly string[]): string[] {
  const names = text.split(',').map((name) => name.trim());
  for (const name of names) {
    if (!known.includes(name))
      throw new UsageError(`${option}: expected names out of ${known.join(', ')}, got '${name}'.`);
  }
  return [...new Set(names)];
}

/** The counts of points that `--points` names. @throws UsageError */
export function parsePoints(text: string): PointCount[] {
  return parseList(text, '--points', ['1', '5', 'all', 'anchors', 'mask']).map((name) =>
    name === '1' || name === '5' ? (Number(name) as 1 | 5) : (name as PointCount),
  );
}
