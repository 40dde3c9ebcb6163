import { median } from '@autodrag/nn';
import { breathe } from './measure-generator.js';

/** Something that is measured. Returns the milliseconds that count; without them all that passed do. */
export type Work = () => Promise<number | undefined> | Promise<void>;

export type WorkFigures = {
  readonly name: string;
  /** Median over the rounds. */
  readonly milliseconds: number;
  /** Median over the rounds of its time by that of the first work in the same round. */
  readonly ratio: number;
  /** 95 % interval of that median. */
  readonly interval: readonly [low: number, high: number];
  /** Milliseconds, round by round. */
  readonly times: readonly number[];
};

export type MeasureInTurnsOptions = {
  rounds: number;
  /** Milliseconds so far, by the clock that counts: it may be processor time, which other programs disturb less. */
  clock: () => number;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number, text: string) => void;
};

/**
 * Times several works, all of them once a round and each round from the next one on, so that they meet the same
 * machine. What comes first of each is not counted.
 */
export async function measureInTurns(
  works: ReadonlyMap<string, Work>,
  { rounds, clock, signal, onProgress }: MeasureInTurnsOptions,
): Promise<WorkFigures[]> {
  const names = [...works.keys()];
  const times = new Map(names.map((name) => [name, [] as number[]]));
  for (let round = 0; round <= rounds; round++) {
    onProgress?.(round, rounds + 1, round === 0 ? 'first round' : `round ${round} of ${rounds}`);
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length] as string;
      await breathe(signal);
      const from = clock();
      const counted = await works.get(name)?.();
      const passed = clock() - from;
      if (round > 0) times.get(name)?.push(typeof counted === 'number' ? counted : passed);
    }
  }
  onProgress?.(rounds + 1, rounds + 1, 'done');
  const base = times.get(names[0] as string) ?? [];
  return names.map((name) => {
    const own = times.get(name) ?? [];
    const ratios = own.map((time, round) => time / (base[round] as number));
    return { name, milliseconds: median(own), ratio: median(ratios), interval: medianInterval(ratios), times: own };
  });
}

/** 95 % interval of a median, from the order of the values alone: binomial, by its normal approximation. */
function medianInterval(values: readonly number[]): [number, number] {
  const sorted = [...values].sort((a, b) => a - b);
  const half = 0.98 * Math.sqrt(sorted.length);
  const at = (index: number) => sorted[Math.max(0, Math.min(sorted.length - 1, index))] as number;
  return [at(Math.floor(sorted.length / 2 - half)), at(Math.ceil(sorted.length / 2 + half))];
}
