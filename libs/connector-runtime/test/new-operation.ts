import { randomBytes } from 'node:crypto';
import type { OperationInput } from '@entrepot/store';

/** A backfill of all orders of a connection, unless told otherwise. */
export function newOperation(
  given: Pick<OperationInput, 'vendor' | 'connection'> & Partial<OperationInput>,
): OperationInput {
  return {
    _id: randomBytes(8).toString('hex'),
    kind: 'backfill',
    tenant: 'default',
    entity: 'order',
    request: { sinceMicros: null, sourceIds: null },
    startedBy: 'test',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    createdAt: new Date(),
    ...given,
  };
}
