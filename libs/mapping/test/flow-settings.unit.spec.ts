import { ENTITY_NAMES, type EntityName } from '@entrepot/canonical';
import { describe, expect, it } from 'vitest';
import { flowSettingsSchemaOf } from '../src/index.ts';
import { flow } from './orders.ts';

const THIRTY_DAYS_MS = 30 * 24 * 60 * 60 * 1000;

/** Path and words of every fault. */
function faultsOf(settings: unknown, entity: EntityName = 'order'): string[] {
  const issues = flowSettingsSchemaOf(entity).safeParse(settings).error?.issues ?? [];
  return issues.map((issue) => {
    const inner = issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined;
    return `${issue.path.join('.')}: ${inner ?? issue.message}`;
  });
}

describe('settings of a flow', () => {
  it.each(ENTITY_NAMES.filter((entity) => entity !== 'order'))(
    'of %s have neither an import gate nor a tolerance of totals',
    (entity) => {
      expect(flowSettingsSchemaOf(entity).parse({})).not.toHaveProperty('gate');
      const issues = flowSettingsSchemaOf(entity).safeParse({ gate: {}, totalTolerance: '0' }).error?.issues ?? [];
      expect(issues).toMatchObject([{ code: 'unrecognized_keys', keys: ['gate', 'totalTolerance'] }]);
    },
  );

  it('hold how prerequisites are written, by entity, with what decides what is written and nothing else', () => {
    const customer = { target: { groupCode: 101 }, valueMaps: { currency: { USD: '$' } } };
    expect(flow({ prerequisites: { customer } }).prerequisites).toEqual({
      customer: { ...customer, fields: {} },
    });
    expect(faultsOf({ prerequisites: { customers: {} } })).toHaveLength(1);
    expect(faultsOf({ prerequisites: { customer: { retry: {} } } })[0]).toContain('prerequisites.customer');
  });

  it.each(ENTITY_NAMES)(
    'of %s bring records into the target and keep them up to date, unless they say otherwise',
    (entity) => {
      expect(flowSettingsSchemaOf(entity).parse({}).writeMode).toBe('upsert');
      for (const writeMode of ['create-only', 'update-only', 'link-only'])
        expect(flowSettingsSchemaOf(entity).parse({ writeMode })).toMatchObject({ writeMode });
      expect(faultsOf({ writeMode: 'insert' }, entity)).toEqual([expect.stringMatching(/^writeMode: /)]);
    },
  );

  it('accept no difference of totals unless they say so', () => {
    expect(flow().totalTolerance).toBe('0');
  });

  it('are refused with every problem by its path', () => {
    const wrong = { filter: 'a +', fields: { U_X: '(' }, lineFields: { U_Y: ' ' }, totalTolerance: 'much' };
    expect(faultsOf(wrong)).toEqual([
      expect.stringMatching(/^filter: is not JSONata: .*at character 3/),
      expect.stringMatching(/^fields\.U_X: is not JSONata/),
      'lineFields.U_Y: is empty',
      expect.stringMatching(/^totalTolerance: must be an amount of zero or more/),
    ]);
  });

  it.each(['', '-0.01', '0,01', '1e3', '.5', 'NaN', 'Infinity', ' 1', '1'.repeat(13), '0.0000001'])(
    '%j is no tolerance',
    (totalTolerance) => expect(faultsOf({ totalTolerance })).toHaveLength(1),
  );
  it.each(['0', '0.01', '12', '999999999999.999999'])('%j is one', (totalTolerance) => {
    expect(faultsOf({ totalTolerance })).toEqual([]);
  });

  it.each(['firstDelayMs', 'maxDelayMs', 'waitingRecheckMs'])('%s is at most 30 days, and says so', (name) => {
    expect(faultsOf({ retry: { [name]: THIRTY_DAYS_MS } })).toEqual([]);
    for (const wrong of [THIRTY_DAYS_MS + 1, 1e15, 1e300, 99, -1, 0.5, '1000', Number.NaN]) {
      expect(faultsOf({ retry: { [name]: wrong } })[0]).toBe(
        `retry.${name}: must be a whole number from 100 (100 milliseconds) to 2592000000 (30 days)`,
      );
    }
  });

  it.each([
    ['constructor', /reserved/],
    ['prototype', /reserved/],
    ['_bsontype', /reserved/],
    ['$ref', /reserved/],
    ['$__', /reserved/],
    ['$isMongooseMap', /reserved/],
    ['isMongooseBuffer', /reserved/],
    ['', /name of 1 to 200/],
    ['a'.repeat(201), /name of 1 to 200/],
    ['a\u0000b', /control characters/],
    ['a\ud83d', /whole characters/],
  ])('no part of them is named %j', (name, words) => {
    for (const part of ['valueMaps', 'fields', 'lineFields']) {
      const value = part === 'valueMaps' ? {} : '1';
      expect(faultsOf({ [part]: { [name]: value } })[0]).toMatch(words);
    }
    expect(faultsOf({ valueMaps: { warehouse: { [name]: '01' } } })[0]).toMatch(words);
  });

  it('have maps and lists of a size that a person can mean', () => {
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, '1']));
    expect(faultsOf({ valueMaps: { warehouse: many(5_000) }, fields: many(200) })).toEqual([]);
    expect(faultsOf({ valueMaps: { warehouse: many(5_001) }, fields: many(201) })).toEqual([
      'valueMaps.warehouse: must have at most 5000 entries',
      'fields: must have at most 200 entries',
    ]);
    expect(faultsOf({ gate: { channels: Array(201).fill('web') } })[0]).toMatch(/at most 200/);
    expect(faultsOf({ filter: `"${'x'.repeat(4_000)}"` })[0]).toMatch(/at most 4000 characters/);
  });
});
