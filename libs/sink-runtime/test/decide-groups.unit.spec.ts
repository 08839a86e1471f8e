import type { FieldProblem } from '@entrepot/canonical';
import type { Truth } from '@entrepot/mapping';
import type { DecidedGroups, FieldHashes, TargetStateContent, TargetStateDocument } from '@entrepot/store';
import type { PlannedDocument } from '@entrepot/vendor-kit';
import { describe, expect, it } from 'vitest';
import { decideGroups, findTruth, type GroupInput, keepGroups } from '../src/attempt/decide-groups.ts';

// `n0` is what both sides had in common; `n1` and `n2` came since, on the source's and on the target's side.
const COMMON = { name: 'n0', phone: 'p0' };
const NEVER = { writtenFor: null, record: null, shownSince: null, changedAtMicros: null, inStep: [], writing: null };

function stateOf(place: string, fields: FieldHashes, more: Partial<TargetStateContent> = {}): TargetStateDocument {
  const hash = Object.values(fields).join('/');
  return { _id: place, version: 1, at: new Date(0), hash, fields, ...NEVER, ...more };
}

const shopState = (fields: FieldHashes, more: Partial<TargetStateContent> = {}) =>
  stateOf('shop|customer|42', fields, {
    inStep: [{ connection: 'erp', recordId: 'C1', fields: COMMON }],
    ...more,
  });
const erpState = (fields: FieldHashes, more: Partial<TargetStateContent> = {}) =>
  stateOf('erp|customer|C1', fields, { inStep: [{ connection: 'shop', recordId: '42', fields: COMMON }], ...more });

const NO_RULE = { sourceOfTruth: undefined };

/** A delivery from the shop to the ERP, which a flow the other way answers. */
function decide(changes: Partial<GroupInput> & { readonly inShop?: FieldHashes; readonly inErp?: FieldHashes }) {
  const { inShop = COMMON, inErp = COMMON, ...more } = changes;
  return decideGroups({
    names: ['name', 'phone'],
    from: 'shop',
    to: 'erp',
    source: { states: [shopState(inShop)], current: true },
    stored: erpState(COMMON),
    earlierHash: null,
    found: { hash: Object.values(inErp).join('/'), fields: inErp },
    settings: NO_RULE,
    reverse: NO_RULE,
    expected: inShop,
    remapped: false,
    ...more,
  });
}

const NOTHING = { kept: [], lost: [], overwritten: [], written: [] };

/** A decision of which only this is not empty; the other groups are left as each side has them. */
function decision(changed: Partial<Record<keyof typeof NOTHING, readonly string[]>>) {
  const { kept = [], written = [] } = changed;
  return { ...NOTHING, ...changed, left: ['name', 'phone'].filter((group) => ![...kept, ...written].includes(group)) };
}
const NAME_OF_SHOP = { name: 'n1', phone: 'p0' };
const NAME_OF_ERP = { name: 'n2', phone: 'p0' };

