import { afterEach, describe, expect, it, vi } from 'vitest';
import { findWebGl, findWebGpu } from './find-gpu.js';

afterEach(() => vi.unstubAllGlobals());

/** A canvas whose WebGL 2 calls itself so. */
function stubWebGl(renderer: string | null, lost = vi.fn()) {
  const gl = {
    RENDERER: 1,
    getExtension: (name: string) => (name === 'WEBGL_lose_context' ? { loseContext: lost } : null),
    getParameter: () => renderer,
  };
  vi.stubGlobal(
    'OffscreenCanvas',
    class {
      getContext() {
        return renderer === null ? null : gl;
      }
    },
  );
  return lost;
}

describe('WebGL', () => {
  it.each([
    ['ANGLE (NVIDIA, NVIDIA GeForce RTX 3060, D3D11)', false],
    ['Apple M2', false],
    ['Mali-G78', false],
    ['ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero)), SwiftShader driver)', true],
    ['llvmpipe (LLVM 15.0.7, 256 bits)', true],
    ['ANGLE (Microsoft, Microsoft Basic Render Driver, D3D11)', true],
    ['Apple Software Renderer', true],
  ])('%s: software is %s', (name, software) => {
    const lost = stubWebGl(name);
    expect(findWebGl()).toEqual({ name, software });
    expect(lost).toHaveBeenCalledOnce(); // browsers allow a few contexts only
  });

  it('is null where there is none', () => {
    stubWebGl(null);
    expect(findWebGl()).toBeNull();
  });
});

describe('WebGPU', () => {
  const stub = (adapter: unknown) => vi.stubGlobal('navigator', { gpu: { requestAdapter: async () => adapter } });

  it.each([
    [{ info: { vendor: 'nvidia', architecture: 'ampere' } }, { name: 'nvidia ampere', software: false }],
    [{ info: { vendor: 'google', architecture: 'swiftshader' } }, { name: 'google swiftshader', software: true }],
    [{ info: { description: 'x', isFallbackAdapter: true } }, { name: 'x', software: true }],
    [
      { isFallbackAdapter: true, info: {} },
      { name: 'a GPU without a name', software: true },
    ],
    [{ requestAdapterInfo: async () => ({ vendor: 'arm' }) }, { name: 'arm', software: false }],
  ])('%o', async (adapter, expected) => {
    stub(adapter);
    expect(await findWebGpu()).toEqual(expected);
  });

  it('is null where there is none, or the browser fails', async () => {
    stub(null);
    expect(await findWebGpu()).toBeNull();
    vi.stubGlobal('navigator', {});
    expect(await findWebGpu()).toBeNull();
    vi.stubGlobal('navigator', { gpu: { requestAdapter: () => Promise.reject(new Error('no')) } });
    expect(await findWebGpu()).toBeNull();
  });
});
