export { createHost, type Host, type HostMatrix, type OnHost } from './create-host.js';
export {
  createDecoderCacheOnHost,
  decoderOnHost,
  encoderOnHost,
  type HostDecoderCache,
  type HostMemory,
  linearOnHost,
  mlpOnHost,
} from './transformer.js';
