import { defineConfig } from 'vitest/config';

/**
 * The readers in other languages take minutes the first time: they run by `npm run test:readers`, apart from the product's own tests.
 * What is printed is not caught, so that a line `SKIPPED: …` stands alone.
 */
export default defineConfig({
  test: {
    include: ['foreign-readers.spec.ts'],
    testTimeout: 60_000,
    hookTimeout: 900_000,
    disableConsoleIntercept: true,
  },
});
