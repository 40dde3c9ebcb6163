export { createHost, type HeadSizes, type Host, type HostMatrix, type HostMemory, type OnHost } from './create-host.js';
export { createPlainProducts, type PlainProducts } from './plain-products.js';
export {
  createDecoderCacheOnHost,
  decoderOnHost,
  encoderOnHost,
  type HostDecoderCache,
  linearOnHost,
  mlpOnHost,
} from './transformer.js';
