// Bundled by bundle.ts and run as `node suite.mjs <stock or ours> <file for the results>`.
import './jasmine.cjs';
import './environment.mjs';
import '@tensorflow/tfjs-core/dist/tests';
import { writeFileSync } from 'node:fs';

const results = [];
const env = jasmine.getEnv();
env.addReporter({
  specDone: ({ fullName, status, failedExpectations }) => {
    results.push({ name: fullName, status, message: failedExpectations[0]?.message });
  },
});
await env.execute();
writeFileSync(process.argv[3], JSON.stringify(results));
process.exit(0); // the suite leaves timers behind
