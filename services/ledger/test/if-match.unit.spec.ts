import { describe, expect, it } from 'vitest';
import { changeExpected } from '../src/edge/if-match.ts';
import { Problem } from '../src/problem.ts';

/** What is at `stored`, and changes under the revision that it is told. */
function change(stored: number, ifMatch: string | undefined, revision?: number): Promise<string> {
  return changeExpected(
    { ifMatch, revision },
    async () => stored,
    async (expected) => {
      if (expected !== stored) throw new Problem(409, 'conflict', 'Changed meanwhile', 'read it again');
      return `changed at ${expected}`;
    },
  );
}

const statusOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 200,
    (error: Problem) => error.status,
  );

describe('If-Match', () => {
  it.each([
    ['"3"', undefined],
    ['"2", "3"', undefined],
    ['"2","3"', undefined],
    ['*', undefined],
    ['"3"', 3],
    [undefined, 3],
  ])('lets %s with revision %s change revision 3', async (ifMatch, revision) => {
    expect(await change(3, ifMatch, revision)).toBe('changed at 3');
  });

  it.each([
    ['"2"', undefined, 412],
    ['"4", "5"', undefined, 412],
    ['W/"3"', undefined, 412],
    ['"03"', undefined, 412],
    ['"3"', 2, 409],
    ['"2"', 3, 412],
    [undefined, 2, 409],
    [undefined, undefined, 400],
    ['3', undefined, 400],
    ['', undefined, 400],
    ['"3', undefined, 400],
  ])('refuses %s with revision %s at revision 3 with %i', async (ifMatch, revision, status) => {
    expect(await statusOf(change(3, ifMatch, revision))).toBe(status);
  });

  it('is 412, too, when another is faster between the look and the change', async () => {
    let revision = 3;
    const racing = changeExpected(
      { ifMatch: '"3"', revision: undefined },
      async () => revision,
      async () => {
        revision = 4;
        throw new Problem(409, 'conflict', 'Changed meanwhile', 'read it again');
      },
    );
    await expect(racing).rejects.toMatchObject({ status: 412, message: expect.stringContaining('revision 4') });
  });
});
