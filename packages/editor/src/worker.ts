import { createLocalSession } from './session/create-local-session.js';
import { serveSession } from './session/serve-session.js';

/** The other end of `createWorkerSession`. */
const port = globalThis as unknown as Parameters<typeof serveSession>[1];
serveSession(createLocalSession(), port);
port.postMessage({ kind: 'ready' });
