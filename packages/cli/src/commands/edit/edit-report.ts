import { type DragResult, formatPoint } from '@autodrag/autodrag';
import type { BackendName } from '../../node/backends.js';
import { formatDuration } from '../../progress.js';

/** What became of an edit, for a person: a line a point, what went wrong, the cost, the files. */
export function editReport(result: DragResult, backend: BackendName, files: readonly string[]): string {
  const { points, moved, maskChange, calls, passes, milliseconds } = result;
  const lines = points.map(({ handle, target, distanceBefore, distanceAfter }) => {
    const share = Math.round((100 * distanceAfter) / distanceBefore);
    const way = `${formatPoint(handle)} to ${formatPoint(target)}`;
    return `${way}: ${distanceBefore.toFixed(2)} px before, ${distanceAfter.toFixed(2)} px after (${share} %)`;
  });
  if (!moved) {
    lines.push('the picture is unchanged: nothing brought the points nearer. Try another handle, or a nearer target.');
  }
  if (maskChange !== null) {
    const much = maskChange >= 1 ? '; more than can be unseen: add --refine, or free more of it' : '';
    lines.push(`what the mask fixes changed by ${maskChange.toFixed(2)} of 255 in the mean${much}`);
  }
  const optimised = passes > 0 ? `, ${passes} passes forth and back` : '';
  lines.push(`${calls} ${calls === 1 ? 'call' : 'calls'}${optimised} on ${backend}: ${formatDuration(milliseconds)}`);
  lines.push(`wrote ${files.join(', ')}`);
  return `${lines.join('\n')}\n`;
}
