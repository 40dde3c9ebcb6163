import { defineConfig } from 'vitest/config';

// one browser at a time: each brings its own software GPU
export default defineConfig({
  test: {
    ...{ include: ['**/*.test.ts'], fileParallelism: false, testTimeout: 600_000, hookTimeout: 600_000 },
    execArgv: ['--experimental-websocket'], // for Firefox; from Node 22 on it is there anyway
    expect: { poll: { timeout: 20_000 } }, // beside other work, what takes a frame may take seconds
  },
});
