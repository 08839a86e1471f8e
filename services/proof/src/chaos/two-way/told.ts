import type { AdminClient } from '@entrepot/stack/clients';
import { listDeliveries } from '../oracle/ledger-view.ts';
import type { Customer } from './changes.ts';

/** What a delivery says of a group that was changed on both sides. */
export interface Told {
  readonly group: string;
  /** The value that stays and the one that gave way; none where the process that knew them died. */
  readonly values: readonly string[];
}

/** Codes of the sinks' notes on changes of both sides. */
const CODES: readonly (string | null)[] = ['target-kept', 'target-overwritten'];

interface AttemptNote {
  readonly code: string | null;
  readonly fields: readonly { readonly path: string; readonly expected?: string; readonly actual?: string }[];
}

interface DeliveryNotes {
  readonly attemptLog: readonly { readonly error: AttemptNote | null }[];
}

/** Asks the ledger what the deliveries of the customer said, those of either side. @throws Error when it does not answer */
export async function readTold(admin: AdminClient, { changes }: Customer): Promise<Told[]> {
  const rows = new Map(changes.map(({ system, id }) => [`${system}/${id}`, { from: system, sourceId: id }]));
  const told: Told[] = [];
  for (const row of rows.values()) {
    for await (const { id } of listDeliveries(admin, { entity: 'customer', ...row })) {
      const { attemptLog } = await admin.get<DeliveryNotes>(`/v1/deliveries/${encodeURIComponent(id)}`);
      told.push(...attemptLog.flatMap(({ error }) => listTold(error)));
    }
  }
  return told;
}

function listTold(note: AttemptNote | null): Told[] {
  if (note === null || !CODES.includes(note.code)) return [];
  return note.fields.map(({ path, expected, actual }) => ({
    group: path,
    values: [expected, actual].filter((value) => value !== undefined),
  }));
}
