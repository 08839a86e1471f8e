import { externalReference } from '@entrepot/canonical';
import {
  type DocumentDraft,
  type MapOutcome,
  type ResolvedDependency,
  type TargetDependency,
  type TargetEntity,
} from '@entrepot/vendor-kit';
import { type OrderPart, readRecord, type SimState } from './records.ts';
import type { Plan } from './target-document.ts';
import { describeEntity, type ModelTypes } from './target-entity.ts';

type Made = 'shipment' | 'invoice';

/** The shop's own order that an order of the ERP is. */
function needOrder(connection: string, { id, reference, lines }: OrderPart): TargetDependency {
  return {
    entity: 'order',
    via: 'counterpart',
    sourceKey: `${connection}/${id}`,
    externalReferences: reference === null ? [] : [reference],
    lines: lines.map(({ line }) => line),
    naturalKey: id,
    whenAbsent: 'wait',
    prerequisite: null,
  };
}

/** One document at each order of the shop that a shipment or an invoice is over, in the shop's own lines. */
function planMade(
  name: Made,
  version: number,
  { content, cancelled, orders = [] }: SimState,
  resolved: readonly ResolvedDependency[],
): MapOutcome<DocumentDraft<Plan>> {
  const documents: DocumentDraft<Plan>[] = [];
  const turn = orders[0]?.id;
  for (const { id, lines } of orders) {
    const order = resolved.find(({ dependency }) => dependency.sourceKey?.endsWith(`/${id}`));
    if (order === undefined) continue;
    const texts: string[] = [];
    for (const { line, quantity } of lines) {
      const own = order.lines.find(({ sourceLineId }) => sourceLineId === line)?.targetLine;
      if (own === undefined) return { ok: false, error: unknownLineError(id, line) };
      texts.push(`${quantity} x ${own}`);
    }
    const body = {
      version,
      content: [content, ...texts].join(', '),
      email: null,
      item: order.targetId,
      lines: [],
      turn,
    };
    documents.push({ role: name, subId: id, desired: cancelled ? 'cancelled' : 'posted', body });
  }
  return { ok: true, documents };
}

function unknownLineError(order: string, line: string) {
  const message = `Line ${line} of ${order} is no line of the shop's order`;
  return { kind: 'mapping', code: 'line-not-linked', message, advice: null, fields: [] };
}

/** Shipments and invoices of the ERP, as the shop takes them: it has all of an order's written one after another. */
export function describeMade(name: Made): TargetEntity<Made, ModelTypes, unknown, Plan> {
  const documents = describeEntity(name);
  return {
    ...documents,
    reference: ({ connection, id }, { role, subId }) => externalReference(connection, id, role, subId),
    dependencies: (entity) => {
      const { source, state } = readRecord(entity);
      return (state.orders ?? []).map((order) => needOrder(source.connection, order));
    },
    map: (entity, { resolved }) => {
      const { source, state } = readRecord(entity);
      return planMade(name, source.version, state, resolved);
    },
    create: (planned, client, call) => {
      const { turn = '' } = planned.body;
      return client.inTurn(turn, call, () => documents.create(planned, client, call));
    },
    update: (planned, current, client, call) => {
      const { turn = '' } = planned.body;
      return client.inTurn(turn, call, () => documents.update(planned, current, client, call));
    },
  };
}
