import { expect } from 'vitest';
import type { VendorClient } from '../open-client.ts';
import { listEntities } from '../source/entity.ts';
import type { Vendor } from '../vendor.ts';
import { freeCall } from './free-call.ts';
import { createSessionVault } from './memory-vault.ts';
import { pollAll } from './source/fetch-whole.ts';
import type { SuiteCase } from './suite-case.ts';

/** What the suite needs to see that all a connection is asked goes through one client. */
export interface ClientHarness {
  open(): VendorClient;
  /** Sessions and tokens that the simulator has given so far; 0 where every request carries the secrets themselves. */
  countSignIns(): Promise<number>;
  close(): Promise<void>;
}

/** That no side works with a client of its own, seen by what each would do first: sign in. */
export function listClientCases(vendor: Vendor, makeHarness: () => Promise<ClientHarness>): readonly SuiteCase[] {
  return [
    {
      name: 'signs in once for all that its sides are asked, concurrently and later',
      run: async () => {
        const harness = await makeHarness();
        const before = await harness.countSignIns();
        const client = harness.open();
        try {
          await client.target?.fence?.(createSessionVault(), freeCall());
          await Promise.all(listQuestions(vendor, client).map((ask) => ask()));
          for (const ask of listQuestions(vendor, client)) await ask();
          expect((await harness.countSignIns()) - before).toBeLessThanOrEqual(1);
        } finally {
          await client.close();
          await harness.close();
        }
      },
    },
  ];
}

function listQuestions(vendor: Vendor, { source, target }: VendorClient): (() => Promise<unknown>)[] {
  const { signal } = new AbortController();
  const ofSource =
    source === null
      ? []
      : [
          () => source.test(signal),
          ...Object.keys(vendor.source?.values ?? {}).map((kind) => () => source.listValues(kind, signal)),
          ...listEntities(vendor.source?.entities ?? {}).map((name) => async () => {
            const records = source.entity(name);
            if (records !== null) await pollAll(records, null);
          }),
        ];
  const ofTarget =
    target === null
      ? []
      : [
          () => target.test(freeCall()),
          () => target.companyProfile(freeCall()),
          ...Object.keys(vendor.target?.values ?? {}).map((kind) => () => target.listValues(kind, freeCall())),
          ...listEntities({ ...vendor.target?.entities, ...vendor.target?.references }).map(
            (name) => async () => target.finder(name)?.('no-such-key', freeCall()),
          ),
        ];
  return [...ofSource, ...ofTarget];
}
