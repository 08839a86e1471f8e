import type { AttemptReport, RoutedReport } from '@entrepot/canonical';

let count = 0;

/** A routing report of one order to one flow, as a sink writes it. */
export function routedReport(change: Partial<RoutedReport> = {}, deliveryId = 'delivery-1'): RoutedReport {
  count += 1;
  return {
    kind: 'routed',
    reportId: `routed-${count}`,
    eventId: 'event-1',
    entity: 'order',
    connection: 'shop',
    sourceId: '1001',
    number: '#1001',
    version: 100,
    sinkVendor: 'sap-b1',
    record: { topic: 'entrepot.order.v1', partition: 0, offset: '5' },
    publishedAtMicros: 1_700_000_000_000_000,
    atMicros: 1_700_000_000_000_000,
    decisions: [
      {
        deliveryId,
        flow: 'order:shop:erp',
        flowRevision: 1,
        to: 'erp',
        result: 'matched',
        lane: { topic: 'entrepot.internal.lane.sap-b1', partition: 0, offset: '7' },
      },
    ],
    ...change,
  };
}

/** An attempt report, `verified` unless told otherwise. */
export function attemptReport(change: Partial<AttemptReport> = {}): AttemptReport {
  count += 1;
  return {
    kind: 'attempt',
    reportId: `attempt-${count}`,
    deliveryId: 'delivery-1',
    flow: 'order:shop:erp',
    flowRevision: 1,
    mappingRevision: 1,
    eventId: 'event-1',
    entity: 'order',
    connection: 'shop',
    sourceId: '1001',
    number: '#1001',
    version: 100,
    to: 'erp',
    lane: { topic: 'entrepot.internal.lane.sap-b1', partition: 0, offset: '7' },
    operationId: null,
    attempt: 1,
    startedAtMicros: 1_700_000_000_000_000,
    endedAtMicros: 1_700_000_000_250_000,
    outcome: 'verified',
    error: null,
    documents: [
      { role: 'order', subId: null, externalRef: 'shop/1001', targetId: '12', targetNumber: '512', draft: false },
    ],
    waitingOn: [],
    notBeforeMicros: null,
    supersededBy: null,
    exchanges: [],
    traceparent: null,
    routing: null,
    ...change,
  };
}

export function rejected(message: string, code = '-5002'): AttemptReport['error'] {
  return { kind: 'rejected', code, message, advice: 'Correct it at the source.', fields: [] };
}
