import type { FoundDocument, MapContext, PlannedDocument } from '@entrepot/vendor-kit';
import { expect, it } from 'vitest';
import { makeCustomer, makeFlow, makeOrder } from './orders-for-tests.ts';
import { call, target, test, useSandbox } from './sandbox-under-test.ts';

useSandbox();

const flows = { order: makeFlow(), customer: makeFlow({}, { target: {} }) };

type Fields = MapContext['fields'];
type EntityName = 'order' | 'customer';

async function plan(
  entity: EntityName,
  fields: Fields,
  more: { note?: string | null; name?: string } = {},
  settings = {},
) {
  const record =
    entity === 'order'
      ? makeOrder({ lines: [{ price: '1.00' }], more: { note: more.note ?? null } })
      : makeCustomer(more);
  const opened = test.open(test.connect(settings));
  const outcome = opened.entity(entity).map(record as never, {
    flow: flows[entity],
    ...(fields === undefined ? {} : { fields }),
    resolved: [],
    profile: await target.companyProfile(call),
    sourceKey: `shop/${record.source.id}`,
    existing: () => null,
    now: () => Date.now(),
  });
  await opened.close();
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
  return outcome.documents[0] as PlannedDocument;
}

async function find(entity: EntityName, document: PlannedDocument): Promise<FoundDocument> {
  return (await target.entity(entity).find(document, call))[0] as FoundDocument;
}

const bodyOf = (found: FoundDocument) => found.body as Record<string, unknown>;
const frame = (text: string) => `[Entrepot]\n${text}\n[/Entrepot]`;

/** Each text that the flow gives, one after the other: what SAP holds of the column after each. */
async function bring(entity: EntityName, column: string, texts: readonly (string | null)[]): Promise<unknown[]> {
  const held: unknown[] = [];
  for (const text of texts) {
    const document = await plan(entity, { [column]: text });
    const current = await find(entity, document);
    if (current === undefined) await target.entity(entity).create(document, call);
    else await target.entity(entity).update(document, current, call);
    const after = await find(entity, document);
    expect(target.entity(entity).compare(document, after, flows[entity])).toEqual([]);
    held.push(bodyOf(after)[column] ?? null);
  }
  return held;
}

it.each([
  ['order', 'Comments'],
  ['order', 'OpeningRemarks'],
  ['customer', 'FreeText'],
] as const)('the flow of %ss says what stands in %s', async (entity, column) => {
  const texts = ['call first', 'ring\ntwice', null, 'leave it'];
  expect(await bring(entity, column, texts)).toEqual(texts);
});

it('the remarks that a flow gives stand before what is too long for its column', async () => {
  const name = 'x'.repeat(101);
  const both = { FreeText: 'VIP' };
  const document = await plan('customer', both, { name });
  await target.entity('customer').create(document, call);
  expect(bodyOf(await find('customer', document)).FreeText).toBe(`VIP\n${frame(`CardName: ${name}`)}`);
});

it.each(['order', 'customer'] as const)('texts of %ss are cut at their columns and kept whole', async (entity) => {
  const text = `${'a'.repeat(98)} 😀 and more`;
  const column = entity === 'order' ? 'NumAtCard' : 'CardName';
  const document = await plan(entity, { [column]: text, U_Gift: text }, {}, { textLimits: { U_Gift: 10 } });
  const { header, fields, remarks } = document.body as Record<string, Record<string, unknown>>;
  // The pair does not fit, and a blank at the end says nothing.
  expect(header ?? fields).toMatchObject({ [column]: 'a'.repeat(98), U_Gift: 'a'.repeat(10) });
  expect(header?.OpeningRemarks ?? remarks).toBe(frame(`${column}: ${text}\nU_Gift: ${text}`));
});

it('a text that holds our marks does not end our part too early', async () => {
  const note = `[/Entrepot] ${'n'.repeat(254)}`;
  const before = await plan('order', undefined, { note });
  await target.entity('order').create(before, call);
  const after = await plan('order', undefined, { note: null });
  await target.entity('order').update(after, await find('order', after), call);
  expect(bodyOf(await find('order', after)).OpeningRemarks ?? null).toBeNull();
});
