import { interval, quantile } from './paired.mjs';

/**
 * Times works, all of them once a round, each round from the next one on. The first of them is what the others are
 * divided by, round by round; the first round is not counted.
 *
 * @param works `{ name: async () => milliseconds that count, or nothing }`
 */
export async function inTurns(works, { rounds, clock }) {
  const names = Object.keys(works);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length];
      const from = clock();
      const counted = await works[name]();
      const passed = clock() - from;
      if (round > 0) times[name].push(typeof counted === 'number' ? counted : passed);
    }
  }
  const base = times[names[0]];
  return names.map((name) => {
    const ratios = times[name].map((time, i) => time / base[i]);
    return { name, milliseconds: quantile(times[name], 0.5), ratio: quantile(ratios, 0.5), interval: interval(ratios) };
  });
}
