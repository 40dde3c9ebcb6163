import { BackendError } from '../errors.js';

/** Which build of the binary: what the browser and the page allow decides. */
export type WasmBuild = 'plain' | 'simd' | 'threads';

/** Names of the binaries, as tfjs-backend-wasm has them. */
export const wasmFileNames = {
  plain: 'tfjs-backend-wasm.wasm',
  simd: 'tfjs-backend-wasm-simd.wasm',
  threads: 'tfjs-backend-wasm-threaded-simd.wasm',
} as const;

/** Where the binaries are: the address of their folder, or one for each name. */
export type WasmPaths = string | URL | Readonly<Record<string, string | URL>>;

/** Binaries as modules of this package, so that there is no file to copy or to find. Each is loaded alone. */
const embedded: Record<WasmBuild, () => Promise<{ default: string }>> = {
  plain: () => import('../embedded/binary-plain.js'),
  simd: () => import('../embedded/binary-simd.js'),
  threads: () => import('../embedded/binary-threads.js'),
};

/**
 * The bytes of a binary of tfjs-backend-wasm: from `paths` if given, else from this package.
 *
 * @throws BackendError naming the file; the signal's reason
 */
export async function readWasmBinary(
  build: WasmBuild,
  { paths, signal }: { paths?: WasmPaths; signal?: AbortSignal } = {},
): Promise<ArrayBuffer> {
  if (paths === undefined) {
    const { default: base64 } = await embedded[build]();
    const packed = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
  }
  const name = wasmFileNames[build];
  const address = typeof paths === 'string' || paths instanceof URL ? joinAddress(String(paths), name) : paths[name];
  if (!address) throw new BackendError(`wasmPaths: expected an address for '${name}', got none.`);
  let bytes: ArrayBuffer;
  try {
    const response = await fetch(address, { signal });
    if (!response.ok) throw new Error(`the server answers ${response.status}`);
    bytes = await response.arrayBuffer();
  } catch (error) {
    signal?.throwIfAborted();
    throw new BackendError(
      `wasmPaths: '${address}' cannot be fetched: ${(error as Error).message}. Check the address, or leave wasmPaths out: the package brings the file.`,
      { cause: error },
    );
  }
  if (new DataView(bytes).byteLength < 4 || new DataView(bytes).getUint32(0) !== 0x0061736d) {
    throw new BackendError(`wasmPaths: '${address}' is no WebAssembly. Check what the server answers there.`);
  }
  return bytes;
}

function joinAddress(folder: string, name: string): string {
  return folder.endsWith('/') ? folder + name : `${folder}/${name}`;
}
