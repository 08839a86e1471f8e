import type { Customer, Order, Sparse } from '@entrepot/canonical';
import type { FlowSettings } from '@entrepot/mapping';
import type { MapInput, PlannedDocument, ResolvedDependency, TargetDependency } from '@entrepot/vendor-kit';
import { beforeEach, expect } from 'vitest';
import { dependenciesOf } from './map-for-tests.ts';
import { makeFlow, makeOrder, prerequisiteFlow } from './orders-for-tests.ts';
import { call, target, test, useSandbox } from './sandbox-under-test.ts';

/** A sandbox for each test of the spec that calls it, in which the company is a partner. */
export function useCompany(): void {
  useSandbox();
  beforeEach(async () => {
    await seed({ CardCode: 'C-NW', CardName: 'Northwind Cafe Ltd', PayTermsGrpCode: 2 });
  });
}

type Row = Record<string, unknown>;
export const seed = (...partners: Row[]) =>
  test.control('POST', '/seed', {
    sets: {
      BusinessPartners: partners.map((partner) => ({
        CardType: 'cCustomer',
        BPAddresses: [],
        ContactEmployees: [],
        ...partner,
      })),
    },
  });
const rowsOf = async (set: string) => ((await test.control('GET', `/rows/${set}`)) as { items: Row[] }).items;
export const partners = () => rowsOf('BusinessPartners');
export const partnerOf = async (cardCode: string) => (await partners()).find((row) => row.CardCode === cardCode) as Row;
export const contactsOf = async (cardCode: string) => (await partnerOf(cardCode)).ContactEmployees as Row[];
export const placesOf = async (cardCode: string) => (await partnerOf(cardCode)).BPAddresses as Row[];

export const northwind = {
  id: '5',
  number: 'C-NW',
  name: 'Northwind Cafe Ltd',
  externalIds: [{ kind: 'externalId', id: 'C-NW' }],
};
export const hq = { id: '8', name: 'HQ' };
export const address = {
  company: 'Northwind Cafe Ltd',
  lines: ['1 Bean Street'],
  city: 'Portland',
  regionCode: 'OR',
  postalCode: '97201',
  country: 'US',
};

export interface Buyer {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
}
export const ann: Buyer = { id: '101', name: 'Ann Buyer', email: 'ann@northwind.example' };
export const bob: Buyer = { id: '102', name: 'Bob Buyer', email: 'bob@northwind.example' };

export function orderOf(number: string, buyer: Buyer, more: Sparse<Order> = {}): Order {
  return makeOrder({
    id: number,
    number: `#${number}`,
    lines: [{ price: '7.50', quantity: '10' }],
    more: {
      customer: { id: buyer.id, name: buyer.name },
      contact: { id: `c${buyer.id}`, name: buyer.name },
      email: buyer.email,
      company: northwind,
      companyLocation: hq,
      shipTo: address,
      billTo: address,
      ...more,
    },
  });
}

export const createFlow = makeFlow({ customers: { mode: 'create' } });

export const contextOf = async (
  flow: FlowSettings<'order'>,
  resolved: readonly ResolvedDependency[],
  sourceKey: string,
) =>
  ({
    flow,
    resolved,
    profile: await target.companyProfile(call),
    sourceKey,
    existing: () => null,
    now: () => Date.now(),
  }) satisfies MapInput<'order'>;

/** As the sink does it, without links: by natural key, else made. */
export async function resolve(
  dependency: TargetDependency,
  flow: FlowSettings<'order'>,
): Promise<ResolvedDependency[]> {
  const customers = target.entity('customer');
  const [hit] = await target.match('customer', dependency.naturalKey, call);
  if (hit !== undefined) return [{ dependency, targetId: hit.targetId, lines: [], through: 'natural-key' }];
  if (dependency.prerequisite === null) return [];
  const context = await contextOf(prerequisiteFlow(flow), [], dependency.sourceKey ?? '');
  const mapped = customers.map(dependency.prerequisite as Customer, context);
  if (!mapped.ok) throw new Error(JSON.stringify(mapped.error));
  const { targetId } = await customers.create(mapped.documents[0] as PlannedDocument, call);
  return [{ dependency, targetId: String(targetId), lines: [], through: 'link' }];
}

export async function plan(order: Order, flow: FlowSettings<'order'>, cardCode?: string): Promise<PlannedDocument> {
  const dependency = dependenciesOf(order, flow).find(({ entity }) => entity === 'customer');
  const resolved =
    dependency === undefined
      ? []
      : cardCode === undefined
        ? await resolve(dependency, flow)
        : [{ dependency, targetId: cardCode, lines: [], through: 'link' as const }];
  const outcome = target.entity('order').map(order, await contextOf(flow, resolved, `shop/${order.source.id}`));
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
  return outcome.documents[0] as PlannedDocument;
}

export async function deliver(order: Order, flow = createFlow): Promise<Row> {
  const document = await plan(order, flow);
  await target.entity('order').create(document, call);
  const [found] = await target.entity('order').find(document, call);
  if (found === undefined) throw new Error('not there');
  expect(target.entity('order').compare(document, found, flow)).toEqual([]);
  return found.body as Row;
}
