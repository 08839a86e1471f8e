import type { Metrics } from '@entrepot/service-kit';
import type { OperationProgress, SourceOperationDocument } from '@entrepot/store';

/** What this process shows of the operations that it runs. */
export interface OperationObserver {
  /** @returns what ends it */
  running(operation: SourceOperationDocument): () => void;
  counted(operation: SourceOperationDocument, done: OperationProgress): void;
}

export function observeOperations(metrics: Metrics): OperationObserver {
  const current = new Set<SourceOperationDocument>();
  const labelsOf = ({ connection, entity, kind }: SourceOperationDocument) => ({ connection, entity, kind });
  const running = metrics.gauge('entrepot_operations_running');
  const age = metrics.gauge('entrepot_operation_age_seconds', (gauge) => {
    for (const operation of current)
      gauge.set(labelsOf(operation), Math.max(0, Date.now() - operation.createdAt.getTime()) / 1_000);
  });
  const records = metrics.counter('entrepot_operation_records_total');

  return {
    running(operation) {
      current.add(operation);
      running.set(labelsOf(operation), 1);
      return () => {
        current.delete(operation);
        running.remove(labelsOf(operation));
        age.remove(labelsOf(operation));
      };
    },
    counted(operation, { published, unchanged, unmapped, notFound }) {
      const labels = labelsOf(operation);
      records.inc({ ...labels, result: 'published' }, published);
      records.inc({ ...labels, result: 'unchanged' }, unchanged);
      records.inc({ ...labels, result: 'unmapped' }, unmapped);
      records.inc({ ...labels, result: 'not-found' }, notFound);
    },
  };
}
