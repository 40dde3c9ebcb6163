export { default } from 'embedded:tfjs-backend-wasm-simd.wasm';
