export { type PlotOptions, plotSvg, type Series } from '../plot.js';
export { type BackendName, backendNames, installedBackends, registerGradients, useBackend } from './backends.js';
export { BackendError, FileError } from './errors.js';
export { createFileStore } from './file-store.js';
export {
  decodeImage,
  type EncodeOptions,
  encodeAnimation,
  encodePng,
  encodePngWithPoints,
  encodeSheet,
  encodeSvg,
} from './images.js';
export { loadAutodrag } from './load-autodrag.js';
export { readWholeFile } from './read-file.js';
export { prepareFolder, writeFileWhole } from './write-file.js';
