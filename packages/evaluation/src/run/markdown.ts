import { intervalCell as interval, markdownTable, numberCell as number, pointsTitle } from './markdown-table.js';
import type { QualityRow, SpeedRow } from './summarize.js';

/**
 * The tables of quality, the same for the same records, wherever and in however many shards these were made. @param
 * titles by method
 */
export function qualityMarkdown(rows: readonly QualityRow[], titles: Readonly<Record<string, string>>): string {
  return [...new Set(rows.map(({ points }) => points))]
    .map((points) => {
      const own = rows.filter((row) => row.points === points);
      const head = [
        'method',
        'drags',
        'MD, px at 512',
        'remaining, % (median)',
        'farther, %',
        'others moved, px',
        ...(own.some(({ slip }) => slip) ? ['anchors slip, % of the size (median)', 'by more than 0.5, %'] : []),
        ...(own.some(({ maskChange }) => maskChange) ? ['change of the fixed part, of 255 (median)'] : []),
        'MSE ×10²',
        'LPIPS ×10',
        'identity drift ×10²',
        'Fréchet',
        'steps',
        'passes forth, back',
      ];
      const body = own.map((row) => [
        titles[row.method] ?? row.method,
        String(row.drags),
        interval(row.meanDistance, 2),
        interval(row.remaining, 1, 100),
        number(100 * row.worse, 0),
        row.leastCollateral === null
          ? number(row.collateral, 1)
          : `${number(row.collateral, 1)} (least ${number(row.leastCollateral, 1)})`,
        ...(row.slip ? [interval(row.slip, 2, 100), number(row.slipped === null ? null : 100 * row.slipped, 0)] : []),
        ...(row.maskChange ? [interval(row.maskChange, 2)] : []),
        number(100 * row.mse, 2),
        number(row.lpips === null ? null : 10 * row.lpips, 2),
        number(row.identityDrift === null ? null : 100 * row.identityDrift, 2),
        number(row.frechetDistance, 3),
        number(row.steps, 1),
        `${number(row.forward, 1)}, ${number(row.backward, 1)}`,
      ]);
      const before = number(own[0]!.meanDistanceBefore, 2);
      return `### ${pointsTitle(points)}\n\nMD before: ${before} px at 512.\n\n${markdownTable(head, body)}`;
    })
    .join('\n\n');
}

/** The tables of speed: of the machine that they were measured on, and beside the slowest method. */
export function speedMarkdown(rows: readonly SpeedRow[], titles: Readonly<Record<string, string>>): string {
  return [...new Set(rows.map(({ points }) => points))]
    .map((points) => {
      const own = rows.filter((row) => row.points === points && row.medianMilliseconds.value > 0);
      const slowest = Math.max(...own.map(({ medianMilliseconds }) => medianMilliseconds.value));
      const body = own.map((row) => [
        titles[row.method] ?? row.method,
        String(row.drags),
        interval(row.medianMilliseconds, 2, 1e-3),
        `${number(slowest / row.medianMilliseconds.value, 0)} ×`,
      ]);
      return `### ${pointsTitle(points)}\n\n${markdownTable(['method', 'drags', 'seconds (median)', 'faster than the slowest'], body)}`;
    })
    .join('\n\n');
}
