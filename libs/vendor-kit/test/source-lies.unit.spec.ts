import { describe, expect, it } from 'vitest';
import { listSourceCases, type SourceSuite } from '../src/testing/index.ts';
import { type Lie, makeModelSource } from './model-source.ts';

/** Names of the cases that a suite does not pass. */
async function listRed(suite: SourceSuite): Promise<string[]> {
  const red: string[] = [];
  for (const one of listSourceCases(suite))
    await one.run().catch(() => {
      red.push(one.name);
    });
  return red;
}

describe('the source contract', () => {
  it('is passed by a vendor that does what it declares', async () => {
    expect(await listRed(makeModelSource(null))).toEqual([]);
  });

  it.each<[Lie, RegExp]>([
    ['cuts-batches', /^order: takes a batch of 5 ids/],
    ['finds-what-is-gone', /^order: absence deletes/],
    ['ignores-its-setting', /^order: each of its settings/],
    ['polls-never-a-change', /^order: polls find new records, then changed ones/],
    ['polls-without-a-pause', /^order: polls find new records/],
    ['fails-as-a-defect', /^order: down: a VendorError of the right kind/],
    ['shows-its-secret', /^order: no secret is in its errors/],
    ['confirms-nothing', /^order: confirms documents/],
    ['confirms-its-own-ids', /^order: confirms documents/],
    ['confirms-a-role-undeclared', /^order: confirms documents/],
    ['shows-no-state', /^order: shows states exactly where it declares them/],
    ['shows-what-it-does-not-declare', /^order: shows states exactly where it declares them/],
    ['hashes-by-itself', /^order: shows each document in the state in which the target reads it/],
    ['opens-a-client-for-each-side', /^signs in once for all that its sides are asked/],
    ['lists-nothing-of-a-kind', /^lists its channel values/],
    ['tests-no-scope', /^its test says that the scope read is missing/],
    ['looks-at-no-subscription', /^finds a webhook subscription that is gone/],
    ['takes-webhooks-when-polled-only', /^webhook: is taken, unless/],
    ['knows-a-topic-by-name-only', /^webhook: order\/gone: a genuine one/],
    ['checks-no-signature', /^webhook: refuses every flipped byte/],
  ])('finds a vendor that %s', async (lie, name) => {
    expect(await listRed(makeModelSource(lie))).toContainEqual(expect.stringMatching(name));
  });

  it('finds a declared entity, webhook, scope, setting or subscription that comes without a harness', async () => {
    const whole = makeModelSource(null);
    const bare: SourceSuite = {
      ...whole,
      entities: {},
      webhook: null,
      side: async () => {
        const { grantScopes: _grant, dropSubscription: _drop, ...side } = await whole.side();
        return side;
      },
    };
    expect(await listRed(bare)).toEqual([
      expect.stringMatching(/^has a harness for all it declares/),
      expect.stringMatching(/^its test says that the scope read is missing/),
      expect.stringMatching(/^finds a webhook subscription that is gone/),
    ]);
    const { order } = whole.entities;
    const unset: SourceSuite = {
      ...whole,
      entities: {
        order: async () => {
          if (order === undefined) throw new TypeError('the model has orders');
          const { settings: _settings, confirms: _confirms, ...harness } = await order();
          return harness;
        },
      },
    };
    expect(await listRed(unset)).toEqual([
      expect.stringMatching(/^order: each of its settings/),
      expect.stringMatching(/^order: confirms documents/),
    ]);
  });
});
