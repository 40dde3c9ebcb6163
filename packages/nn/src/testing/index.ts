export { type CheckGradientOptions, checkGradient } from './check-gradient.js';
export { expectClose } from './expect-close.js';
export { expectNoLeak } from './expect-no-leak.js';
export { type TestBackend, type TestBackendsOptions, testBackendNames, testBackends } from './test-backends.js';
export { useTestBackend } from './use-test-backend.js';
