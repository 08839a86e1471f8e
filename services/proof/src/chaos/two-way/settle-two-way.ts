import type { AdminClient } from '@entrepot/stack/clients';
import type { Change } from '../../model-vendor/simulator/system.ts';
import { findOpen, findWithoutDelivery } from '../oracle/ledger-view.ts';
import type { SettlingBeside } from '../oracle/settle.ts';
import type { Finding } from '../oracle/verdict.ts';
import { OWNERS, SYSTEMS } from '../surroundings/model-services.ts';
import { groupByCustomer } from './changes.ts';
import { readTold, type Told } from './told.ts';
import { findWithLostEdits, judgeTwoWay } from './verdict.ts';

/** Compares both systems' customers while a run settles. */
export function settleTwoWay(admin: AdminClient, readChanges: () => Promise<readonly Change[]>): SettlingBeside {
  return {
    compare: async (quietSince) => {
      const evidence = { changes: await readChanges(), owners: OWNERS, quietSince };
      const verdict = judgeTwoWay(evidence);
      const told = new Map<string, readonly Told[]>();
      for (const customer of findWithLostEdits(evidence.changes, verdict)) {
        // The ledger may not be back yet: without its word it is lost, and looked at again.
        const words = await readTold(admin, customer).catch(() => []);
        told.set(customer.reference, words);
      }
      return told.size === 0 ? verdict : judgeTwoWay({ ...evidence, told });
    },
    findUnaccounted: async () => {
      const findings: Finding[] = [];
      for (const from of SYSTEMS) findings.push(...(await findOpen(admin, { entity: 'customer', from })));
      if (findings.length > 0) return findings;
      const { customers } = groupByCustomer(await readChanges());
      for (const from of SYSTEMS) {
        const entered = customers.filter(({ system }) => system === from).map(({ changes }) => changes[0]?.id ?? '');
        const unheardOf = await findWithoutDelivery(admin, { entity: 'customer', from }, entered);
        findings.push(...unheardOf.map((id) => ({ id: `${from}/${id}`, what: 'no delivery at all' })));
      }
      return findings;
    },
  };
}
