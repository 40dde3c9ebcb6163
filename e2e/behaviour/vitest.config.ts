import { defineConfig } from 'vitest/config';

// a place of software graphics takes minutes for all cases, and they run before the first test of it is judged
export default defineConfig({ test: { include: ['**/*.test.ts'], testTimeout: 60_000, hookTimeout: 3_100_000 } });
