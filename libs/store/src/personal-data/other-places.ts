import type { DataPlace } from './personal-data.ts';

export interface OtherPlace extends DataPlace {
  /** What it holds instead. */
  readonly holds: string;
}

/** Collections and topics that hold nothing of persons. */
export const OTHER_PLACES: readonly OtherPlace[] = [
  { holder: 'store', name: 'flows', holds: 'rules of admins: filters, value maps, settings' },
  { holder: 'store', name: 'tenants', holds: 'labels of companies' },
  { holder: 'store', name: 'lanes', holds: 'owners, epochs, sealed sessions' },
  { holder: 'store', name: 'budgets', holds: 'shares of calls, by process' },
  { holder: 'store', name: 'stateFills', holds: 'which states are kept completely' },
  { holder: 'store', name: 'cursors', holds: 'positions of polls, topics of webhooks' },
  { holder: 'store', name: 'credentials', holds: 'sealed tokens, sign-ins under way' },
  { holder: 'store', name: 'counters', holds: 'numbers of partitions' },
  { holder: 'store', name: 'storeFacts', holds: 'which master key is in use' },
  { holder: 'store', name: 'keyRotations', holds: 'when the master key was changed' },
  { holder: 'store', name: 'serviceTroubles', holds: 'what services wait for' },
  { holder: 'store', name: 'republications', holds: 'counts and offsets' },
  { holder: 'store', name: 'schema', holds: 'versions of the collections' },
  { holder: 'ledger', name: 'records', holds: 'nothing: its migration emptied it of what 0.1.0 kept' },
  { holder: 'kafka', name: 'entrepot.product.v1', holds: 'goods' },
  { holder: 'kafka', name: 'entrepot.product-category.v1', holds: 'goods' },
  { holder: 'kafka', name: 'entrepot.inventory.v1', holds: 'stock' },
  { holder: 'kafka', name: 'entrepot.inventory-adjustment.v1', holds: 'stock' },
];