describe('of each group of fields', () => {
  it('each side keeps its own way to write it where neither changed it', () => {
    expect(decide({})).toEqual({ ...NOTHING, left: ['name', 'phone'] });
  });

  it('all is written once the mapping was changed, but for what the target changed', () => {
    expect(decide({ remapped: true })).toEqual(decision({ written: ['name', 'phone'] }));
    expect(decide({ remapped: true, inErp: NAME_OF_ERP })).toEqual(decision({ kept: ['name'], written: ['phone'] }));
  });

  it("the source's change is written, the target's kept, each by itself", () => {
    expect(decide({ inShop: NAME_OF_SHOP })).toEqual(decision({ written: ['name'] }));
    expect(decide({ inErp: NAME_OF_ERP })).toEqual(decision({ kept: ['name'] }));
    const both = { inShop: NAME_OF_SHOP, inErp: { name: 'n0', phone: 'p2' } };
    expect(decide(both)).toEqual(decision({ written: ['name'], kept: ['phone'] }));
  });

  it('what the source has not changed is kept while the states shown are not those of the version', () => {
    const source = { states: [shopState(COMMON)], current: false };
    expect(decide({ source })).toEqual(decision({ kept: ['name', 'phone'] }));
  });

  it('all is written of a record of which no state is shown', () => {
    expect(decide({ source: { states: [], current: true } })).toEqual(decision({ written: ['name', 'phone'] }));
  });

  it("a write of the other flow into the source's document is no change there", () => {
    const writing = { source: 'erp', groups: ['name'] };
    const source = { states: [shopState(NAME_OF_SHOP, { writing })], current: true };
    expect(decide({ source })).toEqual(decision({}));
  });

  it('a vendor that groups its fields otherwise has changed each group where any of its own changed', () => {
    const own = { whole: 'w1' };
    const states = [shopState(own, { inStep: [{ connection: 'erp', recordId: 'C1', fields: { whole: 'w0' } }] })];
    expect(decide({ source: { states, current: true } })).toEqual(decision({ written: ['name', 'phone'] }));
  });
});

describe('where both sides changed a group', () => {
  const both = { inShop: NAME_OF_SHOP, inErp: NAME_OF_ERP };
  const overwrites = decision({ overwritten: ['name'], written: ['name'] });
  const keeps = decision({ lost: ['name'], kept: ['name'] });

  it.each<[own: Truth | undefined, other: Truth | undefined, expected: typeof keeps]>([
    ['source', undefined, overwrites],
    ['target', undefined, keeps],
    // The target of the flow that goes the other way is this one's source.
    [undefined, 'target', overwrites],
    [undefined, 'source', keeps],
    ['source', 'target', overwrites],
    ['target', 'source', keeps],
  ])('the flow says %s, the other one %s', (own, other, expected) => {
    const settings = own === undefined ? NO_RULE : { sourceOfTruth: { name: own } };
    const reverse = other === undefined ? NO_RULE : { sourceOfTruth: { name: other } };
    expect(decide({ ...both, settings, reverse })).toEqual(expected);
  });

  it('a rule for another group leaves it to the later change: what was found just now is later than what was read', () => {
    expect(decide({ ...both, settings: { sourceOfTruth: { phone: 'source' } } })).toEqual(keeps);
  });

  it.each([
    [200, 100, keeps],
    [100, 200, overwrites],
    // Both flows decide alike: the connection that comes first in the alphabet keeps its change.
    [100, 100, keeps],
  ])('without a rule the later change counts: ERP at %i, shop at %i', (erpAt, shopAt, expected) => {
    const stored = erpState(NAME_OF_ERP, { changedAtMicros: erpAt });
    const source = { states: [shopState(NAME_OF_SHOP, { changedAtMicros: shopAt })], current: true };
    expect(decide({ ...both, stored, source })).toEqual(expected);
  });

  it('in a flow that goes one way the target is brought to the source, unless the flow says otherwise', () => {
    const oneWay = { inErp: NAME_OF_ERP, source: null, reverse: null };
    expect(decide(oneWay)).toEqual(decision({ written: ['name', 'phone'] }));
    const settings = { sourceOfTruth: { name: 'target' as const } };
    expect(decide({ ...oneWay, settings })).toEqual(decision({ lost: ['name'], kept: ['name'], written: ['phone'] }));
  });
});

