import { dirname } from 'node:path';
import { createOrbMatcher, drawMatches } from '@autodrag/matching';
import { type Command, numberOption, textOption, UsageError } from '../command.js';
import { decodeImage, encodePicture } from '../node/images.js';
import { readWholeFile } from '../node/read-file.js';
import { writeFileWhole } from '../node/write-file.js';
import { pictureName } from '../output-names.js';
import { formatDuration } from '../progress.js';

export const matchCommand: Command = {
  name: 'match',
  summary: 'find corresponding points of two pictures, and draw them',
  takesArguments: true,
  usage: 'A.png B.png -o matches.png',
  details: 'ORB key points, brute-force Hamming matching, and the GMS filter.',
  options: {
    out: { type: 'string', short: 'o', value: 'FILE', help: 'PNG, JPEG or WebP by its ending; matches.png by default' },
    lines: { type: 'string', value: 'N', help: 'draw at most so many lines; 200 by default' },
    features: { type: 'string', value: 'N', help: 'most key points a picture; 10000 by default' },
    rotation: { type: 'boolean', help: 'GMS tries eight rotations' },
    scales: { type: 'boolean', help: 'GMS tries five scales' },
    all: { type: 'boolean', help: 'keep every nearest neighbour: no GMS' },
  },
  examples: [
    'autodrag match before.png after.png -o matches.png',
    'autodrag match a.jpg b.jpg --rotation --scales --json',
  ],
  async run(context) {
    const { values, positionals, io, json } = context;
    const [first, second] = positionals;
    if (first === undefined || second === undefined || positionals.length !== 2) {
      throw new UsageError(
        `match: expected two pictures, got ${positionals.length}. autodrag match a.png b.png -o matches.png`,
      );
    }
    const out = pictureName('match', textOption(values, 'out') ?? 'matches.png');
    const lines = numberOption(values, 'lines', 200, { min: 0, integer: true });
    const features = numberOption(values, 'features', 10_000, { min: 1, max: 100_000, integer: true });
    const pictures = await Promise.all(
      [first, second].map(async (path) => decodeImage(await readWholeFile(path), path)),
    );
    const [a, b] = pictures as [(typeof pictures)[number], (typeof pictures)[number]];
    const matcher = createOrbMatcher({
      features,
      gms: values.all !== true,
      rotation: values.rotation === true,
      scale: values.scales === true,
    });
    try {
      const from = performance.now();
      const matches = await matcher.match(a, b, { signal: io.signal });
      const milliseconds = performance.now() - from;
      const drawn = await encodePicture(await drawMatches(a, b, matches, { maxLines: lines }), out);
      await context.prepareFolder(dirname(out));
      await writeFileWhole(out, drawn);
      if (json) {
        const list = Array.from({ length: matches.count }, (_, i) => ({
          a: { x: matches.pointsA[2 * i], y: matches.pointsA[2 * i + 1] },
          b: { x: matches.pointsB[2 * i], y: matches.pointsB[2 * i + 1] },
          score: matches.scores[i],
        }));
        io.out(`${JSON.stringify({ count: matches.count, milliseconds, files: [out], matches: list })}\n`);
      } else {
        io.out(`${matches.count} matches in ${formatDuration(milliseconds)}\nwrote ${out}\n`);
      }
    } finally {
      await matcher.dispose();
    }
  },
};
