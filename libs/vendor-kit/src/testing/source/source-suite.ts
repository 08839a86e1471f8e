import type { EntityName } from '@entrepot/canonical';
import { expect } from 'vitest';
import type { VendorClient } from '../../open-client.ts';
import type { SourceDefinition } from '../../source/definition.ts';
import { listEntities } from '../../source/entity.ts';
import type { Source } from '../../source/open.ts';
import type { Vendor } from '../../vendor.ts';
import { type ClientHarness, listClientCases } from '../client-suite.ts';
import { failure } from '../failures.ts';
import { describeCases, type SuiteCase } from '../suite-case.ts';
import { listEntityCases, type SourceEntityHarness } from './source-entity-suite.ts';
import { listWebhookCases, type WebhookHarness } from './webhook-suite.ts';

/** What the suite needs beside the entities: a simulator with something of everything in it. */
export interface SourceSideHarness extends ClientHarness {
  /** The same for a connection that is set to be polled only; left out where a vendor has no such setting. */
  openPollOnly?(): VendorClient;
  /** Leaves the credentials exactly these of the declared scopes; left out where nothing is declared. */
  grantScopes?(scopes: readonly string[]): Promise<void>;
  /** Removes a webhook subscription at the vendor behind our back; left out where the vendor has no list of them. */
  dropSubscription?(topic: string): Promise<void>;
}

/** Everything that proves a vendor's source side: what it declares, it needs a harness for. */
export interface SourceSuite {
  readonly vendor: Vendor;
  readonly entities: { readonly [E in EntityName]?: () => Promise<SourceEntityHarness<E>> };
  side(): Promise<SourceSideHarness>;
  /** Null when the vendor pushes nothing. */
  readonly webhook: WebhookHarness | null;
}

/** The contract of a source side, run by each vendor against its simulator. */
export function describeSource(suite: SourceSuite): void {
  describeCases(`${suite.vendor.name}: source contract`, listSourceCases(suite));
}

export function listSourceCases(suite: SourceSuite): readonly SuiteCase[] {
  const { vendor } = suite;
  const definition = vendor.source;
  if (definition === null) throw new TypeError(`${vendor.title} has no source side`);
  const declared = listEntities(definition.entities);
  return [
    {
      name: 'has a harness for all it declares, and declares all it has a harness for',
      run: async () => {
        expect(listEntities(suite.entities)).toEqual(declared);
        expect(suite.webhook !== null).toBe(definition.webhook !== undefined);
        if (suite.webhook !== null) expect(suite.webhook.receiver).toBe(definition.webhook);
      },
    },
    ...declared.flatMap((entity) => listCasesOf(suite, entity)),
    ...listClientCases(vendor, suite.side),
    ...listSideCases(suite, definition),
    ...(suite.webhook === null ? [] : listWebhookCases(suite.webhook)),
  ];
}

function listCasesOf<E extends EntityName>({ vendor, entities }: SourceSuite, entity: E): readonly SuiteCase[] {
  const makeHarness = entities[entity];
  return makeHarness === undefined ? [] : listEntityCases(vendor, entity, makeHarness);
}

/** Runs a case on a harness, and closes what it opens. */
type Within = (
  work: (harness: SourceSideHarness, open: (client: VendorClient) => Source) => Promise<void>,
) => () => Promise<void>;

function listSideCases(suite: SourceSuite, definition: SourceDefinition): readonly SuiteCase[] {
  const within: Within = (work) => async () => {
    const harness = await suite.side();
    const opened: VendorClient[] = [];
    const open = (client: VendorClient): Source => {
      opened.push(client);
      if (client.source === null) throw new TypeError('the opened client has no source');
      return client.source;
    };
    try {
      await work(harness, open);
    } finally {
      for (const client of opened) await client.close();
      await harness.close();
    }
  };
  const signal = new AbortController().signal;
  const { values, scopes, webhook } = definition;
  return [
    {
      name: 'reads only entities that it declares',
      run: within(async (harness, open) => {
        const source = open(harness.open());
        for (const entity of listEntities(definition.entities)) expect(source.entity(entity)).not.toBeNull();
        expect(source.entity('inventory-adjustment')).toBeNull();
      }),
    },
    ...Object.keys(values).map((kind) => ({
      name: `lists its ${kind} values, each once`,
      run: within(async (harness, open) => {
        const source = open(harness.open());
        const listed = await source.listValues(kind, signal);
        expect(listed.length, 'a kind that is declared lists what the simulator has').toBeGreaterThan(0);
        expect(new Set(listed.map(({ value }) => value)).size).toBe(listed.length);
        for (const { value, label } of listed) expect([value.trim(), label.trim()]).not.toContain('');
      }),
    })),
    {
      name: 'refuses a kind of values that it does not declare, and says which there are',
      run: within(async (harness, open) => {
        const source = open(harness.open());
        const error = await failure(source.listValues('no-such-kind', signal));
        expect(error).toMatchObject({ kind: 'rejected', code: 'unknown-kind' });
        for (const kind of Object.keys(values)) expect(error.advice).toContain(kind);
      }),
    },
    ...scopes.map(({ scope, optional }) => ({
      name: `its test says that the scope ${scope} is missing`,
      run: within(async (harness, open) => {
        const { grantScopes } = harness;
        expect(grantScopes, 'scopes are declared: the harness grants them').toBeDefined();
        await grantScopes?.(scopes.map((one) => one.scope).filter((one) => one !== scope));
        const source = open(harness.open());
        const report = await source.test(signal);
        expect(report.ok).toBe(optional);
        expect(report.checks.some(({ name, advice }) => `${name} ${advice ?? ''}`.includes(scope))).toBe(true);
      }),
    })),
    ...(webhook?.checkSubscriptions === undefined ? [] : [subscriptionCase(webhook.topics, within)]),
    {
      name: 'looks for no subscription where the connection takes no webhooks',
      run: within(async ({ openPollOnly }, open) => {
        const client = openPollOnly?.();
        if (client !== undefined) expect(open(client).checkSubscriptions).toBeNull();
      }),
    },
  ];
}

function subscriptionCase(topics: readonly string[], within: Within): SuiteCase {
  return {
    name: 'finds a webhook subscription that is gone, and makes it again or says what to do',
    run: within(async (harness, open) => {
      const { dropSubscription } = harness;
      expect(dropSubscription, 'subscriptions are looked for: the harness drops one').toBeDefined();
      const { signal } = new AbortController();
      const source = open(harness.open());
      const before = await source.checkSubscriptions?.([], signal);
      const [topic] = before?.present ?? [];
      if (topic === undefined) throw new Error('the simulator holds no subscription of the connection to drop');
      expect(topics).toContain(topic);
      await dropSubscription?.(topic);
      const after = await source.checkSubscriptions?.(before?.present ?? [], signal);
      const told = [...(after?.made ?? []), ...(after?.missing ?? []).map((one) => one.topic)];
      expect(told).toEqual([topic]);
    }),
  };
}
