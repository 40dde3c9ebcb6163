import type { WasmBuild } from './read-wasm-binary.js';

/** The part of emscripten's module that is needed to join it to the backend. */
type Module = Record<string, unknown> & { cwrap(name: string, result: string | null, args: string[]): unknown };

/**
 * Makes the module that `BackendWasm` computes with, as tfjs-backend-wasm does, from bytes that are there.
 *
 * tfjs itself finds its binary by an address that it must be told, and gives its threads the text of a function, which
 * no longer works once a minifier has renamed what that function refers to ("e is not defined", and nothing ever
 * starts). Here the binary comes as bytes, and the text as it was published.
 *
 * @throws Error if the threads do not start: a policy of the page may forbid workers from a blob
 */
export async function createWasmModule(build: WasmBuild, wasmBinary: ArrayBuffer): Promise<Module> {
  const module = build === 'threads' ? await withThreads(wasmBinary) : await withoutThreads(wasmBinary);
  module.tfjs = {
    init: module.cwrap('init', null, []),
    initWithThreadsCount: module.cwrap('init_with_threads_count', null, ['number']),
    getThreadsCount: module.cwrap('get_threads_count', 'number', []),
    registerTensor: module.cwrap('register_tensor', null, ['number', 'number', 'number']),
    disposeData: module.cwrap('dispose_data', null, ['number']),
    dispose: module.cwrap('dispose', null, []),
  };
  return module;
}

async function withoutThreads(wasmBinary: ArrayBuffer): Promise<Module> {
  const { default: factory } = await import('../embedded/glue.js');
  return settled((onAbort) => factory({ wasmBinary, onAbort, locateFile: (path: string) => path }));
}

async function withThreads(wasmBinary: ArrayBuffer): Promise<Module> {
  const [{ default: factory }, { default: script }, { default: workerModule }] = await Promise.all([
    import('../embedded/glue-threads.js'),
    import('../embedded/script-threads.js'),
    import('../embedded/script-worker.js'),
  ]);
  // the file exports the worker's text as one template literal
  const worker = workerModule.slice(workerModule.indexOf('`') + 1, workerModule.lastIndexOf('`'));
  const address = URL.createObjectURL(new Blob([worker], { type: 'text/javascript' }));
  return settled((onAbort) =>
    factory({
      wasmBinary,
      onAbort,
      locateFile: (path: string) => (path.endsWith('.worker.js') ? address : path),
      mainScriptUrlOrBlob: new Blob([script], { type: 'text/javascript' }),
    }),
  );
}

/** Emscripten's promise stays pending where it aborts, or where a policy of the page forbids its workers. */
function settled(start: (onAbort: (what: unknown) => void) => Promise<unknown>): Promise<Module> {
  let stop = () => {};
  const outcome = new Promise<Module>((resolve, reject) => {
    const forbidden = (event: Event) => {
      const { effectiveDirective, blockedURI } = event as SecurityPolicyViolationEvent;
      if (/worker|script/.test(effectiveDirective)) {
        reject(new Error(`the page's Content-Security-Policy forbids ${effectiveDirective} ${blockedURI || 'blob:'}`));
      }
    };
    const late = setTimeout(() => reject(new Error('it did not start within 20 s')), 20_000);
    globalThis.addEventListener('securitypolicyviolation', forbidden);
    stop = () => {
      clearTimeout(late);
      globalThis.removeEventListener('securitypolicyviolation', forbidden);
    };
    start((what) => reject(new Error(String(what)))).then((module) => resolve(module as Module), reject);
  });
  return outcome.finally(() => stop());
}
