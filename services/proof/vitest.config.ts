import { defineConfig } from 'vitest/config';

/** The mutants take minutes, not seconds: they run by `npm run test:mutants`, apart from the product's own tests. */
export default defineConfig({ test: { include: ['test/**/*.sim.spec.ts'], maxWorkers: 1 } });
