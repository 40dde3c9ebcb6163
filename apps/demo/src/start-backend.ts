import { registerWasmGradients } from '@autodrag/wasm-gradients';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Starts webgl where the machine has a real one, else wasm: a webgl that is emulated in software is slower than wasm.
 *
 * @param wanted a backend to use in any case
 * @returns the name of the backend
 */
export async function startBackend(wanted: string | null): Promise<string> {
  const candidates = wanted ? [wanted] : hasRealWebGl() ? ['webgl', 'wasm'] : ['wasm'];
  for (const name of candidates) {
    if (name === 'webgl') await import('@tensorflow/tfjs-backend-webgl');
    if (name === 'wasm') {
      setWasmPaths({
        'tfjs-backend-wasm.wasm': plain,
        'tfjs-backend-wasm-simd.wasm': simd,
        'tfjs-backend-wasm-threaded-simd.wasm': threaded,
      });
      registerWasmGradients(); // faster slices and gathers, and a matMul without stale weights
    }
    try {
      if (await tf.setBackend(name)) {
        await tf.ready();
        return name;
      }
    } catch (error) {
      console.warn(`${name} does not start`, error);
    }
  }
  throw new Error(`No backend starts here (tried ${candidates.join(', ')}). Use a browser with WebAssembly.`);
}

function hasRealWebGl(): boolean {
  const gl = document.createElement('canvas').getContext('webgl2');
  if (!gl) return false;
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  const renderer = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return !/swiftshader|llvmpipe|software|basic render/i.test(renderer);
}
