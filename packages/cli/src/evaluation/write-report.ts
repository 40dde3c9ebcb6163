import { join } from 'node:path';
import {
  type DragRecord,
  distanceDecay,
  qualityMarkdown,
  speedMarkdown,
  summarizeQuality,
  summarizeSpeed,
} from '@autodrag/evaluation';
import { encodeSvg } from '../node/images.js';
import { writeFileWhole } from '../node/write-file.js';
import { plotSvg } from '../plot/plot-svg.js';
import { methodTitles } from './method-titles.js';
import type { EvaluationSettings } from './settings-file.js';

/**
 * Tables and Figure 9 of some records. `quality.md` and `quality.json` depend on the records' figures alone, not on
 * time, order or shards; what was timed is in `speed.md`, `speed.json` and `decay.svg`.
 *
 * @returns the files, and the text of both tables
 */
export async function writeReport(
  folder: string,
  settings: EvaluationSettings,
  records: readonly DragRecord[],
): Promise<{ files: string[]; text: string }> {
  const quality = summarizeQuality(records, settings.methods, settings.size);
  const speed = summarizeSpeed(records, settings.methods);
  const texts = [qualityMarkdown(quality, methodTitles), speedMarkdown(speed, methodTitles)] as const;
  const figure = decayFigure(records, settings.methods);
  const contents: [string, string | Uint8Array][] = [
    ['quality.md', `${texts[0]}\n`],
    ['quality.json', `${JSON.stringify({ settings, rows: quality }, null, 1)}\n`],
    ['speed.md', `${texts[1]}\n`],
    ['speed.json', `${JSON.stringify({ settings, rows: speed }, null, 1)}\n`],
    ...(figure
      ? ([
          ['decay.svg', figure],
          ['decay.png', await encodeSvg(figure)],
        ] as [string, string | Uint8Array][])
      : []),
  ];
  for (const [name, content] of contents) await writeFileWhole(join(folder, name), content);
  return { files: contents.map(([name]) => join(folder, name)), text: `${texts[0]}\n\n${texts[1]}\n` };
}

/**
 * Figure 9: the mean share of the distance that is left, over time (both axes logarithmic), of the drags with one point
 * or the fewest there are.
 */
function decayFigure(records: readonly DragRecord[], methods: readonly string[]): string | null {
  const points = [1, 5, 'all', 'anchors', 'mask'].find((count) => records.some((record) => record.points === count));
  const series = methods.flatMap((method) => {
    const own = records.filter((one) => one.points === points && one.method === method && one.milliseconds > 0);
    if (own.length === 0) return [];
    const latest = Math.max(...own.map(({ milliseconds }) => milliseconds));
    const earliest = Math.max(1, Math.min(...own.map(({ curve }) => curve[0]?.[0] ?? latest)) / 2);
    const times = Array.from({ length: 120 }, (_, i) => earliest * (latest / earliest) ** (i / 119));
    const decay = distanceDecay(own, times);
    // the plot's x axis is linear: seconds by their power of ten
    return [
      {
        name: methodTitles[method] ?? method,
        points: times.map((time, i) => [Math.log10(time / 1000), decay[i]!] as const),
      },
    ];
  });
  if (series.length === 0) return null;
  return plotSvg(series, {
    title: 'Mean distance decay (Eq. 15)',
    xLabel: 'seconds, as a power of ten',
    yLabel: 'distance left of that at the beginning',
    scale: 'log',
  });
}