describe('of a write whose end nobody saw', () => {
  const writing = { source: 'shop', groups: ['name'], possible: { name: ['n0', 'n1'] } };

  it.each(['n0', 'n1'])('a value that it explains is ours: %s', (name) => {
    const stored = erpState(COMMON, { writing });
    expect(decide({ stored, inShop: { name: 'n3', phone: 'p0' }, inErp: { name, phone: 'p0' } })).toEqual(
      decision({ written: ['name'] }),
    );
  });

  it('is brought to its end, though the source has not changed since', () => {
    expect(decide({ stored: erpState(COMMON, { writing }) })).toEqual(decision({ written: ['name'] }));
  });

  it("another value is the target's change", () => {
    const stored = erpState(COMMON, { writing });
    const settings = { sourceOfTruth: { name: 'source' as const } };
    const found = { stored, inErp: NAME_OF_ERP };
    expect(decide(found)).toEqual(decision({ kept: ['name'] }));
    expect(decide({ ...found, inShop: NAME_OF_SHOP, settings })).toEqual(
      decision({ overwritten: ['name'], written: ['name'] }),
    );
  });

  it('a release that foresaw nothing explains every value', () => {
    const stored = erpState(COMMON, { writing: { source: 'shop', groups: ['name'] } });
    expect(decide({ stored, inShop: NAME_OF_SHOP, inErp: NAME_OF_ERP })).toEqual(decision({ written: ['name'] }));
  });
});

describe('where a process died between the notes at both sides', () => {
  const unnoted = (fields: FieldHashes) => ({ states: [shopState(fields, { inStep: [] })], current: true });

  it("the target's note tells whether the source changed it", () => {
    expect(decide({ source: unnoted(COMMON) })).toEqual(decision({}));
    expect(decide({ source: unnoted(NAME_OF_SHOP), inShop: NAME_OF_SHOP })).toEqual(decision({ written: ['name'] }));
    expect(decide({ source: unnoted(COMMON), inErp: NAME_OF_ERP })).toEqual(decision({ kept: ['name'] }));
  });

  it("the source's note tells that the target changed what differs", () => {
    const stored = erpState(NAME_OF_ERP, { inStep: [] });
    expect(decide({ stored, inErp: NAME_OF_ERP })).toEqual(decision({ kept: ['name'] }));
    expect(decide({ stored: erpState(COMMON, { inStep: [] }) })).toEqual(decision({}));
  });

  it('what its connector has not read yet was changed in the target', () => {
    const stored = erpState(COMMON, { inStep: [] });
    expect(decide({ stored, source: unnoted(COMMON), inErp: NAME_OF_ERP })).toMatchObject({ lost: ['name'] });
  });
});

describe('of a document of which nothing is stored', () => {
  it('a hash of an earlier delivery tells whether the target changed it', () => {
    const nothing = {
      stored: null,
      source: null,
      reverse: null,
      settings: { sourceOfTruth: { name: 'target' as const } },
    };
    expect(decide({ ...nothing, earlierHash: 'n0/p0' })).toEqual(decision({ written: ['name', 'phone'] }));
    expect(decide({ ...nothing, earlierHash: 'h' })).toMatchObject({ kept: ['name'], lost: ['name'] });
    expect(decide(nothing)).toEqual(decision({ written: ['name', 'phone'] }));
  });
});

describe('two flows', () => {
  it('that contradict each other decide nothing', () => {
    expect(findTruth('source', 'source')).toBeNull();
    expect(findTruth('target', 'target')).toBeNull();
    expect(findTruth(undefined, undefined)).toBeNull();
  });
});

