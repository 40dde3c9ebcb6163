export { default } from 'embedded:tfjs-backend-wasm-threaded-simd.js';
