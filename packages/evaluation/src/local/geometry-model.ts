import type { RenderedDomain } from '@autodrag/rendered-domain';

/** A domain whose geometry is known: a normal vector to landmarks. What an evaluation may know, and no drag method. */
export type GeometryModel = {
  /** Length of z, each about normal. */
  readonly dimensions: number;
  /** Landmarks it has. */
  readonly count: number;
  /** Smooth in z. @returns `[2 * count]`, x and y in pixels, and `[count]`, 1 where a landmark can be seen */
  locate(z: Float64Array): { points: ArrayLike<number>; visible: ArrayLike<number> };
};

/** The geometry of a renderer. @param resolution of the picture, for pixels */
export function domainGeometry(domain: RenderedDomain, resolution: number): GeometryModel {
  return {
    dimensions: domain.geometryDimensions,
    count: domain.landmarkNames.length,
    locate(z) {
      const latent = new Float64Array(domain.latentDimensions);
      latent.set(z);
      return domain.landmarks(latent, { resolution });
    },
  };
}