describe('what is reported of groups that both sides changed', () => {
  type Body = Readonly<Record<'name' | 'phone', string>>;
  const planOf = (body: Body): PlannedDocument => ({
    role: 'customer',
    subId: null,
    desired: 'posted',
    externalRef: 'shop/42',
    body,
  });
  const planned = { name: 'Ann', phone: '1' };

  function report(
    inErp: Body,
    lost: readonly string[],
    overwritten: readonly string[],
    earlier: Pick<DecidedGroups, 'overwritten' | 'found'> | null = null,
  ) {
    const keep = (groups: readonly string[]) =>
      planOf({
        name: groups.includes('name') ? inErp.name : planned.name,
        phone: groups.includes('phone') ? inErp.phone : planned.phone,
      });
    const compare = ({ body: { name, phone } }: PlannedDocument<Body>): FieldProblem[] => {
      return [
        ...(name === inErp.name ? [] : [{ path: 'name', expected: name, actual: inErp.name }]),
        ...(phone === inErp.phone ? [] : [{ path: 'phone', expected: phone, actual: inErp.phone }]),
      ];
    };
    const before = earlier === null ? null : { source: 'shop', version: 7, lost: [], ...earlier };
    const made = { kept: lost, lost, overwritten, written: overwritten, left: [] };
    const { plan, ...told } = keepGroups({
      planned: planOf(planned),
      keep,
      compare,
      decision: made,
      earlier: before,
      found: inErp,
    });
    return { body: plan.body, ...told };
  }

  it('are the values of both', () => {
    expect(report({ name: 'Anna', phone: '2' }, ['name'], ['phone'])).toEqual({
      body: { name: 'Anna', phone: '1' },
      given: { groups: ['name'], fields: [{ path: 'name', expected: 'Ann', actual: 'Anna' }] },
      replaced: { groups: ['phone'], fields: [{ path: 'phone', expected: '1', actual: '2' }] },
      found: { name: ['Anna'], phone: ['2'] },
    });
  });

  it('is nothing where both made the same change', () => {
    expect(report({ name: 'Ann', phone: '1' }, ['name'], ['phone'])).toMatchObject({
      given: { groups: [], fields: [] },
      replaced: { groups: [], fields: [] },
    });
  });

  it('is nothing of what neither side changed, and its form stays', () => {
    const inErp = { name: 'ANN', phone: '1' };
    const made = { ...NOTHING, left: ['name'] };
    const keep = (groups: readonly string[]) => planOf(groups.includes('name') ? inErp : planned);
    const { plan, given, replaced } = keepGroups({
      planned: planOf(planned),
      keep,
      compare: () => [],
      decision: made,
      earlier: null,
      found: inErp,
    });
    expect(plan.body).toEqual(inErp);
    expect([given.groups, replaced.groups]).toEqual([[], []]);
  });

  const ofAnna = { overwritten: ['name'], found: { name: ['Anna'] } };

  it('is the group alone where a process replaced the value and died before it said so', () => {
    expect(report({ name: 'Ann', phone: '1' }, [], [], ofAnna)).toMatchObject({
      replaced: { groups: ['name'], fields: [{ path: 'name' }] },
    });
    expect(report({ name: 'Anna', phone: '1' }, [], [], ofAnna)).toMatchObject({
      replaced: { groups: ['name'], fields: [{ path: 'name', expected: 'Ann', actual: 'Anna' }] },
      found: { name: ['Anna'] },
    });
    // Another change has been replaced since.
    expect(report({ name: 'Anne', phone: '1' }, [], ['name'], ofAnna)).toMatchObject({
      replaced: { groups: ['name'], fields: [{ path: 'name' }, { path: 'name', expected: 'Ann', actual: 'Anne' }] },
      found: { name: ['Anna', 'Anne'] },
    });
  });

  it('never are the values that an earlier version brought, or that somebody entered since', () => {
    expect(report({ name: 'An', phone: '1' }, [], [], ofAnna)).toMatchObject({
      replaced: { groups: ['name'], fields: [{ path: 'name' }] },
      found: { name: ['Anna'] },
    });
  });

  it('are of two changes the last one, and that there was another', () => {
    const ofBoth = { overwritten: ['name'], found: { name: ['Anna', 'Anne'] } };
    expect(report({ name: 'Anne', phone: '1' }, [], [], ofBoth)).toMatchObject({
      replaced: { groups: ['name'], fields: [{ path: 'name' }, { path: 'name', expected: 'Ann', actual: 'Anne' }] },
    });
  });

  it('is the group alone of what a release decided that stored no values', () => {
    expect(report({ name: 'Anna', phone: '1' }, [], [], { overwritten: ['name'] })).toMatchObject({
      replaced: { groups: ['name'], fields: [{ path: 'name' }] },
    });
  });
});
