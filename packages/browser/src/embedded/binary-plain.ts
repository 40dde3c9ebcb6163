export { default } from 'embedded:tfjs-backend-wasm.wasm';
