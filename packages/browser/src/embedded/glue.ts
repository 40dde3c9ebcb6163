export { default } from 'glue:tfjs-backend-wasm.js';
