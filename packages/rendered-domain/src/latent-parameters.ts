import { InvalidArgumentError } from '@autodrag/nn';

/**
 * One geometry parameter: value = middle + amplitude * tanh(0.9 z) for its normal variate z.
 * `[middle, amplitude]`
 */
export type ParameterRange = readonly [middle: number, amplitude: number];

export type LatentParametersOptions<G extends string, A extends string> = {
  /** Of the geometry, in the order in which a latent gives it. */
  readonly geometryRanges: Readonly<Record<G, ParameterRange>>;
  /** Of the appearance, whose values are tanh(0.9 z); a latent gives it after geometry. */
  readonly appearanceNames: readonly A[];
  readonly latentDimensions: number;
  /** How many amplitudes from its middle a renderer accepts a geometry parameter. */
  readonly geometryLimit: number;
  /** The function that makes both from a latent, which messages name as the way out. */
  readonly start: string;
};

/** A renderer's parameters, of a latent, and checked. All errors are InvalidArgumentErrors. */
export type LatentParameters<G extends string, A extends string> = {
  readonly geometryNames: readonly G[];
  /** Refuses another length, and a value that is not finite. */
  checkLatent(caller: string, z: ArrayLike<number>): void;
  /** Refuses geometry that lacks a parameter, is not finite, or is farther from its middle than the limit. */
  checkGeometry(caller: string, geometry: Readonly<Record<G, number>>): void;
  /** Refuses appearance that lacks a parameter, is not finite, or lies outside of [-1.5, 1.5]. */
  checkAppearance(caller: string, appearance: Readonly<Record<A, number>>): void;
  /** The limits within which a latent keeps a parameter. */
  geometryRange(name: G): { minimum: number; maximum: number };
  geometryFromLatent(z: ArrayLike<number>): Record<G, number>;
  appearanceFromLatent(z: ArrayLike<number>): Record<A, number>;
};

/** Smooth (C-infinity), monotone squash of a normal variate into (-1, 1). */
const squash = (z: number): number => Math.tanh(0.9 * z);

/** What the parameters of every renderer have in common: each has a variate of the latent, squashed into its range. */
export function latentParameters<G extends string, A extends string>({
  geometryRanges,
  appearanceNames,
  latentDimensions,
  geometryLimit,
  start,
}: LatentParametersOptions<G, A>): LatentParameters<G, A> {
  const geometryNames = Object.keys(geometryRanges) as unknown as readonly G[];

  const check = (where: string, value: unknown, low: number, high: number): void => {
    if (typeof value === 'number' && value >= low - 1e-9 && value <= high + 1e-9) return;
    throw new InvalidArgumentError(
      `${where}: expected a number from ${Number(low.toFixed(4))} to ${Number(high.toFixed(4))}, got ${String(value)}. Start from ${start}.`,
    );
  };

  const checkLatent = (caller: string, z: ArrayLike<number>): void => {
    if (z == null || z.length !== latentDimensions) {
      throw new InvalidArgumentError(
        `${caller}: z: expected ${latentDimensions} numbers, got ${z == null ? String(z) : z.length}. Pass one latent, not a batch.`,
      );
    }
    for (let i = 0; i < latentDimensions; i++) {
      if (!Number.isFinite(z[i])) {
        throw new InvalidArgumentError(`${caller}: z[${i}]: expected a finite number, got ${z[i]}.`);
      }
    }
  };

  return {
    geometryNames,
    checkLatent,
    checkGeometry(caller, geometry) {
      for (const name of geometryNames) {
        const [middle, amplitude] = geometryRanges[name];
        const reach = geometryLimit * amplitude;
        check(`${caller}: geometry.${name}`, geometry?.[name], middle - reach, middle + reach);
      }
    },
    checkAppearance(caller, appearance) {
      for (const name of appearanceNames) check(`${caller}: appearance.${name}`, appearance?.[name], -1.5, 1.5);
    },
    geometryRange(name) {
      if (!Object.hasOwn(geometryRanges, name)) {
        throw new InvalidArgumentError(`geometryRange: name: expected one of geometryNames, got ${String(name)}.`);
      }
      const [middle, amplitude] = geometryRanges[name];
      return { minimum: middle - amplitude, maximum: middle + amplitude };
    },
    geometryFromLatent(z) {
      checkLatent('geometryFromLatent', z);
      const geometry = {} as Record<G, number>;
      geometryNames.forEach((name, i) => {
        const [middle, amplitude] = geometryRanges[name];
        geometry[name] = middle + amplitude * squash(z[i]!);
      });
      return geometry;
    },
    appearanceFromLatent(z) {
      checkLatent('appearanceFromLatent', z);
      const appearance = {} as Record<A, number>;
      appearanceNames.forEach((name, i) => {
        appearance[name] = squash(z[geometryNames.length + i]!);
      });
      return appearance;
    },
  };
}
