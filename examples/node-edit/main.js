// Pulls a chin, writes the picture before and after, and an animation of the motion.
import {
  encodeAnimation,
  encodePng,
  encodePngWithPoints,
  loadAutodrag,
  prepareFolder,
  useBackend,
  writeFileWhole,
} from 'autodrag';

await useBackend('wasm');
const autodrag = await loadAutodrag(); // the avatars; { generator, regularizer, predictor } are paths of a model of yours
const session = await autodrag.sample(7);
const folder = await prepareFolder('out');
await writeFileWhole(`${folder}/before.png`, await encodePng(session.image));

const { image, points, distanceBefore, distanceAfter } = await session.drag([
  { handle: { x: 77, y: 79 }, target: { x: 67, y: 84 } },
]);
console.log(`${distanceBefore.toFixed(1)} px before, ${distanceAfter.toFixed(1)} px after`);

await writeFileWhole(`${folder}/after.png`, await encodePng(image));
await writeFileWhole(`${folder}/points.png`, await encodePngWithPoints(image, points));
const frames = [];
for await (const frame of session.frames()) frames.push(frame);
const delays = frames.map(() => 80); // milliseconds
await writeFileWhole(`${folder}/motion.gif`, await encodeAnimation(frames, delays, 'gif'));

session.dispose();
autodrag.dispose();
