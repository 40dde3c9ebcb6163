export {
  type Autodrag,
  type CreateAutodragOptions,
  createAutodrag,
  type DragCall,
  type DraggedPoint,
  type DragOptions,
  type DragPoint,
  type DragReport,
  type DragResult,
  type DragStep,
  displayOf,
  isAutodragError,
  type LoadAutodragOptions,
  loadLatent,
  ModelError,
  type Picture,
  type Point,
  PointError,
  padPicture,
  pointsSvg,
  type SampleOptions,
  SeedError,
  type Session,
  SessionError,
  saveLatent,
  tweenCodes,
  type WeightSource,
} from '@autodrag/autodrag';
export { type BackendName, backendNames, installedBackends, registerGradients, useBackend } from './node/backends.js';
export { BackendError, FileError } from './node/errors.js';
export { createFileStore } from './node/file-store.js';
export {
  decodeImage,
  type EncodeOptions,
  encodeAnimation,
  encodePng,
  encodePngWithPoints,
  encodeSheet,
  encodeSvg,
} from './node/images.js';
export { loadAutodrag } from './node/load-autodrag.js';
export { readWholeFile } from './node/read-file.js';
export { readSource } from './node/read-source.js';
export { prepareFolder, writeFileWhole } from './node/write-file.js';
export { type PlotOptions, plotSvg, type Series } from './plot/plot-svg.js';
