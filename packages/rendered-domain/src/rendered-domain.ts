import type { Box } from './box.js';

/** A part of a picture, in whole pixels. */
export type PixelWindow = {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};

export type RenderOptions = {
  /** Side of the square picture in pixels. */
  readonly resolution: number;
  /** The part of the picture that is wanted. @default all of it */
  readonly crop?: PixelWindow;
  /** Receives the pixels, `height * width * 3` of them. @default a new array */
  readonly out?: Float32Array;
};

export type Landmarks = {
  /** `[L, 2]`: x, y in pixels, the centre of the upper left pixel at (0, 0). */
  readonly points: Float32Array;
  /** `[L]`: 1 where the point lies in the picture and nothing hides it. */
  readonly visible: Uint8Array;
};

/** Where in the picture the subject is, in fractions of the picture's side. */
export type Subject = {
  /** Its centre. */
  readonly x: number;
  readonly y: number;
  /** How far it reaches from there to either side, and up and down: the spread of a bell curve. */
  readonly width: number;
  readonly height: number;
};

/**
 * A renderer as trainings and evaluations know it: pictures and exact landmarks of a normal vector z, whose first
 * entries are geometry (whatever moves a point) and whose others are appearance (colours, light, texture). All
 * functions are pure; pictures and landmarks change smoothly with z.
 */
export type RenderedDomain = {
  /** In the plural, for people: 'avatars'. */
  readonly name: string;
  /** What one picture shows: 'avatar'. Detectors' weight files are marked with it. */
  readonly singular: string;
  /** Length of z, which is about normal with a mean square of 1. */
  readonly latentDimensions: number;
  /** The first so many entries of z are geometry. The others do not move a landmark. */
  readonly geometryDimensions: number;
  /** `[L]` */
  readonly landmarkNames: readonly string[];
  /** Indices of the one and the five landmarks that drags are measured with. */
  readonly standardPoints: { readonly one: readonly number[]; readonly five: readonly number[] };
  /**
   * @param geometry `[latentDimensions]`: the z of which geometry is read
   * @param appearance `[latentDimensions]`: the z of which appearance is read, which may be the same
   * @returns `[height, width, 3]` in [-1, 1]: `out` itself where it is given
   */
  render(
    geometry: ArrayLike<number>,
    appearance: ArrayLike<number>,
    options: RenderOptions,
  ): { readonly pixels: Float32Array };
  /** @param z `[latentDimensions]`, of which geometry is read */
  landmarks(z: ArrayLike<number>, options: { readonly resolution: number }): Landmarks;
  /** Where the subject is: what counts most in a loss, and what windows of large pictures mostly show. */
  subject(z: ArrayLike<number>): Subject;
  /** Boxes around small parts that people look at and drag, eyes and mouth of a face for example, in pixels. */
  parts(z: ArrayLike<number>, options: { readonly resolution: number }): readonly Box[];
};
