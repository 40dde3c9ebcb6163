import { defineAutodragEditor } from '@autodrag/editor';

const backends = ['webgpu', 'webgl', 'wasm'];
const editor = document.querySelector('autodrag-editor');
const asked = new URLSearchParams(location.search);
// ?seed=12 and ?backend=wasm, as links to this page may say
const seed = asked.get('seed');
const backend = asked.get('backend');
if (seed) editor?.setAttribute('seed', seed);
if (backend && backends.includes(backend)) editor?.setAttribute('backend', backend);
defineAutodragEditor();

if ('serviceWorker' in navigator && import.meta.env.PROD) {
  void navigator.serviceWorker
    .register('./service-worker.js')
    .catch((error) => console.warn('no offline copy:', error));
}
