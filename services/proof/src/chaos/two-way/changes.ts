import type { Group } from '../../model-vendor/rows.ts';
import type { Change } from '../../model-vendor/simulator/system.ts';
import type { SandboxClient } from '../surroundings/sandbox-client.ts';

/** @returns a function that reads all changes so far, in the order of both systems together; it requests only new entries */
export function createChangeReader(simulator: SandboxClient): () => Promise<readonly Change[]> {
  const changes: Change[] = [];
  return async () => {
    const { items } = await simulator.get<{ items: Change[] }>(`_control/model/changes?after=${changes.length}`);
    changes.push(...items);
    return changes;
  };
}

/** A customer with all that happened to it, on either side. */
export interface Customer {
  /** `<system>/<id>` of the row that a person entered. */
  readonly reference: string;
  readonly system: string;
  /** In the order of commit. */
  readonly changes: readonly Change[];
}

/** The customers that people entered, each with the rows that stand for it; what stands for none is left over. */
export function groupByCustomer(changes: readonly Change[]): {
  readonly customers: readonly Customer[];
  readonly strangers: readonly Change[];
} {
  const byReference = Map.groupBy(changes, ({ reference, system, id }) => reference ?? `${system}/${id}`);
  const customers: Customer[] = [];
  const strangers: Change[] = [];
  for (const [reference, own] of byReference) {
    const entered = own.find((change) => change.reference === null);
    if (entered === undefined) strangers.push(...own.filter(({ action }) => action === 'create'));
    else customers.push({ reference, system: entered.system, changes: own });
  }
  return { customers, strangers };
}

/** A change of one group of fields. */
export interface GroupChange {
  readonly system: string;
  readonly by: Change['by'];
  readonly value: string;
}

/** How a group of a customer changed, on both sides in the order of commit; writes that left it as it was are left out. */
export function listGroupChanges({ changes }: Customer, group: Group): GroupChange[] {
  const present = new Map<string, string>();
  return changes.flatMap(({ system, by, row }) => {
    const value = row[group];
    if (present.get(system) === value) return [];
    present.set(system, value);
    return [{ system, by, value }];
  });
}
