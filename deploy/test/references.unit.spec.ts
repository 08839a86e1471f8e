import { expect, test } from 'vitest';
// @ts-expect-error: plain JavaScript, run without a build.
import { compareReferences } from '../../.ci/references.mjs';

test("each package's tsconfig.json refers to the packages that its package.json names: else node .ci/references.mjs --write", () => {
  expect(compareReferences()).toEqual([]);
});
