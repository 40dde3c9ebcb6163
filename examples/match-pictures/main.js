// Finds the points of one picture again in another, by ORB and GMS, and draws them.
import { drawMatches, matchImages, saveImage } from '@autodrag/matching';
import { encodePng, loadAutodrag, prepareFolder, useBackend, writeFileWhole } from 'autodrag';

// Two pictures: an avatar before and after a drag. Paths and addresses of yours will do as well.
await useBackend('wasm');
const autodrag = await loadAutodrag();
const session = await autodrag.sample(7);
const folder = await prepareFolder('out');
await writeFileWhole(`${folder}/a.png`, await encodePng(session.image));
const { width, height } = autodrag;
const { image } = await session.drag([
  { handle: { x: 0.6 * width, y: 0.62 * height }, target: { x: 0.52 * width, y: 0.66 * height } },
]);
await writeFileWhole(`${folder}/b.png`, await encodePng(image));
session.dispose();
autodrag.dispose();

const matches = await matchImages(`${folder}/a.png`, `${folder}/b.png`);
console.log(`${matches.count} matches, drawn in ${folder}/matches.png`);
await saveImage(`${folder}/matches.png`, await drawMatches(`${folder}/a.png`, `${folder}/b.png`, matches));
