export { default } from 'glue:tfjs-backend-wasm-threaded-simd.js';
