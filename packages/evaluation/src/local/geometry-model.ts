import {
  avatarLandmarks,
  geometryDimensions,
  geometryFromLatent,
  landmarkNames,
  latentDimensions,
} from '@autodrag/avatars';

/** A domain whose geometry is known: a normal vector to landmarks. What an evaluation may know, and no drag method. */
export type GeometryModel = {
  /** Length of z, each about normal. */
  readonly dimensions: number;
  /** Landmarks it has. */
  readonly count: number;
  /** Smooth in z. @returns `[2 * count]`, x and y in pixels, and `[count]`, 1 where a landmark can be seen */
  locate(z: Float64Array): { points: ArrayLike<number>; visible: ArrayLike<number> };
};

/** The avatars' renderer. @param resolution of the picture, for pixels */
export function avatarGeometry(resolution: number): GeometryModel {
  return {
    dimensions: geometryDimensions,
    count: landmarkNames.length,
    locate(z) {
      const latent = new Float64Array(latentDimensions);
      latent.set(z);
      return avatarLandmarks(geometryFromLatent(latent), { resolution });
    },
  };
}
