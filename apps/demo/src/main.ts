import { defineAutodragEditor } from '@autodrag/editor';
import { trustOwnScripts } from './trust-own-scripts.js';

trustOwnScripts();
const editor = document.querySelector('autodrag-editor');
const asked = new URLSearchParams(location.search);
const { seed, backend } = Object.fromEntries(asked);

// ?seed=12 becomes #seed=12, where the editor keeps the picture; one that is none it refuses in words
if (seed !== undefined && /^\d{1,10}$/.test(seed) && Number(seed) < 2 ** 32) {
  asked.delete('seed');
  const rest = asked.size ? `?${asked}` : '';
  history.replaceState(null, '', `${location.pathname}${rest}${location.hash || `#seed=${seed}`}`);
} else if (seed !== undefined) editor?.setAttribute('seed', seed);
if (backend !== undefined) editor?.setAttribute('backend', backend);
defineAutodragEditor();

if ('serviceWorker' in navigator && import.meta.env.PROD) {
  void navigator.serviceWorker
    .register('./service-worker.js')
    .catch((error) => console.warn('no offline copy:', error));
}
