// Pulls a face aside, writes the picture before and after, and an animation of the motion.
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

const { width, height } = session.image;
const { image, points, distanceBefore, distanceAfter } = await session.drag([
  { handle: { x: 0.6 * width, y: 0.62 * height }, target: { x: 0.52 * width, y: 0.66 * height } },
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
