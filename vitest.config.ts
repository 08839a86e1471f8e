import { defineConfig } from 'vitest/config';
import { narrowToChanged } from './.ci/changed.ts';

// Generous, so that a busy machine fails nothing: how long things take is for the benchmarks to say.
const UNIT_TIMEOUT_MS = 30_000;
const INT_TIMEOUT_MS = 60_000;
const E2E_TIMEOUT_MS = 120_000;
const FUZZ_TIMEOUT_MS = 180_000;
const infraSetup = './libs/embedded/src/testing/global-setup.ts';

/**
 * Six kinds of test, told by the file's name: unit and contract need no server, and contract drives whole vendors and simulators over HTTP; sim explores, which
 * takes tens of seconds; int talks to real Kafka, MongoDB and registry; fuzz has requests made up against the API of a real ledger; e2e runs whole processes. The
 * groups run one after another, so that a slow kind never slows a fast one.
 */
export default defineConfig({
  plugins: [narrowToChanged()],
  test: {
    // What was transformed is kept on disk, by content: a second run begins with its tests.
    experimental: { fsModuleCache: true },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          // One worker loads a module once, not once a file: half the time. Hooks are set by each file, not by what it imports.
          isolate: false,
          include: ['{libs,services,schemas,deploy}/**/*.unit.spec.ts'],
          testTimeout: UNIT_TIMEOUT_MS,
          hookTimeout: UNIT_TIMEOUT_MS,
          sequence: { groupOrder: 0 },
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'contract',
          isolate: false,
          include: ['{libs,services,schemas,deploy}/**/*.contract.spec.ts'],
          testTimeout: UNIT_TIMEOUT_MS,
          hookTimeout: UNIT_TIMEOUT_MS,
          sequence: { groupOrder: 0 },
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'sim',
          include: ['libs/**/*.sim.spec.ts'],
          testTimeout: E2E_TIMEOUT_MS,
          hookTimeout: UNIT_TIMEOUT_MS,
          sequence: { groupOrder: 1 },
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'int',
          include: ['{libs,services,schemas,deploy}/**/*.int.spec.ts'],
          globalSetup: infraSetup,
          testTimeout: INT_TIMEOUT_MS,
          hookTimeout: INT_TIMEOUT_MS,
          sequence: { groupOrder: 2 },
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'fuzz',
          include: ['{libs,services,schemas,deploy}/**/*.fuzz.spec.ts'],
          globalSetup: [infraSetup, './libs/embedded/src/testing/schemathesis.ts'],
          testTimeout: FUZZ_TIMEOUT_MS,
          hookTimeout: FUZZ_TIMEOUT_MS,
          sequence: { groupOrder: 3 },
          maxWorkers: 1,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          // These start the whole product, servers included, and stop and kill parts of it.
          include: ['{libs,services,schemas,deploy}/**/*.e2e.spec.ts'],
          globalSetup: './services/stack/test/e2e/build-first.ts',
          testTimeout: E2E_TIMEOUT_MS,
          hookTimeout: E2E_TIMEOUT_MS,
          sequence: { groupOrder: 4 },
          // Two stacks beside each other: what one test waits for, an outage to last or a server to come up, costs no processor.
          maxWorkers: 2,
        },
      },
    ],
  },
});
