export type { BackendName } from './backend-name.js';
export { BackendError } from './errors.js';
export { type StartBackendOptions, type StartedBackend, startBackend } from './start-backend.js';
export type { WasmPaths } from './wasm/read-wasm-binary.js';
export type { Loss } from './watch-loss.js';
