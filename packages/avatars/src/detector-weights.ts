/**
 * Address of the trained landmark detector; `loadLandmarkDetector` reads it. To measure with, no part of editing: an
 * entry of its own keeps it out of what applications ship.
 */
export const detectorWeights = new URL('../weights/detector.safetensors', import.meta.url);
