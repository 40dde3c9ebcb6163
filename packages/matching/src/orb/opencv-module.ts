import * as opencv from '@techstark/opencv-js';

/**
 * OpenCV's module in a box, to be imported dynamically in its stead: it has a `then`, and where an importer makes that a
 * property of the namespace, awaiting the import never ends.
 */
export const openCvModule = { cv: (opencv as unknown as { default?: typeof opencv }).default ?? opencv };
