import type { Order } from '@entrepot/canonical';
import type { FlowSettings } from '@entrepot/mapping';
import type { FoundDocument, LineMapping, MapContext, PlannedDocument, UpdateOutcome } from '@entrepot/vendor-kit';
import { expect } from 'vitest';
import { type LineInput, makeFlow, makeOrder } from './orders-for-tests.ts';
import { call, target, test } from './sandbox-under-test.ts';

interface State {
  readonly document: PlannedDocument;
  readonly lines: readonly LineMapping[];
  readonly current: FoundDocument;
}

export async function plan(
  order: Order,
  flow: FlowSettings<'order'>,
  lines: readonly LineMapping[] = [],
  fields: Record<string, unknown> = {},
  lineFields: MapContext['lineFields'] = {},
) {
  const outcome = target.entity('order').map(order, {
    flow,
    fields: fields as never,
    lineFields,
    resolved: [],
    profile: await target.companyProfile(call),
    sourceKey: `shop/${order.source.id}`,
    existing: () => (lines.length === 0 ? null : { targetId: '1', lines }),
    now: () => Date.now(),
  });
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
  return { document: outcome.documents[0] as PlannedDocument, lines: outcome.documents[0]?.lines ?? [] };
}

export async function find(document: PlannedDocument): Promise<FoundDocument> {
  const [hit] = await target.entity('order').find(document, call);
  if (hit === undefined) throw new Error('not found');
  return hit;
}

export async function deliver(order: Order, flow = makeFlow(), fields: Record<string, unknown> = {}): Promise<State> {
  const planned = await plan(order, flow, [], fields);
  await target.entity('order').create(planned.document, call);
  return { ...planned, current: await find(planned.document) };
}

/** Brings the order to its next state; answers what became of it, and what the read-back still finds but for what was noted. */
export async function change(before: State, order: Order, flow = makeFlow(), fields: Record<string, unknown> = {}) {
  const next = await plan(order, flow, before.lines, fields);
  const outcome = await target.entity('order').update(next.document, await find(next.document), call);
  const current = await find(next.document);
  const noted = new Set(listNoted(outcome));
  const differences = target.entity('order').compare(next.document, current, flow);
  return { outcome, current, next, left: differences.filter(({ path }) => !noted.has(path)) };
}

export const listNoted = (outcome: UpdateOutcome) =>
  'notCarriedOver' in outcome ? (outcome.notCarriedOver ?? []).map(({ path }) => path) : [];
export const bodyOf = (document: FoundDocument) =>
  document.body as { DocumentLines: Record<string, unknown>[] } & Record<string, Record<string, unknown>>;
export const sapMove = (state: State, move: string, body: unknown = {}) =>
  test.control('POST', `/orders/${state.current.targetId}/${move}`, body);

export const lines: LineInput[] = [
  { id: 'a', price: '10.00', quantity: '2' },
  { id: 'b', sku: 'CAP-NAVY', price: '19.99' },
];
export const orderOf = (more: Parameters<typeof makeOrder>[0]['more'] = {}, given: readonly LineInput[] = lines) =>
  makeOrder({ lines: given, more });

export async function moveInSap({ current }: State, move: string): Promise<void> {
  await inSap(`Orders(${current.targetId})/${move === 'close' ? 'Close' : 'Cancel'}`);
}

/** A POST as a person's client makes it. */
export async function inSap(path: string, body?: unknown): Promise<void> {
  const login = await fetch(`${test.url}/sap-b1/b1s/v2/Login`, {
    method: 'POST',
    body: JSON.stringify({ CompanyDB: 'SBODEMO', UserName: 'manager', Password: 'sandbox' }),
  });
  const { SessionId } = (await login.json()) as { SessionId: string };
  const response = await fetch(`${test.url}/sap-b1/b1s/v2/${path}`, {
    method: 'POST',
    headers: { cookie: `B1SESSION=${SessionId}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(response.ok).toBe(true);
}
