import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import { registerWasmGradients } from '@autodrag/wasm-gradients';
import { setTestEnvs } from '@tensorflow/tfjs-core/dist/jasmine_util';

if (process.argv[2] === 'ours') registerWasmGradients();
setTestEnvs([{ name: 'wasm', backendName: 'wasm', flags: {}, isDataSync: true }]);
