// The globals (describe, it, expect ...) that the suite is written against, made before its files run.
const jasmineRequire = require('jasmine-core/lib/jasmine-core/jasmine.js');

const jasmine = jasmineRequire.core(jasmineRequire);
const env = jasmine.getEnv({ suppressLoadErrors: true });
Object.assign(globalThis, jasmineRequire.interface(jasmine, env));
env.configure({ random: false, failSpecWithNoExpectations: false });
