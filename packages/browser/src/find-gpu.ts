/** What a page can say about a graphics processor: its name, and whether it is one at all. */
export type Gpu = { readonly name: string; readonly software: boolean };

/** Names of renderers that compute on the processor: slower for us than wasm. */
const softwareNames = /swiftshader|llvmpipe|softpipe|software|basic render|warp/i;

/** The WebGL 2 of this page or worker, or null. */
export function findWebGl(): Gpu | null {
  const canvas = typeof OffscreenCanvas === 'undefined' ? document.createElement('canvas') : new OffscreenCanvas(1, 1);
  const gl = canvas.getContext('webgl2') as WebGL2RenderingContext | null;
  if (!gl) return null;
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  const name = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  gl.getExtension('WEBGL_lose_context')?.loseContext(); // browsers allow a few contexts only
  return { name, software: softwareNames.test(name) };
}

/** The WebGPU of this page or worker, or null. */
export async function findWebGpu(): Promise<Gpu | null> {
  const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<GpuAdapter | null> } };
  const adapter = await gpu?.requestAdapter().catch(() => null);
  if (!adapter) return null;
  const info = adapter.info ?? (await adapter.requestAdapterInfo?.().catch(() => undefined)) ?? {};
  const { vendor = '', architecture = '', device = '', description = '', isFallbackAdapter } = info;
  const name = description || [vendor, architecture, device].filter(Boolean).join(' ') || 'a GPU without a name';
  const software =
    Boolean(adapter.isFallbackAdapter || isFallbackAdapter) || softwareNames.test(`${name} ${architecture}`);
  return { name, software };
}

type GpuInfo = {
  vendor?: string;
  architecture?: string;
  device?: string;
  description?: string;
  isFallbackAdapter?: boolean;
};
type GpuAdapter = { info?: GpuInfo; isFallbackAdapter?: boolean; requestAdapterInfo?(): Promise<GpuInfo> };
