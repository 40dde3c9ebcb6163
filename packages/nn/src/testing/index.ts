export { type CheckGradientOptions, checkGradient } from './check-gradient.js';
export { expectClose } from './expect-close.js';
export { expectNoLeak } from './expect-no-leak.js';
