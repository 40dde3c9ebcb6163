// Milliseconds of the avatar renderer at five sizes:
//   npm run bench -- avatars
import { avatarFromLatent, avatarLandmarks, latentDimensions, renderAvatar } from '@autodrag/avatars';
import { createRandom } from '@autodrag/nn';

const random = createRandom(1);
const avatars = Array.from({ length: 200 }, () => {
  const z = Float32Array.from({ length: latentDimensions }, () => random.normal());
  const scale = 1 / Math.sqrt(z.reduce((sum, value) => sum + value * value, 0) / z.length);
  return avatarFromLatent(z.map((value) => value * scale));
});
const at = (values, share) => values.sort((a, b) => a - b)[Math.floor(share * (values.length - 1))];

for (const resolution of [16, 32, 64, 128, 256]) {
  const out = new Float32Array(resolution * resolution * 3);
  const times = avatars.concat(avatars).map((avatar) => {
    const start = performance.now();
    renderAvatar(avatar, { resolution, out });
    return performance.now() - start;
  });
  times.splice(0, 50); // until the compiler has settled
  console.log(
    `${resolution}x${resolution}: ${at(times, 0).toFixed(2)} ms (least), ${at(times, 0.5).toFixed(2)} ms (median)`,
  );
}

for (const small of [16, 32, 64]) {
  let error = 0;
  for (const avatar of avatars.slice(0, 50)) {
    const reference = renderAvatar(avatar, { resolution: small, supersampling: 128 / small }).pixels;
    renderAvatar(avatar, { resolution: small }).pixels.forEach((value, i) => {
      error += Math.abs(value - reference[i]) / reference.length / 50;
    });
  }
  console.log(`${small}x${small} against the averaged 128x128: mean difference ${error.toFixed(4)} of [-1, 1]`);
}

const distances = [];
for (let i = 0; i < avatars.length; i += 2) {
  const [a, b] = [avatars[i], avatars[i + 1]].map(({ geometry }) => avatarLandmarks(geometry).points);
  for (let k = 0; k < a.length; k += 2) distances.push(Math.hypot(a[k] - b[k], a[k + 1] - b[k + 1]));
}
console.log(`a landmark of two random avatars lies ${at(distances, 0.5).toFixed(1)} pixels of 128 apart (median)`);
